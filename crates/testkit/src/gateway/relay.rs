use super::{
    act::{Act, Script, options},
    volume::{Disk, Said},
};
use gaggle_core::port::{
    AgentAnswer, AgentCommand, AgentError, AgentEvent, AgentFrame, AgentUpdate, Asked, Link, LinkCursor,
    PermissionChoice, Refusal,
};
use gaggle_shared::{Accepts, StopReason, Time, TurnId, Usage};
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};

/// A turn that the scripted agent works on.
#[derive(Debug)]
struct Running {
    turn: TurnId,
    session: String,
    acts: VecDeque<Act>,
    /// The question it waits on, and what it does when the answer is no.
    asked: Option<(Value, Vec<Act>)>,
    held: bool,
    cancelled: bool,
    deaf: bool,
}

/// A relay with its agent, as a real one behaves towards its server.
#[derive(Debug)]
pub(super) struct FakeRelay {
    pub(super) incarnation: u64,
    pub(super) token_hash: [u8; 32],
    pub(super) script: Script,
    pub(super) disk: Disk,
    pub(super) now: Time,
    pub(super) spool: Vec<AgentFrame>,
    pub(super) last: u64,
    pub(super) stopped: bool,
    pub(super) untold: bool,
    known: BTreeSet<String>,
    start: u64,
    up: bool,
    /// The sessions that this start of the agent has made or loaded.
    at_hand: BTreeSet<String>,
    running: Vec<Running>,
    questions: u64,
}

impl FakeRelay {
    pub(super) fn new(incarnation: u64, token_hash: [u8; 32], script: Script, disk: Disk, now: Time) -> Self {
        Self {
            incarnation,
            token_hash,
            script,
            disk,
            now,
            spool: Vec::new(),
            last: 0,
            stopped: false,
            untold: false,
            known: BTreeSet::new(),
            start: 0,
            up: false,
            at_hand: BTreeSet::new(),
            running: Vec::new(),
            questions: 0,
        }
    }

    pub(super) fn link(&self) -> Link {
        Link { incarnation: self.incarnation, endpoint: None, workspace: "/workspace".into() }
    }

    pub(super) fn emit(&mut self, event: AgentEvent) {
        self.last += 1;
        let cursor = LinkCursor { incarnation: self.incarnation, frame: self.last };
        let source = matches!(event, AgentEvent::Update { .. } | AgentEvent::Asked(_) | AgentEvent::Unknown)
            .then(|| json!({"fake": format!("{event:?}")}));
        self.spool.push(AgentFrame { cursor, at: self.now, event, source });
    }

    pub(super) fn lose_spool(&mut self) {
        self.spool.clear();
    }

    pub(super) fn remember(&mut self, session: &str) {
        self.disk.sessions.insert(session.into(), vec![Said::Agent("so".into())]);
    }

    pub(super) fn skip_frame(&mut self) {
        self.last += 1;
    }

    pub(super) fn agent_up(&mut self) {
        (self.start, self.up) = (self.start + 1, true);
        self.at_hand.clear();
        self.emit(AgentEvent::Up { start: self.start, accepts: Accepts { images: true, texts: true } });
    }

    pub(super) fn agent_down(&mut self, last: bool, unresponsive: bool) {
        self.up = false;
        self.running.clear();
        let (how, last_lines) = ("signal 9".into(), "its last line".into());
        self.emit(AgentEvent::Down { start: self.start, how, last_lines, last, unresponsive });
    }

