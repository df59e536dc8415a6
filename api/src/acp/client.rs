//! One client: what it asks is done in order, and what happens in its sessions is told as it happens.

use super::{
    Place, offer,
    prompt::Prompt,
    rpc::{self, Incoming, RpcError},
    shown::Shown,
};
use crate::http::App;
use futures_util::StreamExt as _;
use gaggle_core::{
    error::Error,
    service::{Action, EventFilter, Line, LineStream},
};
use gaggle_shared::{Event, EventBody, Mode, PermissionId, SessionId, TurnId};
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use tokio::{sync::mpsc, time::Instant};

/// What of a project's journal can be told to a client.
const KINDS: [&str; 12] = [
    "turn.queued",
    "turn.started",
    "turn.ended",
    "message.delta",
    "message.thought",
    "tool.call",
    "tool.update",
    "tool.output",
    "permission.requested",
    "permission.resolved",
    "usage",
    "agent.update",
];

/// The client takes nothing any more.
#[derive(Debug)]
pub(super) struct HungUp;

/// A client and what it has open.
pub(super) struct Client {
    pub(super) app: App,
    pub(super) place: Place,
    to: mpsc::Sender<String>,
    greeted: bool,
    /// Those that it has made or loaded.
    pub(super) sessions: HashMap<SessionId, Attached>,
    /// The turns of those that are not over.
    pub(super) turns: HashMap<TurnId, SessionId>,
    /// What it waits for.
    pub(super) prompts: Vec<Prompt>,
    /// What it was asked and has not answered.
    pub(super) asked: HashMap<PermissionId, SessionId>,
    /// Sessions whose questions are asked again, and when; the first first.
    pub(super) again: VecDeque<(Instant, SessionId)>,
    /// What it calls the workspace.
    pub(super) cwd: Option<String>,
}

/// A session that a client follows.
#[derive(Debug, Default)]
pub(super) struct Attached {
    pub(super) shown: Shown,
    /// What the client wished for its next prompts.
    pub(super) wished: Option<Mode>,
    pub(super) told: Told,
}

/// What was said of the session itself.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) mode: Option<Mode>,
    pub(super) title: Option<String>,
    pub(super) commands: usize,
}

impl Client {
    /// Begins to follow the project's journal, so that nothing is missed between an answer and what comes live.
    pub(super) async fn open(
        app: App,
        place: Place,
        to: mpsc::Sender<String>,
    ) -> Result<(Self, LineStream), Error> {
        let Place { call, user, project } = &place;
        let after = app.gaggle.last_seq(call, user, project).await?;
        let filter = EventFilter { types: KINDS.map(str::to_owned).into(), turn: None };
        let events = app.gaggle.events(call, user, project, after, filter).await?;
        let client = Self {
            app,
            place,
            to,
            greeted: false,
            sessions: HashMap::new(),
            turns: HashMap::new(),
            prompts: Vec::new(),
            asked: HashMap::new(),
            again: VecDeque::new(),
            cwd: None,
        };
        Ok((client, events))
    }

    /// Until the client hangs up, the project is gone or the server goes down; no turn ends by that.
    pub(super) async fn run(mut self, mut from: mpsc::Receiver<String>, mut events: LineStream) {
        let closing = self.app.closing.clone();
        loop {
            let done = tokio::select! {
                biased;
                () = closing.cancelled() => return,
                text = from.recv() => match text {
                    Some(text) => self.said(&text).await,
                    None => return,
                },
                line = events.next() => match line {
                    Some(line) => self.happened(&line).await,
                    None => return,
                },
                session = Self::due(&self.again) => self.ask_again(&session).await,
            };
            if done.is_err() {
                return;
            }
        }
    }

    /// One message of the client.
    async fn said(&mut self, text: &str) -> Result<(), HungUp> {
        match rpc::read(text) {
            Ok(Incoming::Request { id, method, params }) => self.asks(id, &method, params).await,
            Ok(Incoming::Notification { method, params }) => {
                match method.as_str() {
                    "session/cancel" => self.cancel(&params).await,
                    "$/cancel_request" => self.cancel_request(&params).await,
                    // A notification that nobody knows is nobody's loss.
                    _ => {}
                }
                Ok(())
            }
            Ok(Incoming::Response { id, result }) => self.answered(&id, result).await,
            Err(told) => self.send(&told).await,
        }
    }

