//! Making, loading, listing, closing and deleting sessions, and their mode.

use super::{
    client::{Attached, Client, HungUp},
    offer,
    rpc::RpcError,
};
use gaggle_core::service::Action;
use gaggle_shared::{CreateSession, Mode, SessionId};
use serde_json::{Value, json};

/// What the workspace is called where the client has not said how it calls it.
const WORKSPACE: &str = "/workspace";

/// The session that parameters name.
pub(super) fn session_id(params: &Value) -> Result<SessionId, RpcError> {
    let id = params["sessionId"].as_str().ok_or_else(|| RpcError::invalid("sessionId", "a string"))?;
    // What cannot be an id is as missing as what is not there.
    SessionId::parse(id).map_err(|_| {
        let code = gaggle_shared::Code::SessionNotFound;
        gaggle_core::error::Error::new(code, "there is no such session").into()
    })
}

impl Client {
    /// `session/new`. The agent hears of it with its first prompt, and works in the project's workspace: `cwd` is
    /// a folder of the client's computer, and so are its MCP servers.
    pub(super) async fn new_session(&mut self, params: &Value) -> Result<Value, RpcError> {
        self.calls_workspace(params);
        let place = self.place.clone();
        let body = CreateSession { title: None };
        let made = self.app.gaggle.create_session(&place.call, &place.user, &place.project, body).await?;
        let mode = self.mode_of(&made).await?;
        self.begin_following(&made.id, mode);
        let mut told = opened(mode, params);
        told["sessionId"] = json!(made.id);
        Ok(told)
    }

    /// `session/load` and `session/resume`: from now on the client hears what happens in it; loaded, it hears first
    /// what was said.
    pub(super) async fn attach(
        &mut self,
        params: &Value,
        aloud: bool,
    ) -> Result<Result<Value, RpcError>, HungUp> {
        let (id, mode) = match self.known(params).await {
            Ok(known) => known,
            Err(error) => return Ok(Err(error)),
        };
        self.calls_workspace(params);
        // Loaded again, all is told again.
        self.begin_following(&id, mode);
        if let Err(error) = self.replay(&id, !aloud).await? {
            self.sessions.remove(&id);
            return Ok(Err(error.into()));
        }
        self.tell_session(&id).await?;
        self.ask_pending(&id).await?;
        Ok(Ok(opened(mode, params)))
    }

    async fn known(&self, params: &Value) -> Result<(SessionId, Mode), RpcError> {
        let id = session_id(params)?;
        let session = self.session(&id).await?;
        Ok((id, self.mode_of(&session).await?))
    }

    fn begin_following(&mut self, id: &SessionId, mode: Mode) {
        let wished = self.sessions.remove(id).and_then(|before| before.wished);
        let mut attached = Attached { wished, ..Attached::default() };
        attached.told.mode = Some(mode);
        for prompt in self.prompts.iter().filter(|prompt| prompt.session == *id) {
            attached.shown.knows_prompt(&prompt.turn);
        }
        self.sessions.insert(id.clone(), attached);
    }

    /// `session/list`: all of the project's; it has one workspace, however the client calls it.
    pub(super) async fn list(&self, params: &Value) -> Result<Value, RpcError> {
        let place = &self.place;
        let sessions = self.app.gaggle.sessions(&place.call, &place.user, &place.project).await?;
        let cwd = params["cwd"].as_str().or(self.cwd.as_deref()).unwrap_or(WORKSPACE);
        let rows: Vec<Value> = sessions.items.iter().rev().map(|one| offer::row(one, cwd)).collect();
        Ok(json!({"sessions": rows}))
    }

    /// `session/close`: the client hears no more of it, and what it has begun there ends.
    pub(super) async fn close(&mut self, params: &Value) -> Result<Result<Value, RpcError>, HungUp> {
        let known = async {
            let id = session_id(params)?;
            self.session(&id).await?;
            Ok::<_, RpcError>(id)
        };
        let id = match known.await {
            Ok(id) => id,
            Err(error) => return Ok(Err(error)),
        };
        self.leave(&id).await;
        self.detach(&id).await?;
        Ok(Ok(json!({})))
    }

    /// `session/delete`: with all that was said in it.
    pub(super) async fn delete(&mut self, params: &Value) -> Result<Result<Value, RpcError>, HungUp> {
        let place = self.place.clone();
        let deleted = async {
            let id = session_id(params)?;
            self.app.gaggle.delete_session(&place.call, &place.user, &place.project, &id).await?;
            Ok::<_, RpcError>(id)
        };
        let id = match deleted.await {
            Ok(id) => id,
            Err(error) => return Ok(Err(error)),
        };
        self.detach(&id).await?;
        Ok(Ok(json!({})))
    }

    /// From now on the client hears nothing of it, and is asked nothing.
    async fn detach(&mut self, id: &SessionId) -> Result<(), HungUp> {
        self.sessions.remove(id);
        self.turns.retain(|_, session| session != id);
        self.withdraw_all(id).await
    }

    /// `session/set_mode`: for the prompts that follow.
    pub(super) async fn set_mode(&mut self, params: &Value) -> Result<Result<Value, RpcError>, HungUp> {
        let wished = async {
            self.place.may(Action::Arrange)?;
            let id = session_id(params)?;
            self.session(&id).await?;
            let mode = params["modeId"].as_str().and_then(offer::mode);
            let mode = mode.ok_or_else(|| RpcError::invalid("modeId", "one of availableModes"))?;
            Ok::<_, RpcError>((id, mode))
        };
        let (id, mode) = match wished.await {
            Ok(wished) => wished,
            Err(error) => return Ok(Err(error)),
        };
        let Some(attached) = self.sessions.get_mut(&id) else {
            return Ok(Err(RpcError::not_now("load this session first")));
        };
        attached.wished = Some(mode);
        self.tell_session(&id).await?;
        Ok(Ok(json!({})))
    }

    fn calls_workspace(&mut self, params: &Value) {
        if let Some(cwd) = params["cwd"].as_str().filter(|cwd| cwd.len() <= 4096) {
            self.cwd = Some(cwd.to_owned());
        }
    }
}

/// What is said of a session that was opened; MCP servers of the client are not there for the agent, and that is
/// said too.
fn opened(mode: Mode, params: &Value) -> Value {
    let mut told = json!({"modes": offer::modes(mode)});
    if params["mcpServers"].as_array().is_some_and(|servers| !servers.is_empty()) {
        told["_meta"] = json!({"gaggle": {"ignored": ["mcpServers"]}});
    }
    told
}
