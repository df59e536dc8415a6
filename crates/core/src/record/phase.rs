use gaggle_shared::{Phase, Removed, Time};
use serde::{Deserialize, Serialize};

/// What is, with what belongs to each phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum PhaseState {
    /// Asleep.
    Inactive,
    /// On its way up.
    Activating {
        /// When this activation began.
        since: Time,
        /// How many starts it has tried.
        attempt: u32,
        /// Not before this.
        retry_at: Option<Time>,
        /// When it ends as `activation_timeout`.
        deadline: Time,
        /// How often a pull has put the deadline off.
        #[serde(default)]
        extended: u32,
        /// It waits for its place among the starts that are under way; its time begins to run with the start.
        #[serde(default)]
        queued: bool,
    },
    /// Can chat.
    Active {
        /// Since when.
        since: Time,
    },
    /// On its way down.
    Deactivating {
        /// Since when.
        since: Time,
        /// How often stopping has failed.
        attempt: u32,
        /// Not before this.
        retry_at: Option<Time>,
    },
    /// A start failed; the record's `failure` says why. Nothing runs, or is being ended.
    Failed {
        /// How often ending what is left has failed.
        #[serde(default)]
        attempt: u32,
        /// Not before this.
        #[serde(default)]
        retry_at: Option<Time>,
    },
    /// Being deleted.
    Deleting {
        /// Since when.
        since: Time,
        /// How often it has failed.
        attempt: u32,
        /// Not before this.
        retry_at: Option<Time>,
        /// What went so far.
        removed: Vec<Removed>,
    },
}

impl PhaseState {
    /// An activation that begins.
    pub const fn activating(since: Time, deadline: Time) -> Self {
        Self::Activating { since, attempt: 0, retry_at: None, deadline, extended: 0, queued: false }
    }

    /// A start that has just failed.
    pub const fn failed() -> Self {
        Self::Failed { attempt: 0, retry_at: None }
    }

    /// The phase on the wire.
    pub const fn phase(&self) -> Phase {
        match self {
            Self::Inactive => Phase::Inactive,
            Self::Activating { .. } => Phase::Activating,
            Self::Active { .. } => Phase::Active,
            Self::Deactivating { .. } => Phase::Deactivating,
            Self::Failed { .. } => Phase::Failed,
            Self::Deleting { .. } => Phase::Deleting,
        }
    }
}
