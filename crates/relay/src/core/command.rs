//! Carrying out what the server wants.

use super::{Core, Ending, State};
use crate::spool::Class;
use gaggle_relay_protocol::{Command, CommandBody, FromRelay, Note};
use gaggle_shared::TurnId;
use serde_json::Value;
use std::time::Duration;
use tokio::sync::mpsc;

/// Why a command was not carried out: what [`Note::Refused`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// This prompt was written once before.
    Noted,
    /// The turn could not be noted: the disk refused it.
    NotNoted,
    /// The turn is over.
    NotRunning,
    /// Goose is down, is another start, or does not read.
    NoAgent,
    /// The spool has no room for what the turn would say.
    Full,
    /// Not a command of this release.
    Unknown,
}

impl Refusal {
    fn reason(self) -> &'static str {
        match self {
            Self::Noted => "noted",
            Self::NotNoted => "not_noted",
            Self::NotRunning => "not_running",
            Self::NoAgent => "no_agent",
            Self::Full => "full",
            Self::Unknown => "unknown",
        }
    }

    /// A command that only came at a bad time may be sent again under its id.
    fn is_final(self) -> bool {
        !matches!(self, Self::NoAgent | Self::Full | Self::NotNoted)
    }
}

impl Core {
    /// Carries out a command unless it is known, and answers `done`.
    pub(crate) fn command(&self, command: Command) {
        let mut state = self.state();
        let Command { id, body } = command;
        if !state.known.contains(&id) {
            let turn = match &body {
                CommandBody::Prompt { turn_id, .. } => Some(turn_id.clone()),
                _ => None,
            };
            let at = (self.now)();
            match self.carry_out(&mut state, body, at) {
                Ok(()) => state.known.insert(&id),
                Err(refusal) => state.refuse(&id, turn, refusal, at),
            }
        }
        state.replies.push_back(FromRelay::Done { id });
        drop(state);
        self.news.notify_one();
    }

    /// Refuses a command that this release does not know.
    pub(crate) fn unknown_command(&self, id: String) {
        let mut state = self.state();
        if !state.known.contains(&id) {
            state.refuse(&id, None, Refusal::Unknown, (self.now)());
        }
        state.replies.push_back(FromRelay::Done { id });
        drop(state);
        self.news.notify_one();
    }

    fn carry_out(&self, state: &mut State, body: CommandBody, at: i64) -> Result<(), Refusal> {
        match body {
            CommandBody::Prompt { turn_id, agent_session, start, request } => {
                state.prompt(turn_id, agent_session, start, &request, at)
            }
            CommandBody::Request { start, request } => {
                state.way_to_agent(start)?.send(request.to_string());
                Ok(())
            }
            CommandBody::Answer { turn_id, response, .. } => state.answer(&turn_id, &response),
            CommandBody::Cancel { turn_id, notification } => {
                let session = state.turns.get(&turn_id).cloned().ok_or(Refusal::NotRunning)?;
                state.answer_all(&session);
                state.way_to_agent(None)?.send(notification.to_string());
                Ok(())
            }
            CommandBody::Start => {
                self.wake();
                Ok(())
            }
            CommandBody::Stop { grace_ms } => {
                self.end(Ending::Stop(Duration::from_millis(grace_ms)));
                Ok(())
            }
        }
    }
}

impl State {
    /// Noted durably, then said, then written: if we die in between, the prompt is never written twice.
    fn prompt(
        &mut self,
        turn: TurnId,
        session: String,
        start: Option<u64>,
        request: &Value,
        at: i64,
    ) -> Result<(), Refusal> {
        if self.noted.contains(&turn) {
            return Err(Refusal::Noted);
        }
        let way = self.way_to_agent(start)?;
        if self.full || self.spool.room(Class::Live) == 0 {
            return Err(Refusal::Full);
        }
        self.noted.note(&turn).map_err(|_| Refusal::NotNoted)?;
        self.tell_thinned(at);
        self.note(Note::PromptWritten { turn_id: turn.clone(), agent_session: session.clone() }, at);
        self.turns.insert(turn, session);
        way.send(request.to_string());
        Ok(())
    }

    /// Answers a question of Goose: one of a running turn, or one that waits though the server knows of no turn.
    fn answer(&mut self, turn: &TurnId, response: &Value) -> Result<(), Refusal> {
        let asked = self.questions.iter().position(|(question, _)| Some(question) == response.get("id"));
        if asked.is_none() && !self.turns.contains_key(turn) {
            return Err(Refusal::NotRunning);
        }
        self.way_to_agent(None)?.send(response.to_string());
        if let Some(asked) = asked {
            self.questions.remove(asked);
        }
        Ok(())
    }

    /// A place in Goose's queue, if it runs and reads; with a `start`, if that is the one that runs.
    fn way_to_agent(&self, start: Option<u64>) -> Result<mpsc::OwnedPermit<String>, Refusal> {
        let meant = |now: u64| start.is_none_or(|start| start == now);
        let agent = self.agent.as_ref().filter(|agent| meant(agent.start)).ok_or(Refusal::NoAgent)?;
        agent.to.clone().try_reserve_owned().map_err(|_| Refusal::NoAgent)
    }

    fn refuse(&mut self, id: &str, turn_id: Option<TurnId>, refusal: Refusal, at: i64) {
        if refusal.is_final() {
            self.known.insert(id);
        }
        self.tell_thinned(at);
        self.note(Note::Refused { id: id.to_owned(), turn_id, reason: refusal.reason().to_owned() }, at);
    }
}
