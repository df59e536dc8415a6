use super::{Action, Call, Gaggle};
use crate::{
    error::Error,
    port::{LookError, RuntimeError},
};
use gaggle_shared::{Code, List, Phase, ProjectId, UserId, WorkspaceFile};

impl Gaggle {
    /// Files of the project's workspace, the likeliest first. Starts nothing.
    ///
    /// # Errors
    /// `project_not_found`; `not_supported_by_runtime` where nobody can look, `agent_disconnected` and
    /// `agent_unresponsive` where that may pass.
    pub async fn files(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        wanted: &str,
        limit: usize,
    ) -> Result<List<WorkspaceFile>, Error> {
        let phase = self.find(call, Action::Read, user, project).await?.phase.phase();
        let parts = &self.engine.parts;
        let found = match parts.runtime.files(project, wanted, limit).await {
            // Out of reach from here: the relay beside the agent looks.
            Err(RuntimeError::NotSupported) => {
                parts.gateway.files(project, wanted, limit).await.map_err(|error| unseen(error, phase))?
            }
            found => found?,
        };
        let items = found.into_iter().map(|path| WorkspaceFile { path }).collect();
        Ok(List { items, next_cursor: None })
    }
}

/// Why a relay did not look, for people.
fn unseen(error: LookError, phase: Phase) -> Error {
    match (error, phase) {
        (LookError::NotLinked, Phase::Activating | Phase::Active) => Error::new(
            Code::AgentDisconnected,
            "the project's agent is not connected now, and only it sees the files",
        )
        .hint("it connects by itself; ask again in a moment"),
        (LookError::NotLinked, _) => Error::new(
            Code::NotSupportedByRuntime,
            "the project is not awake, and only its agent sees the files",
        )
        .hint("activate it or send it a message, then ask again"),
        (LookError::TooOld, _) => Error::new(
            Code::NotSupportedByRuntime,
            "the project's agent was started by a release that does not look for files",
        )
        .hint(
            "put it to sleep and wake it; if it stays so, the agent image (ACR_IMAGE) is of an older release",
        ),
        (LookError::NoAnswer, _) => {
            Error::new(Code::AgentUnresponsive, "the project's agent did not say in time which files it has")
                .hint("ask again; if it stays so, look at the project's log, and at the disk of its volume")
        }
    }
}
