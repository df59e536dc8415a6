//! What holds the relay together: everything Goose says becomes a numbered frame, every command of the
//! server is carried out at most once. Nothing here waits, so Goose is always read.

mod command;
#[cfg(test)]
mod tests;

use crate::acp::{self, Envelope};
use crate::known::Known;
use crate::noted::Noted;
use crate::spool::{Class, Cursor, Spool};
use crate::tunnel::Tunnels;
use gaggle_relay_protocol::{FromRelay, MAX_MESSAGE, Note, Payload};
use gaggle_shared::TurnId;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Room that a frame's own fields take beside its payload.
const FRAME_OVERHEAD: usize = 128;
/// A response no longer than this is kept even when the spool is full: it says how something ended.
const SMALL: usize = 4096;

/// How the relay is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The server said so (`stop`), or a signal: Goose gets so long, and what it said is delivered.
    Stop(Duration),
    /// The server said that our time is over: nobody wants to hear any more.
    Gone,
    /// The server stayed away for longer than the patience.
    Patience,
}

/// What the relay wishes for Goose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// It runs.
    Run,
    /// It does not, until the server says so: the server stayed away, and the relay stays.
    Rest,
    /// It never runs again.
    End(Ending),
}

/// What is known of Goose, for `/health`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AgentState {
    /// Not answered `initialize` yet.
    Starting,
    /// Connected.
    Up,
    /// Ended; with the reason in one line.
    Down(String),
}

/// A running Goose: texts sent here go to it, in order.
#[derive(Debug)]
struct Agent {
    start: u64,
    to: mpsc::Sender<String>,
}

#[derive(Debug)]
struct State {
    spool: Spool,
    noted: Noted,
    known: Known,
    /// Goose's session of each running turn.
    turns: HashMap<TurnId, String>,
    /// Goose's questions that nobody has answered: their ids and sessions.
    questions: Vec<(Value, String)>,
    agent: Option<Agent>,
    health: AgentState,
    /// Small answers to the server that are not part of the stream.
    replies: VecDeque<FromRelay>,
    thinned: u64,
    full: bool,
}

/// The relay's one shared state.
#[derive(Debug)]
pub(crate) struct Core {
    state: Mutex<State>,
    now: fn() -> i64,
    /// Rings when there is something to send home.
    pub news: Notify,
    /// Rings when an acknowledgement came, and when the server came or went.
    pub acked: Notify,
    /// A server listens.
    linked: AtomicBool,
    wish: watch::Sender<Wish>,
    /// Other ACP clients.
    pub tunnels: Tunnels,
}

