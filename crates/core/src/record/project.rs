use super::{Abandoned, Asking, Doomed, Entry, LiveTurn, PhaseState};
use crate::port::LinkCursor;
use gaggle_shared::{
    Accepts, DesiredState, Failure, Mode, PermissionState, ProjectId, ProjectName, Receipt, Seq, SessionId,
    SessionOptions, Settings, Time, UserId,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The version of the records' shape; raised with a migration.
pub const SCHEMA: u32 = 1;

/// All of a project that must be true at once. Writing it is what acknowledges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectRecord {
    /// [`SCHEMA`] of the build that wrote it.
    pub schema: u32,
    /// Which.
    pub id: ProjectId,
    /// Whose.
    pub user: UserId,
    /// Unique per user among those that are not tombstones.
    pub name: ProjectName,
    /// When it was made.
    pub created_at: Time,
    /// The idempotency key it was created under, with a hash of the body.
    pub creation_key: Option<IdempotencyEntry>,
    /// Raised by one with every write; writes are conditional on it.
    pub generation: u64,
    /// Who may write it.
    pub lease: Lease,
    /// What is wished.
    pub desired: DesiredState,
    /// What is.
    pub phase: PhaseState,
    /// Why it is not what is wished.
    pub failure: Option<Failure>,
    /// Its own settings.
    pub settings: Settings,
    /// The settings of the running activation.
    pub applied: Option<Settings>,
    /// What its agent takes with a message, as it last said.
    #[serde(default)]
    pub accepts: Option<Accepts>,
    /// Its conversations, oldest first; never empty.
    pub sessions: Vec<SessionRecord>,
    /// One of them.
    pub default_session: SessionId,
    /// Conversations that were deleted, until nothing of them is left.
    #[serde(default)]
    pub doomed: Vec<Doomed>,
    /// Turns that ended here before the agent had stopped.
    #[serde(default)]
    pub abandoned: Vec<Abandoned>,
    /// Turns that are not archived, in the order they were acknowledged.
    pub turns: Vec<LiveTurn>,
    /// The link to its relay.
    pub link: LinkRecord,
    /// Seqs up to here may have been used; the next block begins after it.
    pub reserved: Seq,
    /// The journal begins here: older events were dropped for room.
    #[serde(default)]
    pub floor: Seq,
    /// Events of writes of this record that may not be in the journal yet; whoever reads the journal puts them there.
    pub outbox: Vec<Entry>,
    /// Idempotency keys of the last 24 hours.
    pub keys: Vec<IdempotencyEntry>,
    /// The last message, answer or end of a turn.
    pub last_activity_at: Time,
    /// What it last said, in a sentence.
    pub summary: String,
    /// Its objects are still to be made; none: they were, or it needs none.
    #[serde(default)]
    pub unplaced: Option<Unplaced>,
    /// Tokens and cost of a day.
    pub today: DayUsage,
    /// The last start of its agent.
    #[serde(default)]
    pub start: Option<StartRecord>,
    /// Set once nothing of it remains; kept for 24 hours for the receipt.
    pub tombstone: Option<Tombstone>,
}

impl ProjectRecord {
    /// Whether it needs an eye: something runs, waits, is wished, or is not yet in its place. Stores index this.
    pub fn unsettled(&self) -> bool {
        !self.rests() || self.unplaced.is_some()
    }

    /// Whether it sleeps and nothing of it runs, waits or is wished, wherever its objects are.
    pub(crate) fn rests(&self) -> bool {
        let asleep = self.desired == DesiredState::Inactive
            && matches!(self.phase, PhaseState::Inactive | PhaseState::Failed { .. })
            && !self.link.workload;
        let erases = self.doomed.iter().any(|one| one.session.is_some());
        self.tombstone.is_none() && asleep && self.turns.is_empty() && !erases
    }

    /// The approvals that wait.
    pub(crate) fn waiting(&mut self) -> impl Iterator<Item = &mut Asking> {
        let all = self.turns.iter_mut().flat_map(|turn| &mut turn.permissions);
        all.filter(|asking| asking.permission.state == PermissionState::Pending)
    }

    /// A server is there now: it counts as time in which approvals could be answered.
    pub(crate) fn watch(&mut self, now: Time) {
        self.waiting().for_each(|asking| asking.watched_at = Some(now));
    }