    /// Does as told, unless it was told before.
    pub(super) fn take(&mut self, command: AgentCommand) {
        let id = command.id();
        if !self.known.insert(id.clone()) {
            return;
        }
        let meant = match &command {
            AgentCommand::NewSession { start, .. }
            | AgentCommand::LoadSession { start, .. }
            | AgentCommand::SetMode { start, .. }
            | AgentCommand::SetModel { start, .. }
            | AgentCommand::ListSessions { start, .. }
            | AgentCommand::DeleteSession { start, .. } => Some(*start),
            _ => None,
        };
        if meant.is_some_and(|start| !self.up || start != self.start) {
            return self.refuse(id, None, Refusal::NoAgent);
        }
        match command {
            AgentCommand::NewSession { .. } => {
                self.disk.made += 1;
                let agent_session = format!("agent-{}", self.disk.made);
                self.disk.sessions.insert(agent_session.clone(), Vec::new());
                self.at_hand.insert(agent_session.clone());
                self.answer(id, Ok(AgentAnswer::SessionMade { agent_session, options: json!({}) }));
            }
            AgentCommand::LoadSession { agent_session, .. } => self.load(id, &agent_session),
            AgentCommand::SetMode { .. } | AgentCommand::SetModel { .. } => {
                self.answer(id, Ok(AgentAnswer::Other(json!({}))));
            }
            AgentCommand::ListSessions { .. } => {
                // As Goose: those in which something was said.
                let said = self.disk.sessions.iter().filter(|(_, said)| !said.is_empty());
                let sessions = said.map(|(id, _)| id.clone()).collect();
                self.answer(id, Ok(AgentAnswer::Sessions { sessions, next: None }));
            }
            AgentCommand::DeleteSession { agent_session, .. } => {
                let gone = self.disk.sessions.remove(&agent_session);
                self.answer(
                    id,
                    gone.map(|_| AgentAnswer::Other(json!({}))).ok_or_else(|| failed("no such session")),
                );
            }
            AgentCommand::Prompt { turn, agent_session, text, start, .. } => {
                self.prompt(id, turn, agent_session, &text, start);
            }
            AgentCommand::Steer { turn, agent_session, text, .. } => {
                if !self.running.iter().any(|running| running.turn == turn) {
                    return self.answer(id, Err(failed("no active run")));
                }
                self.update(&agent_session, AgentUpdate::Text(format!("steered: {text}")));
                self.answer(id, Ok(AgentAnswer::Other(json!({}))));
            }
            AgentCommand::Cancel { turn, .. } => match self.take_turn(&turn) {
                // As Goose: it heeds a cancel once its question is answered.
                Some(running) if running.asked.is_some() => {
                    self.running.push(Running { cancelled: true, ..running });
                }
                Some(running) if running.deaf => self.running.push(running),
                Some(running) => self.ended(&running, Ok((StopReason::Cancelled, None))),
                None => self.refuse(id, None, Refusal::NotRunning),
            },
            AgentCommand::Answer { turn, request, choice, .. } => self.answered(id, &turn, &request, &choice),
            AgentCommand::Stop { .. } => self.stopped = true,
        }
    }

    /// Held turns go on.
    pub(super) fn resume(&mut self) {
        for mut running in std::mem::take(&mut self.running) {
            running.held = false;
            self.run(running);
        }
    }

    /// As Goose does: the whole transcript comes again before the answer.
    fn load(&mut self, id: String, agent_session: &str) {
        let Some(said) = self.disk.sessions.get(agent_session).cloned() else {
            let error = AgentError { code: -32002, ..failed("session not found") };
            return self.answer(id, Err(error));
        };
        self.at_hand.insert(agent_session.into());
        for said in said {
            let update = said.into();
            self.emit(AgentEvent::Update { agent_session: agent_session.into(), update });
        }
        self.answer(id, Ok(AgentAnswer::SessionLoaded { options: json!({}) }));
    }

    fn prompt(&mut self, id: String, turn: TurnId, session: String, text: &str, start: u64) {
        if self.disk.noted.contains(turn.as_str()) {
            return self.refuse(id, Some(turn), Refusal::Noted);
        }
        if !self.up || start != self.start {
            return self.refuse(id, Some(turn), Refusal::NoAgent);
        }
        self.disk.noted.insert(turn.to_string());
        self.disk.prompts.push(text.into());
        self.emit(AgentEvent::PromptWritten { turn: turn.clone(), agent_session: session.clone() });
        // One that it has on disk must be loaded first; tests may talk in others.
        if self.disk.sessions.contains_key(&session) && !self.at_hand.contains(&session) {
            return self.answer(id, Err(failed("session not found")));
        }
        if let Some(said) = self.disk.sessions.get_mut(&session) {
            said.push(Said::Person(text.into()));
        }
        if !self.untold {
            self.update(&session, AgentUpdate::ActiveRun(Some(format!("run-{turn}"))));
        }
        let acts = self.script.acts(text).into();
        self.run(Running { turn, session, acts, asked: None, held: false, cancelled: false, deaf: false });
    }

