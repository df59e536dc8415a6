//! Reading what was said.

use super::{Action, Call, Gaggle, MessageQuery};
use crate::{
    cell::Cell,
    error::Error,
    port::TurnQuery,
    record::{Steer, SteerState},
};
use gaggle_shared::{
    List, Message, MessageId, MessageState, Part, ProjectId, Role, SessionId, StopReason, Turn, TurnId,
    TurnState, UserId,
};
use std::sync::Arc;

impl Gaggle {
    /// The transcript, oldest first; `nextCursor` is the `before` of the page before this one.
    ///
    /// # Errors
    /// `project_not_found`, `session_not_found`.
    pub async fn messages(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        query: &MessageQuery,
    ) -> Result<List<Message>, Error> {
        let cell = self.cell(call, Action::Read, user, project).await?;
        known(&cell, query.session.as_ref())?;
        let limit = query.limit.clamp(1, 200);
        let turns = self.page(&cell, query.session.as_ref(), query.before.clone(), limit + 1).await?;
        let (mut pages, mut count, mut next_cursor) = (Vec::new(), 0, None);
        for (turn, steers) in turns {
            // Whole turns only, so that a turn is a cursor.
            if count >= limit {
                break;
            }
            next_cursor = Some(turn.id.to_string());
            let messages = messages_of(turn, &steers);
            count += messages.len();
            pages.push(messages);
        }
        let oldest = next_cursor.clone().and_then(|id| TurnId::parse(&id).ok());
        let more = match oldest {
            Some(oldest) => !self.page(&cell, query.session.as_ref(), Some(oldest), 1).await?.is_empty(),
            None => false,
        };
        pages.reverse();
        Ok(List { items: pages.into_iter().flatten().collect(), next_cursor: next_cursor.filter(|_| more) })
    }

    /// Turns, newest first.
    ///
    /// # Errors
    /// `project_not_found`, `session_not_found`.
    pub async fn turns(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        session: Option<&SessionId>,
        before: Option<TurnId>,
        limit: usize,
    ) -> Result<List<Turn>, Error> {
        let cell = self.cell(call, Action::Read, user, project).await?;
        known(&cell, session)?;
        let limit = limit.clamp(1, 200);
        let mut turns = self.page(&cell, session, before, limit + 1).await?;
        let more = turns.len() > limit;
        turns.truncate(limit);
        let next_cursor = turns.last().filter(|_| more).map(|(turn, _)| turn.id.to_string());
        Ok(List { items: turns.into_iter().map(|(turn, _)| turn).collect(), next_cursor })
    }

    /// Turns before one, newest first, live and ended.
    async fn page(
        &self,
        cell: &Arc<Cell>,
        session: Option<&SessionId>,
        before: Option<TurnId>,
        limit: usize,
    ) -> Result<Vec<(Turn, Vec<Steer>)>, Error> {
        // Live ones first: one that is archived meanwhile is then in both, not in none.
        let live = cell.live_turns().await;
        let wanted = |turn: &Turn| {
            session.is_none_or(|session| turn.session_id == *session)
                && before.as_ref().is_none_or(|before| turn.id < *before)
        };
        let mut turns: Vec<_> = live.into_iter().filter(|(turn, _)| wanted(turn)).collect();
        let query = TurnQuery {
            session: session.cloned(),
            before: before.clone(),
            after: None,
            oldest_first: false,
            limit,
        };
        for record in self.engine.parts.store.turns(&cell.id, &query).await? {
            let gone = crate::chat::is_doomed(&cell.record(), &record.turn.session_id);
            if !gone && !turns.iter().any(|(turn, _)| turn.id == record.turn.id) {
                turns.push((record.turn, record.steers));
            }
        }
        turns.sort_by(|(a, _), (b, _)| b.id.cmp(&a.id));
        turns.truncate(limit);
        Ok(turns)
    }
}

/// What is asked for must be one of the project's conversations, and not deleted.
fn known(cell: &Cell, session: Option<&SessionId>) -> Result<(), Error> {
    match session {
        Some(session) if cell.record().session(session).is_none() => {
            Err(super::sessions::session_not_found())
        }
        _ => Ok(()),
    }
}

/// The messages of a turn: the person's, what was added while it ran, the agent's.
fn messages_of(turn: Turn, steers: &[Steer]) -> Vec<Message> {
    let (user, agent) = states(&turn);
    let said = |id, text: &str, created_at, state| Message {
        id,
        session_id: turn.session_id.clone(),
        turn_id: turn.id.clone(),
        role: Role::User,
        parts: vec![Part::Text { text: text.to_owned() }],
        attachments: Vec::new(),
        created_at,
        state,
        failure: None,
        stop_reason: None,
        ended_at: None,
        usage: None,
    };
    let mut messages = vec![said(MessageId::of_user(&turn.id), &turn.prompt, turn.created_at, user)];
    messages[0].attachments.clone_from(&turn.attachments);
    if user == MessageState::Failed {
        messages[0].failure.clone_from(&turn.failure);
    }
    for (ordinal, steer) in steers.iter().enumerate() {
        let id = crate::chat::steer_message(&turn.id, ordinal);
        let (state, failure) = match &steer.state {
            // It is a message of its own.
            SteerState::Moved { .. } => continue,
            SteerState::Ended { stop, failure } => (ended(*stop), failure.clone()),
            SteerState::Waiting | SteerState::Taken => (MessageState::Complete, None),
        };
        messages.push(Message { failure, ..said(id, &steer.text, steer.at, state) });
    }
    if let Some(state) = agent {
        messages.push(Message {
            id: MessageId::of_agent(&turn.id),
            session_id: turn.session_id,
            turn_id: turn.id,
            role: Role::Assistant,
            parts: turn.parts,
            attachments: Vec::new(),
            created_at: turn.started_at.unwrap_or(turn.created_at),
            state,
            failure: turn.failure,
            stop_reason: turn.stop_reason,
            ended_at: turn.ended_at,
            usage: turn.usage,
        });
    }
    messages
}

/// How far the person's message and the agent's (if there is one) are.
fn states(turn: &Turn) -> (MessageState, Option<MessageState>) {
    let ended = turn.stop_reason.map_or(MessageState::Complete, ended);
    match (turn.state, turn.started_at) {
        (TurnState::Queued, _) => (MessageState::Queued, None),
        (TurnState::Running, _) => (MessageState::Complete, Some(MessageState::Streaming)),
        (TurnState::Ended, Some(_)) => (MessageState::Complete, Some(ended)),
        (TurnState::Ended, None) => (ended, None),
    }
}

/// How far a message is that ended so.
const fn ended(stop: StopReason) -> MessageState {
    match stop {
        StopReason::Cancelled | StopReason::PermissionTimeout => MessageState::Cancelled,
        StopReason::Interrupted => MessageState::Interrupted,
        StopReason::Failed => MessageState::Failed,
        StopReason::EndTurn | StopReason::MaxTokens | StopReason::MaxTurnRequests | StopReason::Refusal => {
            MessageState::Complete
        }
    }
}
