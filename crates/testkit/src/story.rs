//! The story that is told again and again, with the server dying after each of its writes: it calls everything that
//! writes. Each call is repeated under its key until it is acknowledged, as a client would; what has no key may be
//! found done already.

mod chapters;
mod told;

pub use told::Told;

use crate::{
    Act, FakeGateway,
    scene::{Events, alice, call, done, keyed, message},
};
use gaggle_core::{
    error::Error,
    service::{Call, Gaggle, Outcome, Wait},
};
use gaggle_shared::{
    CreateProject, EventBody, ProjectId, ProjectName, SendMessage, StopReason, Turn, TurnId, TurnState,
};
use std::fmt::{self, Debug};

/// What the agent does in it.
pub fn script(prompt: &str) -> Vec<Act> {
    match prompt {
        "ask" => vec![Act::say("may I?"), Act::ask("tool"), Act::say(" thanks")],
        "work" => vec![Act::say("so "), Act::Hold, Act::say(" done")],
        words => words.split(' ').map(|word| Act::say(format!("{word} "))).collect(),
    }
}

/// What was there before this telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// The agents of every telling before live on: each turn is answered whole.
    Same,
    /// They died with their server, all but their volumes: what ran then is interrupted, and nothing else.
    Fresh,
}

/// One telling.
pub struct Story<'a> {
    /// The server.
    pub gaggle: &'a Gaggle,
    /// Its agents.
    pub gateway: &'a FakeGateway,
    /// What became of them.
    pub machine: Machine,
    /// Hears what was acknowledged, at once.
    pub told: &'a (dyn Fn(Told) + Sync),
}

impl Debug for Story<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Story").field("machine", &self.machine).finish_non_exhaustive()
    }
}

impl Story<'_> {
    /// From create to delete.
    ///
    /// # Errors
    /// Of any call, among them that the project is gone or going, if the delete was acknowledged before.
    ///
    /// # Panics
    /// Something is not as it should be.
    pub async fn tell(&self) -> Result<(), Error> {
        let gaggle = self.gaggle;
        let body = CreateProject { name: ProjectName::parse("one").expect("a name"), settings: None };
        let id = &gaggle.create_project(&key("create"), &alice(), body).await?.id;
        (self.told)(Told::Created(id.clone()));
        let named = serde_json::from_value(serde_json::json!({ "name": "renamed" })).expect("a change");
        gaggle.update_project(&call(), &alice(), id, named).await?;
        (self.told)(Told::Renamed);
        done(Ok(gaggle.activate(&key("activate"), &alice(), id, Wait::Done).await?));
        (self.told)(Told::Activated);
        self.send(id, "one two three").await?;
        let second = self.while_it_works(id).await?;
        self.cancelled(id).await?;
        self.asked(id).await?;
        self.aside(id).await?;
        done(Ok(gaggle.deactivate(&key("deactivate"), &alice(), id, Wait::Done).await?));
        (self.told)(Told::Deactivated);
        self.send(id, "four five").await?;
        self.whole(id, &second).await?;
        (self.told)(Told::Whole);
        done(Ok(gaggle.delete_project(&call(), &alice(), id, Wait::Done).await?));
        (self.told)(Told::Deleted);
        Ok(())
    }

    /// Sends this, its words being its key, and waits for the answer.
    async fn send(&self, id: &ProjectId, text: &str) -> Result<(), Error> {
        let turn = self.answered(id, text, message(text)).await?;
        self.ended(turn, &format!("{text} "));
        Ok(())
    }

    /// The turn of a message with this key, once it has ended.
    async fn answered(&self, id: &ProjectId, name: &str, message: SendMessage) -> Result<Turn, Error> {
        match self.gaggle.send_message(&key(name), &alice(), id, message, Wait::Done).await {
            Err(Error { turn: Some(turn), .. }) if self.machine == Machine::Fresh => {
                self.turn(id, &turn, Wait::Done).await
            }
            sent => Ok(done(Ok(sent?))),
        }
    }

    /// Sends this and waits for nothing.
    async fn queue(&self, id: &ProjectId, name: &str, text: &str) -> Result<TurnId, Error> {
        let sent = self.gaggle.send_message(&key(name), &alice(), id, message(text), Wait::Now).await?;
        let (Outcome::Pending(turn) | Outcome::Done(turn)) = sent;
        (self.told)(Told::Queued { turn: turn.id.clone() });
        Ok(turn.id)
    }

    async fn turn(&self, id: &ProjectId, turn: &TurnId, wait: Wait) -> Result<Turn, Error> {
        match self.gaggle.turn(&call(), &alice(), id, turn, wait).await? {
            Outcome::Pending(turn) | Outcome::Done(turn) => Ok(turn),
        }
    }

    /// A turn that was answered like this, or whose agent died with what it had said.
    fn ended(&self, turn: Turn, text: &str) {
        assert_eq!(turn.state, TurnState::Ended);
        if self.died(&turn) {
            assert!(text.starts_with(&turn.text), "{:?} is not how {text:?} begins", turn.text);
        } else {
            assert_eq!((turn.stop_reason, turn.text.as_str()), (Some(StopReason::EndTurn), text));
        }
        (self.told)(Told::ended(turn));
    }

    /// Whether the agent died in it, and may have.
    fn died(&self, turn: &Turn) -> bool {
        self.machine == Machine::Fresh && turn.stop_reason == Some(StopReason::Interrupted)
    }

    /// Reads the journal until something like this has happened; nothing if the turn ended before.
    async fn seen(
        &self,
        id: &ProjectId,
        turn: &TurnId,
        is: impl Fn(&EventBody) -> bool,
    ) -> Option<EventBody> {
        let mut events = Events::read(self.gaggle, id, 0).await;
        loop {
            let event = events.next().await;
            if event.body.turn_id() != Some(turn) {
                continue;
            }
            match event.body {
                body if is(&body) => return Some(body),
                EventBody::TurnEnded { .. } => return None,
                _ => {}
            }
        }
    }
}

fn key(name: &str) -> Call {
    keyed(name, "body")
}
