use super::{Call, Gaggle};
use crate::error::Error;
use gaggle_shared::{AnswerPermission, List, Permission, PermissionId, ProjectId, UserId};

impl Gaggle {
    /// Approvals of one project, or of all of a user's, oldest first; `pending` only, or all.
    pub async fn permissions(&self, call: &Call, user: &UserId, project: Option<&ProjectId>, pending: bool, after: Option<PermissionId>, limit: usize) -> Result<List<Permission>, Error> {
        unimplemented!()
    }

    /// Answers one; the first answer wins, a second is told who answered.
    pub async fn answer_permission(&self, call: &Call, user: &UserId, project: &ProjectId, permission: &PermissionId, body: AnswerPermission) -> Result<Permission, Error> {
        unimplemented!()
    }
}