    /// When somebody should say again that a server is there, if an approval waits.
    pub(crate) fn watched_until(&self, every: Duration) -> Option<Time> {
        let all = self.turns.iter().flat_map(|turn| &turn.permissions);
        let waiting = all.filter(|asking| asking.permission.state == PermissionState::Pending);
        let last = waiting.map(|asking| asking.watched_at.unwrap_or(asking.permission.created_at)).min()?;
        Some(crate::lifecycle::after(last, every))
    }

    /// Whoever wished it active has what they wished: what becomes of it later does not change their answer.
    pub(crate) fn answer_activations(&mut self) {
        let asked = self.keys.iter_mut().filter(|entry| entry.route == ACTIVATE);
        asked.for_each(|entry| entry.made = READY.into());
    }

    /// The conversation of this id.
    pub fn session(&self, id: &SessionId) -> Option<&SessionRecord> {
        self.sessions.iter().find(|session| session.id == *id)
    }
}

/// A start of the agent: where the journal tells of it, and when it was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRecord {
    /// The event that it began with.
    pub seq: Seq,
    /// When it began.
    pub at: Time,
    /// When the agent could chat.
    pub ready_at: Option<Time>,
}

/// Who may write a record. A server that takes a project over raises the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The server.
    pub owner: String,
    /// Raised with every change of owner; told to relays.
    pub epoch: u64,
    /// None: until another claims it (a store with one owner).
    pub expires_at: Option<Time>,
}

/// What a sleeping project has in a cluster could not be made yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplaced {
    /// How often it has failed.
    pub attempt: u32,
    /// Not before this.
    pub retry_at: Option<Time>,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// Ours.
    pub id: SessionId,
    /// The agent's, once it has one.
    pub agent_session: Option<String>,
    /// A person's.
    pub title: Option<String>,
    /// The agent's.
    pub agent_title: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// The last message or end of a turn.
    pub last_activity_at: Time,
    /// The mode of its turns.
    pub mode: Option<Mode>,
    /// The model that a person chose for its turns.
    #[serde(default)]
    pub model: Option<String>,
    /// Raised when mode or model is wished otherwise: what the agent says to an older wish means nothing.
    #[serde(default)]
    pub wish: u32,
    /// What the agent offers in it, as it last said.
    #[serde(default)]
    pub offers: Option<SessionOptions>,
    /// In which start of the agent it can be used.
    #[serde(default)]
    pub ready: Option<Ready>,
    /// The agent has lost what was said in it: to be told with the next answer.
    #[serde(default)]
    pub lost: bool,
    /// What the agent says it has cost so far, US dollars.
    #[serde(default)]
    pub cost: f64,
}

/// A session that an agent has at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Of the relay.
    pub incarnation: u64,
    /// Of the agent within it.
    pub start: u64,
    /// Its mode there.
    pub mode: Option<Mode>,
}

/// The link to a project's relay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRecord {
    /// SHA-256 of the home token, hex.
    pub token_hash: Option<String>,
    /// What is durable of the relay's frames by writes of this record; the journal may have more.
    pub cursor: LinkCursor,
    /// Which start of the agent runs in that incarnation; none: it is down.
    pub agent_start: Option<u64>,
    /// That start is on its way out: what is said now waits for the next.
    #[serde(default)]
    pub ending: bool,
    /// True from before a workload is started until it was seen to be gone.
    pub workload: bool,
    /// Why the agent will not come up again in this workload (crash loop).
    #[serde(default)]
    pub fault: Option<Failure>,
    /// Where the relay answers `/health`.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The agent is yet to say which sessions it has, from here on; none: it has since its start.
    #[serde(default)]
    pub listing: Option<Listing>,
}

/// A page of the agent's sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Counted from 0.
    pub page: u32,
    /// Where it begins, in the agent's words; none: at the beginning.
    pub cursor: Option<String>,
}

/// One idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyEntry {
    /// As the client gave it.
    pub key: String,
    /// Which route, such as `messages`.
    pub route: String,
    /// SHA-256 of the body, hex.
    pub body: String,
    /// When.
    pub at: Time,
    /// What came of it: the id of a turn, session or permission; [`READY`] of an activation that has come to its end;
    /// empty: the project itself.
    pub made: String,
}

/// The route of activations.
pub(crate) const ACTIVATE: &str = "activate";

/// What came of an activation: the project could chat.
pub(crate) const READY: &str = "ready";

/// Tokens and cost since midnight UTC of `day`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DayUsage {
    /// `2026-11-23`
    pub day: String,
    /// Tokens.
    pub tokens: u64,
    /// US dollars.
    pub cost: Option<f64>,
}

/// What is left of a deleted project for 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The proof.
    pub receipt: Receipt,
    /// When.
    pub at: Time,
}
