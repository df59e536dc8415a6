use super::finding::Finding;
use gaggle_core::port::{Admission, AgentCommand, Inbound, Link, LinkCursor, LookError};
use gaggle_shared::ProjectId;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Mutex as Seat, Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How many commands may wait for a relay.
const WAITING: usize = 1024;

/// How an admission ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// The relay is to call again.
    Again,
    /// Its time is over, for this reason.
    Gone(&'static str),
}

/// One admission of one project: what must be kept over the breaks of its connection.
#[derive(Debug)]
pub(super) struct Line {
    /// Whose.
    pub(super) project: ProjectId,
    /// SHA-256 of the token.
    pub(super) token: [u8; 32],
    /// Told to the relay.
    pub(super) epoch: u64,
    /// To the core.
    pub(super) inbound: mpsc::Sender<Inbound>,
    /// Rings when there is something to write.
    pub(super) news: Notify,
    /// Rings when the admission is over.
    pub(super) over: CancellationToken,
    /// Held by the connection that speaks; the next waits for it, so that the core hears one after the other.
    pub(super) seat: Seat<()>,
    /// Whether a relay is connected now.
    pub(super) linked: watch::Sender<bool>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Up to here frames went to the core.
    delivered: LinkCursor,
    /// Up to here they are durable.
    durable: LinkCursor,
    waiting: VecDeque<Waiting>,
    /// Numbers the commands.
    ordinal: u64,
    /// Up to this number they were written to the relay that is connected.
    written: u64,
    link: Option<Linked>,
    /// Only the highest counts.
    incarnation: u64,
    /// Ends the connection that came last.
    last: CancellationToken,
    over: Over,
    /// Why it could not be dialled when that was tried last.
    unreached: Option<String>,
}

/// The relay that is connected.
#[derive(Debug)]
struct Linked {
    link: Link,
    /// None: it does not look into its workspace.
    finding: Option<Arc<Finding>>,
}

/// A command that the relay has not taken yet.
#[derive(Debug)]
struct Waiting {
    ordinal: u64,
    id: String,
    command: AgentCommand,
}

/// What is to be written next.
#[derive(Debug, PartialEq)]
pub(super) enum Outgoing {
    /// Frames of the connected relay are durable up to here.
    Ack(u64),
    /// A command with its number.
    Command(u64, AgentCommand),
}

