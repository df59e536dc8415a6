use super::{
    Action, Call, Gaggle, Outcome, Wait,
    access::{authorize, deleting, remember, repeat, writable},
    projects::invalid,
};
use crate::{cell::Cell, chat, error::Error, record::TurnStage};
use gaggle_shared::{
    Attachment, CancelTurn, Code, EditTurn, ProjectId, SendMessage, SessionId, SteerTurn, StopReason, Turn,
    TurnId, TurnState, UserId,
};
use std::sync::Arc;

impl Gaggle {
    /// Queues a message and waits for the end of its turn. A turn that ended `failed` or `interrupted` is an error
    /// that names the turn.
    ///
    /// # Errors
    /// `project_not_found`, `session_not_found`, `turn_queue_full`, `project_deleting`, `invalid_request`; why the
    /// turn failed.
    pub async fn send_message(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        body: SendMessage,
        wait: Wait,
    ) -> Result<Outcome<Turn>, Error> {
        let cell = self.cell(call, Action::Chat, user, project).await?;
        if body.mode.is_some() {
            authorize(&call.caller, Action::Arrange, Some(&cell.record()))?;
        }
        let mut attachments = match &body.attachments_of {
            Some(turn) => self.read_attachments(&cell, turn).await?,
            None => Vec::new(),
        };
        attachments.extend(body.attachments);
        if attachments.is_empty() {
            not_empty(&body.text)?;
        }
        chat::attached::check(&attachments)?;
        let fresh = TurnId::new(self.engine.parts.clock.now(), self.engine.parts.entropy.ten());
        let asked = call.clone();
        let id = cell
            .change(move |draft| {
                writable(draft)?;
                if let Some(made) = repeat(draft, &asked, "messages")? {
                    return TurnId::parse(&made)
                        .map_err(|error| Error::new(Code::Internal, error.to_string()));
                }
                let session = body.session_id.unwrap_or_else(|| draft.record.default_session.clone());
                known_session(draft, &session)?;
                if let Some(accepts) = draft.record.accepts
                    && let Some(what) = chat::attached::not_taken(accepts, &attachments)
                {
                    return Err(invalid("attachments", &format!("this project's agent takes no {what}")));
                }
                let said = chat::Said { text: body.text, attachments };
                chat::queue(draft, fresh.clone(), &session, said, body.mode)?;
                draft.wish_active();
                remember(draft, &asked, "messages", fresh.as_str());
                Ok(fresh)
            })
            .await?;
        match self.waited(wait, self.turn_end(&cell, &id)).await.transpose()? {
            Some(turn) => good_end(turn).map(Outcome::Done),
            None => Ok(Outcome::Pending(self.read_turn(&cell, &id).await?)),
        }
    }

    /// One turn; with a wait other than `Now`, `Pending` if it is not over by then.
    ///
    /// # Errors
    /// `project_not_found`, `turn_not_found`.
    pub async fn turn(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        turn: &TurnId,
        wait: Wait,
    ) -> Result<Outcome<Turn>, Error> {
        let cell = self.cell(call, Action::Read, user, project).await?;
        let now = self.read_turn(&cell, turn).await?;
        if now.state == TurnState::Ended || wait == Wait::Now {
            return Ok(Outcome::Done(now));
        }
        match self.waited(wait, self.turn_end(&cell, turn)).await.transpose()? {
            Some(turn) => Ok(Outcome::Done(turn)),
            None => Ok(Outcome::Pending(self.read_turn(&cell, turn).await?)),
        }
    }

    /// Changes the text of a waiting message.
    ///
    /// # Errors
    /// `turn_not_found`, `turn_started`, `turn_queue_full`, `project_deleting`, `invalid_request`.
    pub async fn edit_turn(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        turn: &TurnId,
        body: EditTurn,
    ) -> Result<Turn, Error> {
        not_empty(&body.text)?;
        let cell = self.cell(call, Action::Chat, user, project).await?;
        self.read_turn(&cell, turn).await?;
        let id = turn.clone();
        cell.change(move |draft| {
            writable(draft)?;
            chat::edit(draft, &id, body.text)
        })
        .await?;
        self.read_turn(&cell, turn).await
    }

    /// Takes back a waiting message: it ends as `cancelled`.
    ///
    /// # Errors
    /// `turn_not_found`, `turn_started`, `project_deleting`.
    pub async fn take_back_turn(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        turn: &TurnId,
    ) -> Result<Turn, Error> {
        let cell = self.cell(call, Action::Chat, user, project).await?;
        self.read_turn(&cell, turn).await?;
        let id = turn.clone();
        cell.change(move |draft| {
            writable(draft)?;
            if !draft.record.turns.iter().any(|live| live.id == id && live.stage == TurnStage::Queued) {
                return Err(chat::started());
            }
            chat::end_turn(draft, &id, StopReason::Cancelled, None);
            Ok(())
        })
        .await?;
        self.read_turn(&cell, turn).await
    }

