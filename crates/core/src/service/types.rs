use crate::port::{AgentGateway, Clock, Entropy, ModelAccess, Runtime, Store};
use futures_util::stream::BoxStream;
use gaggle_shared::{
    Caller, Event, Mode, Phase, Project, ProjectId, Seq, SessionId, Span, StoreKind, TurnId, User,
};
use std::{sync::Arc, time::Duration};

/// The world, behind its traits.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Where records live.
    pub store: Arc<dyn Store>,
    /// Where agents run.
    pub runtime: Arc<dyn Runtime>,
    /// The links to the relays.
    pub gateway: Arc<dyn AgentGateway>,
    /// The models.
    pub model: Arc<dyn ModelAccess>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// How this Gaggle behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// The users.
    pub users: Vec<User>,
    /// Names this server among those that share a store.
    pub server: String,
    /// Of Gaggle, for `/api/info`.
    pub version: String,
    /// For `/api/info`.
    pub store_kind: StoreKind,
    /// For `/api/info`: the provider and model that agents get by default; none: the demo model.
    pub provider: Option<String>,
    /// As `provider`.
    pub model: Option<String>,
    /// For `/api/info`.
    pub host: String,
    /// From where the API can be reached.
    pub reach: Reach,
    /// `GAGGLE_READY_TIMEOUT`
    pub ready_timeout: Duration,
    /// `GAGGLE_IDLE_TIMEOUT`, unless a project says otherwise.
    pub idle_timeout: Span,
    /// Unless a project says otherwise.
    pub permission_timeout: Span,
    /// Unless a project or session says otherwise.
    pub mode: Mode,
    /// `GAGGLE_RELAY_PATIENCE`
    pub patience: Duration,
    /// How many activations may be under way at once.
    pub activations: usize,
    /// `GAGGLE_ORPHANS`
    pub orphans: OrphanPolicy,
    /// How many messages may wait in a session.
    pub queue: usize,
    /// How many bytes of journal a project may keep.
    pub journal_bytes: u64,
}

/// From where the API can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// From its own computer only.
    #[default]
    Computer,
    /// From its network.
    Network,
    /// Through whatever stands before it, under an address of its own (`GAGGLE_PUBLIC_URL`).
    Public,
}

/// What is done about what carries our label though no record knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrphanPolicy {
    /// It is removed, data after a day.
    #[default]
    Remove,
    /// It is only reported.
    Report,
}

/// How many things of a kind were found to be nobody's since this server started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrphanCount {
    /// There at the last look.
    pub now: u64,
    /// Ever found.
    pub found: u64,
    /// Removed.
    pub removed: u64,
}

/// How long a call waits for what it wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until it is so.
    Done,
    /// Not at all (`Prefer: respond-async`).
    Now,
    /// At most so long (`Prefer: wait=N`).
    For(Duration),
}

/// What a call that wishes something came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<T> {
    /// It is so (200, 201).
    Done(T),
    /// It was acknowledged and is under way (202).
    Pending(T),
}

/// An idempotency key with the hash of the request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// 1 to 255 visible ASCII characters.
    pub key: String,
    /// SHA-256 of the body, hex.
    pub body: String,
}

/// Who calls, and under which idempotency key.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who.
    pub caller: Caller,
    /// `Idempotency-Key`, of a POST.
    pub key: Option<Key>,
}

/// `GET /api/users/{userId}/projects`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectsQuery {
    /// Whose name is this.
    pub name: Option<String>,
    /// In this phase.
    pub phase: Option<Phase>,
    /// Where the page before ended.
    pub after: Option<ProjectId>,
    /// 1 to 200.
    pub limit: usize,
}

/// `GET …/messages`: the `limit` newest messages before `before` (a turn), oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageQuery {
    /// Of this session only.
    pub session: Option<SessionId>,
    /// Turns strictly before this one.
    pub before: Option<TurnId>,
    /// 1 to 200.
    pub limit: usize,
}

/// Which events of a journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only of these types; empty: all. `reset` always comes.
    pub types: Vec<String>,
    /// Only of this turn.
    pub turn: Option<TurnId>,
}

/// An event, serialised once for all readers.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// SSE `id`.
    pub seq: Seq,
    /// SSE `event`.
    pub kind: &'static str,
    /// Its turn.
    pub turn: Option<TurnId>,
    /// SSE `data`: the event's JSON.
    pub json: Arc<str>,
}

/// A journal from some seq on, then live. It ends when the project is gone or the server shuts down.
pub type LineStream = BoxStream<'static, Arc<Line>>;

/// A page of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalItems {
    /// In order.
    pub items: Vec<Event>,
    /// Read on with `after` this.
    pub last_seq: Seq,
}

/// An event of `GET /api/users/{userId}/events`.
#[derive(Debug, Clone, PartialEq)]
pub enum UserEvent {
    /// `snapshot`: `{"items": […], "more": bool}`; a snapshot is one or more of these.
    Snapshot {
        /// Newest first.
        items: Vec<Project>,
        /// True: another `snapshot` follows.
        more: bool,
    },
    /// `project.created`
    Created(Box<Project>),
    /// `project.changed`
    Changed(Box<Project>),
    /// `project.deleted`: as it was last.
    Deleted(Box<Project>),
}

/// A user's projects, live: each with the id to resume by (SSE `id`), if there is one.
pub type UserStream = BoxStream<'static, (Option<String>, UserEvent)>;