    async fn asks(&mut self, id: Value, method: &str, params: Value) -> Result<(), HungUp> {
        if method != "initialize" && !self.greeted {
            return self.send(&rpc::failed(&id, &RpcError::not_now("say initialize first"))).await;
        }
        let done = match method {
            "initialize" => {
                self.greeted = true;
                Ok(offer::initialize(self.place.may(Action::Arrange).is_ok()))
            }
            // Answered once its turn has ended.
            "session/prompt" => match self.prompt(&id, &params).await? {
                Ok(()) => return Ok(()),
                Err(error) => Err(error),
            },
            "session/new" => self.new_session(&params).await,
            "session/load" => self.attach(&params, true).await?,
            "session/resume" => self.attach(&params, false).await?,
            "session/list" => self.list(&params).await,
            "session/close" => self.close(&params).await?,
            "session/delete" => self.delete(&params).await?,
            "session/set_mode" => self.set_mode(&params).await?,
            other => Err(RpcError::no_method(other)),
        };
        let told = match &done {
            Ok(result) => rpc::answer(&id, result),
            Err(error) => rpc::failed(&id, error),
        };
        self.send(&told).await
    }

    /// One event of the project.
    async fn happened(&mut self, line: &Line) -> Result<(), HungUp> {
        if line.kind == "reset" {
            return self.caught_up().await;
        }
        // Most of what other sessions do need not be read.
        let about_turn = matches!(line.kind, "turn.queued" | "turn.started" | "turn.ended");
        if !about_turn && !line.turn.as_ref().is_some_and(|turn| self.turns.contains_key(turn)) {
            return Ok(());
        }
        let Ok(Event { body, .. }) = serde_json::from_str(&line.json) else { return Ok(()) };
        let session = match &body {
            EventBody::TurnQueued { turn }
            | EventBody::TurnStarted { turn }
            | EventBody::TurnEnded { turn } => turn.session_id.clone(),
            other => match other.turn_id().and_then(|turn| self.turns.get(turn)) {
                Some(session) => session.clone(),
                None => return Ok(()),
            },
        };
        if let Some(attached) = self.sessions.get_mut(&session) {
            for update in attached.shown.event(&body) {
                self.update(&session, &update).await?;
            }
            self.decided(&session, &body).await?;
        }
        // Also in a session that it has closed meanwhile.
        if let EventBody::TurnEnded { turn } = &body {
            self.turns.remove(&turn.id);
            self.ended(turn).await?;
        }
        Ok(())
    }

    /// What an event of an attached session means beyond its text.
    async fn decided(&mut self, session: &SessionId, body: &EventBody) -> Result<(), HungUp> {
        match body {
            EventBody::TurnQueued { turn } => {
                self.turns.insert(turn.id.clone(), session.clone());
                Ok(())
            }
            EventBody::TurnStarted { turn } => {
                self.turns.insert(turn.id.clone(), session.clone());
                self.tell_session(session).await
            }
            EventBody::TurnEnded { .. } => self.tell_session(session).await,
            EventBody::PermissionRequested { permission } => self.ask(permission).await,
            EventBody::PermissionResolved { permission } => self.withdraw(&permission.id).await,
            _ => Ok(()),
        }
    }

    /// Tells what happened in a session.
    pub(super) async fn update(&self, session: &SessionId, update: &Value) -> Result<(), HungUp> {
        let params = serde_json::json!({"sessionId": session, "update": update});
        self.send(&rpc::call(None, "session/update", &params)).await
    }

    /// Waits while the client is slow.
    pub(super) async fn send(&self, message: &Value) -> Result<(), HungUp> {
        self.to.send(message.to_string()).await.map_err(|_| HungUp)
    }
}
