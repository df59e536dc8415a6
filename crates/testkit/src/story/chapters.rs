//! What happens between the activation and the sleep, and what is left of it all.

use super::{Machine, Story, Told, key};
use crate::scene::{alice, call, done, message};
use gaggle_core::{
    error::Error,
    service::{MessageQuery, Wait},
};
use gaggle_shared::{
    AnswerPermission, Code, EditTurn, EventBody, Part, ProjectId, Role, SendMessage, SteerTurn, StopReason,
    TurnState, UpdateSession,
};

impl Story<'_> {
    /// While a turn runs it is added to, and of two messages that wait one is changed and one taken back. Says how
    /// the first of them reads now: where the turn died, both may have begun before they were changed.
    pub(super) async fn while_it_works(&self, id: &ProjectId) -> Result<Second, Error> {
        let gaggle = self.gaggle;
        let work = self.queue(id, "work", "work").await?;
        self.seen(id, &work, |body| matches!(body, EventBody::TurnStarted { .. })).await;
        let also = SteerTurn { text: "also".into(), session_id: None };
        let steered = match gaggle.steer(&key("steer"), &alice(), id, also).await {
            Err(error) if error.code == Code::NoRunningTurn => {
                assert!(self.died(&self.turn(id, &work, Wait::Now).await?), "{error:?}");
                false
            }
            steered => {
                assert_eq!(steered?.id, work);
                (self.told)(Told::Steered);
                true
            }
        };
        let second = self.queue(id, "second", "second").await?;
        let body = EditTurn { text: "changed".into() };
        let changed = match gaggle.edit_turn(&call(), &alice(), id, &second, body).await {
            Err(error) if error.code == Code::TurnStarted => {
                let changed = self.turn(id, &second, Wait::Now).await?.prompt == "changed";
                let died = self.died(&self.turn(id, &work, Wait::Now).await?);
                assert!(changed || died, "it was changed before");
                changed
            }
            edited => {
                assert_eq!(edited?.prompt, "changed");
                true
            }
        };
        if changed {
            (self.told)(Told::Edited { turn: second.clone() });
        }
        let third = self.queue(id, "third", "third").await?;
        match gaggle.take_back_turn(&call(), &alice(), id, &third).await {
            Err(error) if error.code == Code::TurnStarted => {}
            taken => drop(taken?),
        }
        let taken = self.turn(id, &third, Wait::Done).await?;
        if taken.stop_reason == Some(StopReason::Cancelled) {
            (self.told)(Told::TakenBack { turn: third });
        } else {
            assert!(self.died(&self.turn(id, &work, Wait::Now).await?), "{taken:?}");
            self.ended(taken, "third ");
        }
        // The agent has what was added before it goes on.
        let added = |body: &EventBody| matches!(body, EventBody::MessageDelta { text, role: Role::Assistant, .. } if text.contains("also"));
        self.seen(id, &work, added).await;
        if self.turn(id, &work, Wait::Now).await?.state != TurnState::Ended {
            self.gateway.resume(id);
        }
        self.ended(self.turn(id, &work, Wait::Done).await?, "so steered: also done");
        let text = if changed { "changed" } else { "second" };
        self.ended(self.turn(id, &second, Wait::Done).await?, &format!("{text} "));
        Ok(Second { text, steered })
    }

    /// A running turn is stopped.
    pub(super) async fn cancelled(&self, id: &ProjectId) -> Result<(), Error> {
        let work = self.queue(id, "to be cancelled", "work").await?;
        // The person's words come so too.
        let said = |body: &EventBody| matches!(body, EventBody::MessageDelta { role: Role::Assistant, .. });
        self.seen(id, &work, said).await;
        let ended = self.gaggle.cancel(&key("cancel"), &alice(), id, Default::default(), Wait::Done).await;
        let ended = match ended {
            Err(error) if error.code == Code::NoRunningTurn => self.turn(id, &work, Wait::Done).await?,
            ended => done(Ok(ended?)),
        };
        assert_eq!(ended.id, work);
        if !self.died(&ended) {
            assert_eq!(ended.stop_reason, Some(StopReason::Cancelled));
        }
        // What was shown and not yet stored goes with the machine.
        let lost = self.machine == Machine::Fresh && ended.text.is_empty();
        assert!(ended.text == "so " || lost, "{ended:?}");
        (self.told)(Told::ended(ended));
        Ok(())
    }

    /// The agent asks and is answered.
    pub(super) async fn asked(&self, id: &ProjectId) -> Result<(), Error> {
        let ask = self.queue(id, "ask", "ask").await?;
        let asks = |body: &EventBody| matches!(body, EventBody::PermissionRequested { .. });
        if let Some(EventBody::PermissionRequested { permission }) = self.seen(id, &ask, asks).await {
            let answer = AnswerPermission { option_id: "allow_once".into(), comment: None };
            let id = (id, &permission.id);
            match self.gaggle.answer_permission(&key("answer"), &alice(), id.0, id.1, answer).await {
                Err(error) if error.code == Code::PermissionAlreadyAnswered => {
                    assert!(self.died(&self.turn(id.0, &ask, Wait::Done).await?), "{error:?}");
                }
                answered => (self.told)(Told::Answered { permission: answered?.id }),
            }
        } else {
            assert!(self.died(&self.turn(id, &ask, Wait::Done).await?), "it did not ask");
        }
        self.ended(self.turn(id, &ask, Wait::Done).await?, "may I?\n\n thanks");
        Ok(())
    }

    /// Another conversation, which goes again with all that was said in it.
    pub(super) async fn aside(&self, id: &ProjectId) -> Result<(), Error> {
        let gaggle = self.gaggle;
        let made = match gaggle.create_session(&key("session"), &alice(), id, Default::default()).await {
            Err(error) if error.code == Code::SessionNotFound => return Ok(()),
            made => made?.id,
        };
        (self.told)(Told::SessionMade(made.clone()));
        let title = UpdateSession { title: Some("aside".into()), ..Default::default() };
        gaggle.update_session(&call(), &alice(), id, &made, title).await?;
        (self.told)(Told::Titled(made.clone()));
        let body = SendMessage { session_id: Some(made.clone()), ..message("aside") };
        let sent = self.answered(id, "aside", body).await?;
        assert!(sent.text == "aside " || self.died(&sent), "{sent:?}");
        (self.told)(Told::Aside);
        gaggle.delete_session(&call(), &alice(), id, &made).await?;
        (self.told)(Told::SessionDeleted(made));
        Ok(())
    }

    /// Nothing is lost and nothing doubled.
    pub(super) async fn whole(&self, id: &ProjectId, second: &Second) -> Result<(), Error> {
        let sessions = self.gaggle.sessions(&call(), &alice(), id).await?.items;
        assert_eq!(sessions.len(), 1, "{sessions:#?}");
        // Of all conversations: nothing of the one that was deleted is left.
        let query = MessageQuery { limit: 50, ..Default::default() };
        let page = self.gaggle.messages(&call(), &alice(), id, &query).await?;
        let (said, answers): (Vec<_>, Vec<_>) =
            page.items.iter().partition(|message| message.role == Role::User);
        // The clock stands still, so their order says nothing.
        let mut said: Vec<_> = said.iter().map(|message| message.parts.as_slice()).collect();
        said.sort_by_key(|parts| format!("{parts:?}"));
        let mut expected = vec![second.text, "ask", "four five", "one two three", "third", "work", "work"];
        expected.extend(second.steered.then_some("also"));
        expected.sort_unstable();
        let parts: Vec<_> = expected.iter().map(|text| vec![Part::Text { text: (*text).into() }]).collect();
        assert_eq!(said, parts);
        let turns = self.gaggle.turns(&call(), &alice(), id, None, None, 50).await?.items;
        assert!(turns.iter().all(|turn| turn.state == TurnState::Ended));
        let died = turns.iter().any(|turn| self.died(turn));
        assert!(
            answers.len() == 6 || died,
            "to all but what was added and what was taken back: {answers:#?}"
        );
        assert_eq!(self.gaggle.project(&call(), &alice(), id).await?.name.as_str(), "renamed");
        // No agent was given anything twice.
        let mut may = [expected, vec!["aside"]].concat();
        for prompt in self.gateway.prompts(id) {
            let known = may.iter().position(|text| *text == prompt);
            may.swap_remove(known.unwrap_or_else(|| panic!("{prompt:?} ran twice")));
        }
        Ok(())
    }
}

/// What became of the messages that were sent while a turn ran.
#[derive(Debug)]
pub(super) struct Second {
    text: &'static str,
    steered: bool,
}
