//! Approvals: every client that follows the session is asked, and the first answer wins, wherever it is given.

use super::{
    client::{Client, HungUp},
    rpc, update,
};
use gaggle_shared::{AnswerPermission, Permission, PermissionId, PermissionState, SessionId};
use serde_json::{Value, json};

/// Names the request that asks for an approval.
const PREFIX: &str = "permission:";

impl Client {
    /// Asks for an approval, unless that was done.
    pub(super) async fn ask(&mut self, permission: &Permission) -> Result<(), HungUp> {
        if permission.state != PermissionState::Pending || !self.asked.insert(permission.id.clone()) {
            return Ok(());
        }
        let id = format!("{PREFIX}{}", permission.id);
        self.send(&rpc::call(Some(&id), "session/request_permission", &update::question(permission))).await
    }

    /// Asks for what waits in a session.
    pub(super) async fn ask_pending(&mut self, session: &SessionId) -> Result<(), HungUp> {
        let place = self.place.clone();
        let pending = self
            .app
            .gaggle
            .permissions(&place.call, &place.user, Some(&place.project), true, None, 200)
            .await;
        let pending = pending.map(|list| list.items).unwrap_or_default();
        for permission in pending.iter().filter(|permission| permission.session_id == *session) {
            self.ask(permission).await?;
        }
        Ok(())
    }

    /// It was answered elsewhere, or nobody need answer any more: a client that can, takes the question away.
    pub(super) async fn withdraw(&mut self, permission: &PermissionId) -> Result<(), HungUp> {
        if !self.asked.remove(permission) {
            return Ok(());
        }
        let params = json!({"requestId": format!("{PREFIX}{permission}")});
        self.send(&rpc::call(None, "$/cancel_request", &params)).await
    }

    /// The client's answer. One that comes too late, or none (`cancelled`, an error), changes nothing: others may
    /// answer still.
    pub(super) async fn answered(&mut self, id: &Value, result: Option<Value>) {
        let id = id.as_str().and_then(|id| id.strip_prefix(PREFIX));
        let Some(permission) = id.and_then(|id| PermissionId::parse(id).ok()) else { return };
        if !self.asked.remove(&permission) {
            return;
        }
        let outcome = result.map(|mut result| result["outcome"].take()).unwrap_or_default();
        if outcome["outcome"] != "selected" {
            return;
        }
        let Some(option_id) = outcome["optionId"].as_str().map(str::to_owned) else { return };
        let place = self.place.clone();
        let body = AnswerPermission { option_id, comment: None };
        let done = self
            .app
            .gaggle
            .answer_permission(&place.call, &place.user, &place.project, &permission, body)
            .await;
        if let Err(error) = done {
            tracing::debug!(project = %place.project, %permission, %error, "a client's answer does not count");
        }
    }
}