impl Line {
    pub(super) fn new(project: ProjectId, admission: &Admission, inbound: mpsc::Sender<Inbound>) -> Self {
        let state = State {
            delivered: admission.received,
            durable: admission.received,
            waiting: VecDeque::new(),
            ordinal: 0,
            written: 0,
            link: None,
            incarnation: admission.received.incarnation,
            last: CancellationToken::new(),
            over: Over::Again,
            unreached: None,
        };
        Self {
            project,
            token: admission.token_hash,
            epoch: admission.epoch,
            inbound,
            news: Notify::new(),
            over: CancellationToken::new(),
            seat: Seat::new(()),
            linked: watch::Sender::new(false),
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True if nobody listens to it.
    pub(super) fn unheard(&self) -> bool {
        self.inbound.is_closed()
    }

    /// Ends the admission.
    pub(super) fn end(&self, how: Over) {
        let mut state = self.state();
        state.over = how;
        state.waiting.clear();
        state.link = None;
        drop(state);
        self.over.cancel();
    }

    /// How it ended, once it did.
    pub(super) fn ended(&self) -> Over {
        self.state().over
    }

    /// A relay of this incarnation wants the seat: whoever has it is told to leave. Gives what will end this
    /// one in its turn, or none if a higher incarnation was here already.
    pub(super) fn take_over(&self, incarnation: u64) -> Option<CancellationToken> {
        let mut state = self.state();
        if incarnation < state.incarnation {
            return None;
        }
        state.incarnation = incarnation;
        state.last.cancel();
        state.last = CancellationToken::new();
        Some(state.last.clone())
    }

    /// True if relays of this incarnation have been replaced by a higher one.
    pub(super) fn outdated(&self, incarnation: u64) -> bool {
        incarnation < self.state().incarnation
    }

    /// The relay has the seat: what of its frames is durable, and what went to the core. Commands that were
    /// meant for the relay before it are dropped.
    pub(super) fn connect(&self, link: &Link, finding: Option<Arc<Finding>>) -> (u64, u64) {
        let mut state = self.state();
        if state.delivered.incarnation != link.incarnation {
            state.delivered = LinkCursor { incarnation: link.incarnation, frame: 0 };
            state.waiting.clear();
        }
        state.link = Some(Linked { link: link.clone(), finding });
        state.unreached = None;
        self.linked.send_replace(true);
        (state.durable_of(link.incarnation), state.delivered.frame)
    }

    pub(super) fn disconnect(&self) {
        self.state().link = None;
        self.linked.send_replace(false);
    }

    pub(super) fn link(&self) -> Option<Link> {
        self.state().link.as_ref().map(|linked| linked.link.clone())
    }

    /// What the relay that is connected can be asked through.
    pub(super) fn finding(&self) -> Result<Arc<Finding>, LookError> {
        match &self.state().link {
            None => Err(LookError::NotLinked),
            Some(linked) => linked.finding.clone().ok_or(LookError::TooOld),
        }
    }

    /// It was dialled, and there was no way to it.
    pub(super) fn not_reached(&self, why: String) {
        self.state().unreached = Some(why);
    }

    /// Why it could not be dialled when that was tried last, unless it is or was linked since.
    pub(super) fn unreached(&self) -> Option<String> {
        self.state().unreached.clone()
    }

    /// The number of the last frame that went to the core.
    pub(super) fn delivered(&self) -> u64 {
        self.state().delivered.frame
    }

    pub(super) fn deliver(&self, frame: u64) {
        self.state().delivered.frame = frame;
    }

    /// Puts a command behind those that wait, unless it waits already. False: too many wait.
    pub(super) fn send(&self, command: AgentCommand) -> bool {
        let id = command.id();
        let mut state = self.state();
        if self.over.is_cancelled() || self.unheard() || state.waiting.iter().any(|waiting| waiting.id == id)
        {
            return true;
        }
        state.ordinal += 1;
        let ordinal = state.ordinal;
        state.waiting.push_back(Waiting { ordinal, id, command });
        let fits = state.waiting.len() <= WAITING;
        drop(state);
        self.news.notify_one();
        fits
    }

    /// The relay took this command, or refused it. One that it was not given yet is another of that name: what was refused
    /// may be sent again before the relay has said that it is done with it.
    pub(super) fn done(&self, id: &str) {
        let mut state = self.state();
        let written = state.written;
        let theirs = |waiting: &Waiting| waiting.id == id && waiting.ordinal <= written;
        if let Some(index) = state.waiting.iter().position(theirs) {
            state.waiting.remove(index);
        }
    }

    pub(super) fn acknowledge(&self, received: LinkCursor) {
        let mut state = self.state();
        if received > state.durable {
            state.durable = received;
            drop(state);
            self.news.notify_one();
        }
    }

    /// What a connection that has written up to there writes next.
    pub(super) fn next(&self, incarnation: u64, acked: u64, sent: u64) -> Option<Outgoing> {
        let mut state = self.state();
        let durable = state.durable_of(incarnation);
        if durable > acked {
            return Some(Outgoing::Ack(durable));
        }
        // Numbers rise along the queue.
        let index = state.waiting.partition_point(|waiting| waiting.ordinal <= sent);
        let (ordinal, command) = state.waiting.get(index).map(|next| (next.ordinal, next.command.clone()))?;
        state.written = ordinal;
        Some(Outgoing::Command(ordinal, command))
    }
}

impl State {
    fn durable_of(&self, incarnation: u64) -> u64 {
        if self.durable.incarnation == incarnation { self.durable.frame } else { 0 }
    }
}
