use gaggle_shared::SessionId;
use serde::{Deserialize, Serialize};

/// A conversation that was deleted, until nothing of it is left anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doomed {
    /// Ours, until its turns are erased.
    pub session: Option<SessionId>,
    /// The agent's, until the agent was told to forget it.
    pub agent_session: Option<String>,
}

impl Doomed {
    /// Nothing of it is left.
    pub(crate) fn is_gone(&self) -> bool {
        self.session.is_none() && self.agent_session.is_none()
    }
}
