//! Telling what was said before the client came, or while it was too slow.

use super::client::{Client, HungUp};
use gaggle_core::{
    error::Error,
    service::{MessageQuery, Outcome, Wait},
};
use gaggle_shared::{List, Message, MessageState, Role, SessionId, TurnId, TurnState};

/// Messages that are read at once.
const PAGE: usize = 50;

impl Client {
    /// Tells all of a session's transcript that was not told, oldest first; with `quietly`, takes it as told.
    pub(super) async fn replay(
        &mut self,
        session: &SessionId,
        quietly: bool,
    ) -> Result<Result<(), Error>, HungUp> {
        // What is said while many pages are told moves the last of them: it is looked again until one page has it all.
        loop {
            match self.replay_once(session, quietly).await? {
                Ok(1) => return Ok(Ok(())),
                Ok(_) => {}
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Tells what was not told when it began; how many pages that took.
    async fn replay_once(
        &mut self,
        session: &SessionId,
        quietly: bool,
    ) -> Result<Result<usize, Error>, HungUp> {
        // The places of the pages are looked up first: the oldest is told first, and one page is in memory.
        let (mut before, mut pages) = (None, vec![None]);
        loop {
            let page = match self.page(session, before.clone()).await {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            let told = |message: &Message| {
                self.sessions.get(session).is_some_and(|one| one.shown.is_settled(&message.turn_id))
            };
            let next = page.next_cursor.and_then(|id| TurnId::parse(&id).ok());
            if quietly || next.is_none() || page.items.first().is_some_and(told) {
                break;
            }
            pages.push(next.clone());
            before = next;
        }
        let count = pages.len();
        while let Some(before) = pages.pop() {
            let page = match self.page(session, before).await {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            for message in page.items {
                self.retold(session, &message, quietly).await?;
            }
        }
        Ok(Ok(count))
    }

    async fn page(&self, session: &SessionId, before: Option<TurnId>) -> Result<List<Message>, Error> {
        let place = &self.place;
        let query = MessageQuery { session: Some(session.clone()), before, limit: PAGE };
        self.app.gaggle.messages(&place.call, &place.user, &place.project, &query).await
    }

    async fn retold(&mut self, session: &SessionId, message: &Message, quietly: bool) -> Result<(), HungUp> {
        let Some(attached) = self.sessions.get_mut(session) else { return Ok(()) };
        let updates = attached.shown.message(message);
        if over(message) {
            attached.shown.settle(&message.turn_id);
            self.turns.remove(&message.turn_id);
        } else {
            self.turns.insert(message.turn_id.clone(), session.clone());
        }
        if !quietly {
            for update in &updates {
                self.update(session, update).await?;
            }
        }
        Ok(())
    }

    /// The journal has gone on without this client: what it missed is told from the transcript.
    pub(super) async fn caught_up(&mut self) -> Result<(), HungUp> {
        let sessions: Vec<SessionId> = self.sessions.keys().cloned().collect();
        for session in sessions {
            if let Err(error) = self.replay(&session, false).await? {
                tracing::warn!(project = %self.place.project, %error, "a client cannot catch up");
                return Err(HungUp);
            }
            self.ask_pending(&session).await?;
            self.tell_session(&session).await?;
        }
        let waited: Vec<TurnId> = self.prompts.iter().map(|prompt| prompt.turn.clone()).collect();
        for id in waited {
            let place = self.place.clone();
            let turn = self.app.gaggle.turn(&place.call, &place.user, &place.project, &id, Wait::Now).await;
            match turn {
                Ok(Outcome::Done(turn) | Outcome::Pending(turn)) if turn.state == TurnState::Ended => {
                    self.turns.remove(&turn.id);
                    self.ended(&turn).await?;
                }
                Ok(_) => {}
                Err(error) => self.failed(&id, error).await?,
            }
        }
        Ok(())
    }
}

/// True: nothing more comes of its turn.
fn over(message: &Message) -> bool {
    use MessageState::{Cancelled, Failed, Interrupted, Queued, Streaming};
    match message.role {
        Role::Assistant => !matches!(message.state, Streaming | Queued),
        // A message that never became a turn.
        Role::User => matches!(message.state, Cancelled | Failed | Interrupted),
    }
}
