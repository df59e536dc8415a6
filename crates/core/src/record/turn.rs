use crate::port::LinkCursor;
use gaggle_shared::{
    Attachment, Failure, Mode, Permission, PermissionId, ProjectId, Seq, SessionId, StopReason, Time, Turn,
    TurnId, Usage,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// How far a live turn is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum TurnStage {
    /// Waits.
    Queued,
    /// Decided to run: the prompt is on its way to the agent, and may have reached it.
    Sent {
        /// When it was decided.
        at: Time,
        /// The relay that it was sent to.
        incarnation: u64,
    },
    /// The agent has it.
    Running {
        /// When the relay wrote it.
        at: Time,
        /// The relay and frame that said so.
        cursor: LinkCursor,
        /// The agent's session.
        agent_session: String,
        /// Its events begin here.
        first_seq: Seq,
    },
    /// Over, but not yet in its place among the ended turns.
    Ended {
        /// When the agent got it.
        started_at: Option<Time>,
        /// When it ended.
        at: Time,
        /// Why.
        stop: StopReason,
        /// What went wrong.
        failure: Option<Failure>,
        /// Its events: from here …
        first_seq: Option<Seq>,
        /// … to its end.
        last_seq: Seq,
    },
}

/// A turn that is not archived: it lives in the project's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveTurn {
    /// Sorts by time.
    pub id: TurnId,
    /// The conversation.
    pub session: SessionId,
    /// The message.
    pub prompt: String,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The mode it asks for.
    pub mode: Option<Mode>,
    /// When it was acknowledged.
    pub created_at: Time,
    /// How far it is.
    pub stage: TurnStage,
    /// It shall stop, and count as this if it does.
    #[serde(default)]
    pub stopping: Option<StopReason>,
    /// What was added to it while it ran, oldest first.
    #[serde(default)]
    pub steers: Vec<Steer>,
    /// The agent's id of the run, once known: needed to steer.
    #[serde(default)]
    pub run: Option<String>,
    /// What the agent said when its model failed.
    #[serde(default)]
    pub model_failed: Option<String>,
    /// Tokens and money of the turn, once it has ended.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// What the agent said last of its session: the context now, and the money of all turns so far.
    #[serde(default)]
    pub told: Option<Usage>,
    /// Its approvals, oldest first.
    #[serde(default)]
    pub permissions: Vec<Asking>,
}

/// Something that a person added to a running turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredSteer")]
pub struct Steer {
    /// The words.
    pub text: String,
    /// When they were acknowledged.
    pub at: Time,
    /// What became of it.
    pub state: SteerState,
}

/// What became of an addition to a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SteerState {
    /// The agent has not said yes or no.
    Waiting,
    /// The agent has it.
    Taken,
    /// It came too late for its turn and became a message of its own.
    Moved {
        /// The turn of that message.
        turn: TurnId,
    },
    /// It ended with its turn, before the agent had it or said so.
    Ended {
        /// How.
        stop: StopReason,
        /// What went wrong.
        failure: Option<Failure>,
    },
}

/// As it is stored: before, it was only kept whether the agent had answered.
#[derive(Deserialize)]
struct StoredSteer {
    text: String,
    at: Time,
    #[serde(default)]
    state: Option<SteerState>,
    #[serde(default)]
    settled: bool,
}

impl From<StoredSteer> for Steer {
    fn from(StoredSteer { text, at, state, settled }: StoredSteer) -> Self {
        let before = if settled { SteerState::Taken } else { SteerState::Waiting };
        Self { text, at, state: state.unwrap_or(before) }
    }
}

/// An approval of a live turn, and what the agent needs to get its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asking {
    /// What people see.
    pub permission: Permission,
    /// The agent's id of the question.
    pub request: Value,
    /// When a server was last there while it waited: the time without one does not count.
    #[serde(default)]
    pub watched_at: Option<Time>,
}

/// An ended turn, in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnRecord {
    /// Whose.
    pub project: ProjectId,
    /// Whole, with its parts.
    pub turn: Turn,
    /// Its approvals.
    pub permissions: Vec<Permission>,
    /// What was added to it while it ran.
    #[serde(default)]
    pub steers: Vec<Steer>,
    /// What came with its message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The model that answered; none: the demo model, or a turn from before this was kept.
    #[serde(default)]
    pub model: Option<String>,
}

impl Asking {
    /// How long it may still wait for its answer: of the time until it expires, what passed without a server is left.
    pub fn left(&self) -> Duration {
        let watched = self.watched_at.unwrap_or(self.permission.created_at);
        Duration::try_from(self.permission.expires_at.duration_since(watched)).unwrap_or_default()
    }
}

impl LiveTurn {
    /// Which of its additions the agent has not answered yet.
    pub(crate) fn waiting_steers(&self) -> impl Iterator<Item = usize> {
        let waits =
            |(ordinal, steer): (usize, &Steer)| (steer.state == SteerState::Waiting).then_some(ordinal);
        self.steers.iter().enumerate().filter_map(waits)
    }

    /// True once nothing of it is open any more: it can go to its place.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stage, TurnStage::Ended { .. }) && self.waiting_steers().next().is_none()
    }

    /// The approval of this id.
    pub fn permission(&self, id: &PermissionId) -> Option<&Asking> {
        self.permissions.iter().find(|asking| asking.permission.id == *id)
    }
}