    /// Adds to the running turn.
    ///
    /// # Errors
    /// `no_running_turn`, `turn_queue_full`, `session_not_found`, `project_deleting`, `invalid_request`.
    pub async fn steer(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        body: SteerTurn,
    ) -> Result<Turn, Error> {
        not_empty(&body.text)?;
        let cell = self.cell(call, Action::Chat, user, project).await?;
        let asked = call.clone();
        let id = cell
            .change(move |draft| {
                writable(draft)?;
                if let Some(made) = repeat(draft, &asked, "steer")? {
                    return TurnId::parse(&made)
                        .map_err(|error| Error::new(Code::Internal, error.to_string()));
                }
                let session = body.session_id.unwrap_or_else(|| draft.record.default_session.clone());
                known_session(draft, &session)?;
                let id = chat::steer(draft, &session, body.text)?;
                remember(draft, &asked, "steer", id.as_str());
                Ok(id)
            })
            .await?;
        self.read_turn(&cell, &id).await
    }

    /// Stops the running turn and waits for its end.
    ///
    /// # Errors
    /// `no_running_turn`, `session_not_found`, `project_deleting`.
    pub async fn cancel(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        body: CancelTurn,
        wait: Wait,
    ) -> Result<Outcome<Turn>, Error> {
        let cell = self.cell(call, Action::Chat, user, project).await?;
        let asked = call.clone();
        let id = cell
            .change(move |draft| {
                writable(draft)?;
                if let Some(made) = repeat(draft, &asked, "cancel")? {
                    return TurnId::parse(&made)
                        .map_err(|error| Error::new(Code::Internal, error.to_string()));
                }
                let session = body.session_id.unwrap_or_else(|| draft.record.default_session.clone());
                known_session(draft, &session)?;
                let id = chat::running_in(draft, &session)?.id.clone();
                chat::stop(draft, &id, StopReason::Cancelled);
                remember(draft, &asked, "cancel", id.as_str());
                Ok(id)
            })
            .await?;
        match self.waited(wait, self.turn_end(&cell, &id)).await.transpose()? {
            Some(turn) => Ok(Outcome::Done(turn)),
            None => Ok(Outcome::Pending(self.read_turn(&cell, &id).await?)),
        }
    }

    /// The turn once it is over.
    async fn turn_end(&self, cell: &Arc<Cell>, id: &TurnId) -> Result<Turn, Error> {
        let running = |record: &crate::record::ProjectRecord| {
            let live = record.turns.iter().find(|turn| turn.id == *id);
            live.is_some_and(|turn| !matches!(turn.stage, TurnStage::Ended { .. }))
        };
        let over = cell.until(|record| !running(record));
        tokio::select! {
            biased;
            over = over => { over?; }
            () = self.engine.stopping() => return Err(crate::engine::shutting_down()),
        }
        if cell.record().tombstone.is_some() {
            return Err(deleting());
        }
        self.read_turn(cell, id).await
    }

    /// One of the things that came with a turn's message, counted from 0.
    ///
    /// # Errors
    /// `project_not_found`, `turn_not_found`.
    pub async fn attachment(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        turn: &TurnId,
        index: usize,
    ) -> Result<Attachment, Error> {
        let cell = self.cell(call, Action::Read, user, project).await?;
        let mut all = self.read_attachments(&cell, turn).await?;
        let there = index < all.len();
        let found = there.then(|| all.swap_remove(index));
        found.ok_or_else(|| Error::new(Code::TurnNotFound, "nothing of this number came with the message"))
    }

    /// What came with a turn's message, wherever that is.
    async fn read_attachments(&self, cell: &Arc<Cell>, id: &TurnId) -> Result<Vec<Attachment>, Error> {
        if let Some(live) = cell.record().turns.iter().find(|turn| turn.id == *id) {
            return Ok(live.attachments.clone());
        }
        let ended = self.engine.parts.store.turn(&cell.id, id).await?;
        let ended = ended.ok_or_else(|| Error::new(Code::TurnNotFound, "there is no such turn"))?;
        Ok(ended.attachments)
    }

    /// A turn, wherever it is.
    pub(super) async fn read_turn(&self, cell: &Arc<Cell>, id: &TurnId) -> Result<Turn, Error> {
        if let Some(turn) = cell.live_turn(id).await {
            return Ok(turn);
        }
        let ended = self.engine.parts.store.turn(&cell.id, id).await?;
        ended.map(|record| record.turn).ok_or_else(|| Error::new(Code::TurnNotFound, "there is no such turn"))
    }
}

/// The session must be one of the project's.
pub(super) fn known_session(draft: &crate::draft::Draft<'_>, session: &SessionId) -> Result<(), Error> {
    match draft.record.session(session) {
        Some(_) => Ok(()),
        None => Err(Error::new(Code::SessionNotFound, "there is no such session")),
    }
}

fn not_empty(text: &str) -> Result<(), Error> {
    if text.trim().is_empty() { Err(invalid("text", "must not be empty")) } else { Ok(()) }
}

/// A turn that failed is an error for who waited for it.
fn good_end(turn: Turn) -> Result<Turn, Error> {
    match turn.stop_reason {
        Some(StopReason::Failed | StopReason::Interrupted) => Err(match &turn.failure {
            Some(failure) => Error::from_failure(failure, Some(turn.id.clone())),
            None => Error { turn: Some(turn.id.clone()), ..Error::new(Code::Internal, "the turn failed") },
        }),
        _ => Ok(turn),
    }
}