    fn run(&mut self, mut running: Running) {
        if running.held || running.asked.is_some() {
            return self.running.push(running);
        }
        while let Some(act) = running.acts.pop_front() {
            match act {
                Act::Say(text) => self.update(&running.session, AgentUpdate::Text(text)),
                Act::Update(update) => self.update(&running.session, update),
                Act::Ask { tool, otherwise } => {
                    self.questions += 1;
                    let (agent_session, request) = (running.session.clone(), json!(self.questions));
                    running.asked = Some((request.clone(), otherwise));
                    self.running.push(running);
                    let asked = Asked { agent_session, request, tool, options: options() };
                    return self.emit(AgentEvent::Asked(Box::new(asked)));
                }
                act @ (Act::Hold | Act::Deaf) => {
                    (running.held, running.deaf) = (true, matches!(act, Act::Deaf));
                    return self.running.push(running);
                }
                Act::End(stop, usage) => return self.ended(&running, Ok((stop, usage))),
                Act::Fail(error) => return self.ended(&running, Err(error)),
                Act::Crash { last } => return self.agent_down(last, false),
            }
        }
        self.ended(&running, Ok((StopReason::EndTurn, None)));
    }

    fn answered(&mut self, id: String, turn: &TurnId, request: &Value, choice: &PermissionChoice) {
        let asks = |running: &Running| running.asked.as_ref().is_some_and(|(asked, _)| asked == request);
        let Some(mut running) = self.take_turn(turn) else {
            return self.refuse(id, None, Refusal::NotRunning);
        };
        if !asks(&running) {
            return self.running.push(running);
        }
        let Some((_, otherwise)) = running.asked.take() else { return };
        match choice {
            _ if running.cancelled => return self.ended(&running, Ok((StopReason::Cancelled, None))),
            PermissionChoice::Cancelled => return self.ended(&running, Ok((StopReason::Cancelled, None))),
            PermissionChoice::Option(option) if option.starts_with("reject") => {
                running.acts = otherwise.into();
            }
            PermissionChoice::Option(_) => {}
        }
        self.run(running);
    }

    fn take_turn(&mut self, turn: &TurnId) -> Option<Running> {
        let index = self.running.iter().position(|running| running.turn == *turn)?;
        Some(self.running.remove(index))
    }

    fn ended(&mut self, running: &Running, how: Result<(StopReason, Option<Usage>), AgentError>) {
        self.update(&running.session, AgentUpdate::ActiveRun(None));
        let outcome = how.map(|(stop, usage)| AgentAnswer::PromptEnded { stop, usage });
        self.answer(format!("prompt:{}", running.turn), outcome);
    }

    fn update(&mut self, session: &str, update: AgentUpdate) {
        if let (AgentUpdate::Text(text), Some(said)) = (&update, self.disk.sessions.get_mut(session)) {
            said.push(Said::Agent(text.clone()));
        }
        self.emit(AgentEvent::Update { agent_session: session.into(), update });
    }

    fn answer(&mut self, command: String, outcome: Result<AgentAnswer, AgentError>) {
        self.emit(AgentEvent::Answered { command, outcome });
    }

    fn refuse(&mut self, command: String, turn: Option<TurnId>, reason: Refusal) {
        if reason == Refusal::NoAgent {
            // It may be told so again.
            self.known.remove(&command);
        }
        self.emit(AgentEvent::Refused { command, turn, reason });
    }
}

fn failed(message: &str) -> AgentError {
    AgentError { code: -32602, message: message.into(), data: None }
}
