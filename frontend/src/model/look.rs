//! What a project looks like: one tone and one word for what it does, and what to do next.

use gaggle_shared::{ActivityState, AwakeReason, Phase, Project};

/// A colour with a meaning, everywhere the same; also the name of its CSS class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// A person is needed.
    Wait,
    /// It works.
    Ok,
    /// It is on its way.
    Busy,
    /// Something went wrong.
    Bad,
    /// It listens.
    Ready,
    /// It rests.
    Idle,
}

impl Tone {
    /// The CSS class.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Ok => "ok",
            Self::Busy => "busy",
            Self::Bad => "bad",
            Self::Ready => "ready",
            Self::Idle => "idle",
        }
    }

    /// The heading of its group in the side bar.
    pub const fn group(self) -> &'static str {
        match self {
            Self::Wait => "Needs you",
            Self::Ok => "Working",
            Self::Busy => "On the way",
            Self::Bad => "Failed",
            Self::Ready => "Ready",
            Self::Idle => "Asleep",
        }
    }
}

/// A tone with its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The colour.
    pub tone: Tone,
    /// The word on the pill.
    pub word: &'static str,
    /// True while it moves by itself.
    pub live: bool,
}

/// The one thing to do next with a project, offered there and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Answer what it asks.
    Review,
    /// Start it again after a failure.
    TryAgain,
    /// Talk to it.
    Open,
    /// Start its agent.
    Wake,
    /// Nothing: it goes away.
    Nothing,
}

/// What a project looks like now.
pub fn of(project: &Project) -> Look {
    let look = |tone, word, live| Look { tone, word, live };
    match project.phase {
        Phase::Deleting => look(Tone::Idle, "Deleting", true),
        Phase::Failed => look(Tone::Bad, "Failed", false),
        Phase::Activating => look(Tone::Busy, "Starting", true),
        Phase::Deactivating => look(Tone::Idle, "Falling asleep", true),
        Phase::Inactive => look(Tone::Idle, "Asleep", false),
        Phase::Active => match project.activity.state {
            ActivityState::Waiting => look(Tone::Wait, "Needs you", true),
            ActivityState::Working => look(Tone::Ok, "Working", true),
            _ => look(Tone::Ready, "Ready", false),
        },
    }
}

/// What to offer next.
pub fn next(project: &Project) -> Next {
    match (project.phase, project.activity.state) {
        (Phase::Deleting, _) => Next::Nothing,
        (Phase::Failed, _) => Next::TryAgain,
        (Phase::Active, ActivityState::Waiting) => Next::Review,
        (Phase::Inactive, _) => Next::Wake,
        _ => Next::Open,
    }
}

/// One sentence on what it does, with a fallback where the server has none yet.
pub fn sentence(project: &Project) -> String {
    if let Some(failure) = project.failure.as_ref().filter(|_| project.phase == Phase::Failed) {
        return failure.message.clone();
    }
    let summary = project.activity.summary.trim();
    if !summary.is_empty() {
        return summary.to_owned();
    }
    match project.phase {
        Phase::Inactive => "Nothing said yet. A message wakes it.".into(),
        Phase::Activating => "Its agent is starting.".into(),
        Phase::Active => "Its agent waits for the first message.".into(),
        Phase::Deactivating => "Its agent is going to sleep.".into(),
        Phase::Deleting => "Everything of it is being removed.".into(),
        Phase::Failed => "It did not start.".into(),
    }
}

/// Why it is awake, in words.
pub fn awake(reason: AwakeReason) -> &'static str {
    match reason {
        AwakeReason::Turn => "a turn runs",
        AwakeReason::Queue => "a message waits",
        AwakeReason::Permission => "an approval waits",
        AwakeReason::RecentActivity => "used lately",
        AwakeReason::NeverSleeps => "never sleeps",
    }
}
