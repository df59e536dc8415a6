use super::LinkRecord;
use gaggle_shared::{PermissionId, SessionId, TurnId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A conversation that was deleted, until nothing of it is left anywhere.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Doomed {
    /// Ours, until its turns are erased.
    pub session: Option<SessionId>,
    /// The agent's, until the agent was told to forget it.
    pub agent_session: Option<String>,
    /// What the agent works on in it: to be ended first.
    #[serde(default)]
    pub runs: Vec<DoomedRun>,
}

/// A turn that the agent may be at work on though its conversation is deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DoomedRun {
    /// The turn.
    pub turn: TurnId,
    /// The relay that has it.
    pub incarnation: u64,
    /// The agent's start within it.
    pub start: u64,
    /// What it asked, with the agent's ids of the questions: it heeds a cancel only once they are answered.
    #[serde(default)]
    pub questions: Vec<(PermissionId, Value)>,
}

impl Doomed {
    /// Nothing of it is left.
    pub(crate) fn is_gone(&self) -> bool {
        self.session.is_none() && self.agent_session.is_none()
    }

    /// What the agent that runs now still works on.
    pub(crate) fn live_runs<'a>(&'a self, link: &'a LinkRecord) -> impl Iterator<Item = &'a DoomedRun> {
        let now = (link.cursor.incarnation, link.agent_start);
        self.runs.iter().filter(move |run| (run.incarnation, Some(run.start)) == now)
    }
}