impl Core {
    /// A relay that has said nothing yet. `now` is the wall clock in milliseconds since 1970.
    pub(crate) fn new(spool: Spool, noted: Noted, now: fn() -> i64) -> Self {
        let state = State {
            spool,
            noted,
            known: Known::default(),
            turns: HashMap::new(),
            questions: Vec::new(),
            agent: None,
            health: AgentState::Starting,
            replies: VecDeque::new(),
            thinned: 0,
            full: false,
        };
        let (news, acked, wish) = (Notify::new(), Notify::new(), watch::Sender::new(Wish::Run));
        Self {
            state: Mutex::new(state),
            now,
            news,
            acked,
            linked: AtomicBool::new(false),
            wish,
            tunnels: Tunnels::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goose has answered `initialize`; texts sent to `to` reach it.
    pub(crate) fn agent_up(&self, start: u64, initialize: Value, to: mpsc::Sender<String>) {
        let mut state = self.state();
        state.agent = Some(Agent { start, to });
        state.health = AgentState::Up;
        state.note(Note::AgentUp { start, initialize }, (self.now)());
        self.news.notify_one();
    }

    /// Goose has ended, or was ended; `note` says how and nothing of this start follows.
    pub(crate) fn agent_gone(&self, note: Note, reason: String) {
        let mut state = self.state();
        state.agent = None;
        state.health = AgentState::Down(reason);
        state.turns.clear();
        state.questions.clear();
        state.note(note, (self.now)());
        self.news.notify_one();
    }

    /// One message of Goose. Returns false if it is no JSON-RPC message and was dropped.
    pub(crate) fn agent_said(&self, text: &str) -> bool {
        let Ok(envelope) = Envelope::parse(text) else { return false };
        let mut state = self.state();
        state.carry(&envelope, text, (self.now)());
        if let Some(id) = envelope.answers()
            && let Some(turn) = id.strip_prefix("prompt:").and_then(|turn| TurnId::parse(turn).ok())
        {
            let session = state.turns.remove(&turn);
            state.questions.retain(|(_, of)| Some(of) != session.as_ref());
        }
        state.questions.extend(envelope.asks());
        drop(state);
        self.news.notify_one();
        true
    }

    /// What is known of Goose.
    pub(crate) fn health(&self) -> AgentState {
        self.state().health.clone()
    }

    /// The first kept frame and the last numbered one.
    pub(crate) fn range(&self) -> (u64, u64) {
        let state = self.state();
        (state.spool.first(), state.spool.last())
    }

    /// The server has all up to `received` and listens: where to go on. Replies of before are void, since
    /// it repeats what it has no `done` for.
    pub(crate) fn resume(&self, received: u64) -> Cursor {
        let mut state = self.state();
        state.replies.clear();
        let received = received.min(state.spool.last());
        state.acknowledge(received);
        self.linked.store(true, Ordering::Relaxed);
        self.acked.notify_one();
        state.spool.after(received)
    }

    /// The server listens no more: nothing is acknowledged until [`Core::resume`].
    pub(crate) fn parted(&self) {
        self.linked.store(false, Ordering::Relaxed);
        self.tunnels.parted();
        self.acked.notify_one();
    }

    /// Whether a server listens.
    pub(crate) fn linked(&self) -> bool {
        self.linked.load(Ordering::Relaxed)
    }

    /// All frames up to `n` are durable at the server.
    pub(crate) fn acknowledge(&self, n: u64) {
        self.state().acknowledge(n);
        self.acked.notify_one();
    }

    /// True once the server has everything.
    pub(crate) fn delivered(&self) -> bool {
        let state = self.state();
        state.spool.used() == 0 && state.replies.is_empty()
    }

    /// The next text to send home, if there is one: frames before replies, so that a `done` never overtakes
    /// what its command did.
    ///
    /// # Errors
    /// The spool's file cannot be read.
    pub(crate) fn next(&self, cursor: &mut Cursor) -> std::io::Result<Option<Utf8Bytes>> {
        let mut state = self.state();
        if let Some(frame) = state.spool.next(cursor)? {
            return Ok(Some(frame));
        }
        let reply = state.replies.pop_front();
        Ok(reply.and_then(|reply| serde_json::to_string(&reply).ok()).map(Into::into))
    }

    /// Queues a reply that is not part of the stream.
    pub(crate) fn reply(&self, reply: FromRelay) {
        self.state().replies.push_back(reply);
        self.news.notify_one();
    }

    /// A signal came: who may still begin something with Goose is told before the end begins.
    pub(crate) fn signalled(&self, grace: Duration) {
        let mut state = self.state();
        if let Some(start) = state.agent.as_ref().map(|agent| agent.start) {
            state.note(Note::AgentEnding { start }, (self.now)());
        }
        drop(state);
        self.news.notify_one();
        self.end(Ending::Stop(grace));
    }

    /// Begins the end; the first reason stands.
    pub(crate) fn end(&self, ending: Ending) {
        self.wish.send_if_modified(|wish| {
            let first = !matches!(wish, Wish::End(_));
            if first {
                *wish = Wish::End(ending);
            }
            first
        });
    }

    /// Lets Goose end and not start again until [`Core::wake`], unless the end has begun.
    pub(crate) fn rest(&self) {
        self.turn(Wish::Run, Wish::Rest);
    }

    /// Ends the rest.
    pub(crate) fn wake(&self) {
        self.turn(Wish::Rest, Wish::Run);
    }

    fn turn(&self, from: Wish, to: Wish) {
        self.wish.send_if_modified(|wish| {
            let turns = *wish == from;
            if turns {
                *wish = to;
            }
            turns
        });
    }

    /// What is wished now.
    pub(crate) fn wish(&self) -> Wish {
        *self.wish.borrow()
    }

    /// Waits until `wanted` says so of what is wished.
    pub(crate) async fn wished(&self, mut wanted: impl FnMut(Wish) -> bool) -> Wish {
        let mut wish = self.wish.subscribe();
        match wish.wait_for(|wish| wanted(*wish)).await {
            Ok(wish) => *wish,
            Err(_) => Wish::End(Ending::Gone),
        }
    }

    /// The end, once it has begun.
    pub(crate) async fn ended(&self) -> Ending {
        match self.wished(|wish| matches!(wish, Wish::End(_))).await {
            Wish::End(ending) => ending,
            Wish::Run | Wish::Rest => Ending::Gone,
        }
    }
}

impl State {
    fn acknowledge(&mut self, n: u64) {
        self.spool.ack(n);
        if self.full && self.turns.is_empty() && self.spool.room(Class::Live) > 0 {
            self.full = false;
        }
    }

    /// Keeps a message of Goose, or decides what is lost.
    fn carry(&mut self, envelope: &Envelope<'_>, text: &str, at: i64) {
        let size = text.len() + FRAME_OVERHEAD;
        let answer = envelope.answers().is_some();
        // Another conversation may wait for a larger one, and nobody asks twice.
        let spared = self.full && size as u64 <= self.spool.room(Class::Note) / 2;
        let small_answer = answer && (text.len() <= SMALL || spared);
        let class = match () {
            () if self.full && !small_answer => return,
            () if small_answer => Class::Note,
            () if size as u64 > self.spool.room(Class::Live) && envelope.is_live_output() => {
                self.thinned += text.len() as u64;
                return;
            }
            () => Class::Message,
        };
        let fits = size <= MAX_MESSAGE && size as u64 <= self.spool.room(class);
        self.tell_thinned(at);
        let kept = fits && self.append(class, "acp", text, at);
        if !kept && !self.full {
            self.full = true;
            self.note(Note::SpoolFull, at);
            let sessions: Vec<_> = self.turns.values().cloned().collect();
            for session in sessions {
                self.answer_all(&session);
                self.tell(acp::cancel(&session));
            }
        }
    }

    /// What Goose asks in this session is not answered any more: it heeds a cancel only once it knows.
    fn answer_all(&mut self, session: &str) {
        let (open, others) =
            std::mem::take(&mut self.questions).into_iter().partition(|(_, of)| of == session);
        self.questions = others;
        let open: Vec<(Value, String)> = open;
        open.iter().for_each(|(question, _)| self.tell(acp::cancelled(question)));
    }

    /// A full queue means that Goose does not listen: it will be ended for that.
    fn tell(&self, text: String) {
        if let Some(agent) = &self.agent {
            drop(agent.to.try_send(text));
        }
    }

    /// Says how much was left out, before what follows it.
    fn tell_thinned(&mut self, at: i64) {
        if self.thinned > 0 {
            let bytes = std::mem::take(&mut self.thinned);
            self.note(Note::Thinned { bytes }, at);
        }
    }

    /// Adds a note; one that has no room at all is lost, with everything else that has none.
    fn note(&mut self, note: Note, at: i64) -> bool {
        let payload = serde_json::to_value(Payload::Note(note)).ok();
        let text = payload.as_ref().and_then(|payload| payload.get("note")).map(Value::to_string);
        text.is_some_and(|text| self.append(Class::Note, "note", &text, at))
    }

    /// Adds a frame whose payload is JSON already: what Goose sent is never parsed and printed again.
    fn append(&mut self, class: Class, key: &str, payload: &str, at: i64) -> bool {
        let n = self.spool.last() + 1;
        let frame = format!(r#"{{"type":"frame","n":{n},"at":{at},"{key}":{payload}}}"#);
        self.spool.append(class, frame).is_ok()
    }
}
