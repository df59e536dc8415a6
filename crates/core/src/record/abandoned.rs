use super::LinkRecord;
use gaggle_shared::{PermissionId, TurnId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A turn that is over here while the agent may still be at work on it: it is told to stop, and gets nothing new in
/// that session before it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Abandoned {
    /// The turn.
    pub turn: TurnId,
    /// The agent's session.
    pub agent_session: String,
    /// The relay that has it.
    pub incarnation: u64,
    /// The agent's start within it.
    pub start: u64,
    /// What it asked, with the agent's ids of the questions: it heeds a cancel only once they are answered.
    #[serde(default)]
    pub questions: Vec<(PermissionId, Value)>,
}

impl Abandoned {
    /// True while the agent that was at work on it runs.
    pub(crate) fn is_live(&self, link: &LinkRecord) -> bool {
        (self.incarnation, Some(self.start)) == (link.cursor.incarnation, link.agent_start)
    }
}
