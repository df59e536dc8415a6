//! Approvals: every client that follows the session is asked, and the first answer wins, wherever it is given.

use super::{
    client::{Client, HungUp},
    rpc, update,
};
use gaggle_core::service::Action;
use gaggle_shared::{AnswerPermission, Code, Permission, PermissionId, PermissionState, SessionId};
use serde_json::{Value, json};
use std::{collections::VecDeque, time::Duration};
use tokio::time::Instant;

/// Names the request that asks for an approval.
const PREFIX: &str = "permission:";
/// Before a question is asked again whose answer could not be stored.
const AGAIN: Duration = Duration::from_secs(1);

impl Client {
    /// Asks for an approval, unless that was done, or this client may not answer it.
    pub(super) async fn ask(&mut self, permission: &Permission) -> Result<(), HungUp> {
        if self.place.may(Action::Approve).is_err() {
            return Ok(());
        }
        if permission.state != PermissionState::Pending || self.asked.contains_key(&permission.id) {
            return Ok(());
        }
        self.asked.insert(permission.id.clone(), permission.session_id.clone());
        let id = format!("{PREFIX}{}", permission.id);
        self.send(&rpc::call(Some(&id), "session/request_permission", &update::question(permission))).await
    }

    /// Asks for what waits in a session.
    pub(super) async fn ask_pending(&mut self, session: &SessionId) -> Result<(), HungUp> {
        let Some(pending) = self.pending().await else { return Ok(()) };
        for permission in pending.iter().filter(|permission| permission.session_id == *session) {
            self.ask(permission).await?;
        }
        Ok(())
    }

    /// What waits in the project; none: it cannot be known now.
    async fn pending(&self) -> Option<Vec<Permission>> {
        let place = &self.place;
        let list = self
            .app
            .gaggle
            .permissions(&place.call, &place.user, Some(&place.project), true, None, 200)
            .await;
        list.ok().map(|list| list.items)
    }

    /// Takes away what was asked of a session that the client leaves.
    pub(super) async fn withdraw_all(&mut self, session: &SessionId) -> Result<(), HungUp> {
        let asked: Vec<PermissionId> =
            self.asked.iter().filter(|(_, of)| *of == session).map(|(id, _)| id.clone()).collect();
        for permission in &asked {
            self.withdraw(permission).await?;
        }
        Ok(())
    }

    /// It was answered elsewhere, or nobody need answer any more: a client that can, takes the question away.
    pub(super) async fn withdraw(&mut self, permission: &PermissionId) -> Result<(), HungUp> {
        if self.asked.remove(permission).is_none() {
            return Ok(());
        }
        let params = json!({"requestId": format!("{PREFIX}{permission}")});
        self.send(&rpc::call(None, "$/cancel_request", &params)).await
    }

    /// The client's answer. One that comes too late, or none (`cancelled`, an error), changes nothing: others may
    /// answer still. One that cannot be stored now is asked for again.
    pub(super) async fn answered(&mut self, id: &Value, result: Option<Value>) -> Result<(), HungUp> {
        let id = id.as_str().and_then(|id| id.strip_prefix(PREFIX));
        let Some(permission) = id.and_then(|id| PermissionId::parse(id).ok()) else { return Ok(()) };
        let Some(session) = self.asked.remove(&permission) else { return Ok(()) };
        let outcome = result.map(|mut result| result["outcome"].take()).unwrap_or_default();
        if outcome["outcome"] != "selected" {
            return Ok(());
        }
        let Some(option_id) = outcome["optionId"].as_str().map(str::to_owned) else { return Ok(()) };
        let place = self.place.clone();
        let body = AnswerPermission { option_id, comment: None };
        let done = self
            .app
            .gaggle
            .answer_permission(&place.call, &place.user, &place.project, &permission, body)
            .await;
        let Err(error) = done else { return Ok(()) };
        if !matches!(error.code, Code::StoreUnavailable | Code::StoreFull) {
            tracing::debug!(project = %place.project, %permission, %error, "a client's answer does not count");
            return Ok(());
        }
        tracing::warn!(project = %place.project, %permission, %error, "a client's answer cannot be stored; it is asked again");
        // A client that answers by itself must not be asked without a pause; all else goes on meanwhile.
        self.again.push_back((Instant::now() + AGAIN, session));
        Ok(())
    }

    /// Returns once a question is to be asked again, with its session.
    pub(super) async fn due(again: &VecDeque<(Instant, SessionId)>) -> SessionId {
        match again.front() {
            Some((at, session)) => {
                tokio::time::sleep_until(*at).await;
                session.clone()
            }
            None => std::future::pending().await,
        }
    }

    /// Asks again, unless the client has left the session meanwhile.
    pub(super) async fn ask_again(&mut self, session: &SessionId) -> Result<(), HungUp> {
        self.again.pop_front();
        match self.sessions.contains_key(session) {
            true => self.ask_pending(session).await,
            false => Ok(()),
        }
    }
}
