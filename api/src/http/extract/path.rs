use super::super::{App, problem::ApiError};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use gaggle_shared::{Code, PermissionId, ProjectId, SessionId, TurnId, UserId};

/// `/api/users/{userId}`
#[derive(Debug, Clone)]
pub struct InUser(pub UserId);

/// `…/projects/{projectId}`
#[derive(Debug, Clone)]
pub struct InProject(pub UserId, pub ProjectId);

/// `…/turns/{turnId}`
#[derive(Debug, Clone)]
pub struct InTurn(pub UserId, pub ProjectId, pub TurnId);

/// `…/turns/{turnId}/attachments/{index}`
#[derive(Debug, Clone)]
pub struct InAttachment(pub UserId, pub ProjectId, pub TurnId, pub usize);

/// `…/sessions/{sessionId}`
#[derive(Debug, Clone)]
pub struct InSession(pub UserId, pub ProjectId, pub SessionId);

/// `…/permissions/{permissionId}`
#[derive(Debug, Clone)]
pub struct InPermission(pub UserId, pub ProjectId, pub PermissionId);

struct Ids<'a> {
    params: RawPathParams,
    app: &'a App,
}

impl<'a> Ids<'a> {
    async fn of(parts: &mut Parts, app: &'a App) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| ApiError::new(Code::NotFound, "there is nothing at this address"))?;
        Ok(Self { params, app })
    }

    /// An id that cannot be one is as missing as one that is not there.
    fn get<T, E>(&self, name: &str, parse: fn(&str) -> Result<T, E>, code: Code) -> Result<T, ApiError> {
        let text = self.params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
        parse(text).map_err(|_| ApiError::new(code, missing(code)))
    }

    fn user(&self) -> Result<UserId, ApiError> {
        let user = self.get("userId", UserId::parse, Code::UserNotFound)?;
        let known = self.app.gaggle.users().iter().any(|known| known.id == user);
        if known { Ok(user) } else { Err(ApiError::new(Code::UserNotFound, missing(Code::UserNotFound))) }
    }

    fn project(&self) -> Result<ProjectId, ApiError> {
        self.get("projectId", ProjectId::parse, Code::ProjectNotFound)
    }
}

/// The sentence of a 404, the same for what is missing and what is another's.
fn missing(code: Code) -> &'static str {
    match code {
        Code::UserNotFound => "there is no such user",
        Code::ProjectNotFound => "there is no such project",
        Code::SessionNotFound => "there is no such session",
        Code::TurnNotFound => "there is no such turn",
        Code::PermissionNotFound => "there is no such approval",
        _ => "there is nothing at this address",
    }
}

impl FromRequestParts<App> for InUser {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ids::of(parts, app).await?.user().map(Self)
    }
}

impl FromRequestParts<App> for InProject {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ids = Ids::of(parts, app).await?;
        Ok(Self(ids.user()?, ids.project()?))
    }
}

impl FromRequestParts<App> for InTurn {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ids = Ids::of(parts, app).await?;
        Ok(Self(ids.user()?, ids.project()?, ids.get("turnId", TurnId::parse, Code::TurnNotFound)?))
    }
}

impl FromRequestParts<App> for InAttachment {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ids = Ids::of(parts, app).await?;
        let turn = ids.get("turnId", TurnId::parse, Code::TurnNotFound)?;
        let index = ids.get("index", str::parse::<usize>, Code::TurnNotFound)?;
        Ok(Self(ids.user()?, ids.project()?, turn, index))
    }
}

impl FromRequestParts<App> for InSession {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ids = Ids::of(parts, app).await?;
        Ok(Self(ids.user()?, ids.project()?, ids.get("sessionId", SessionId::parse, Code::SessionNotFound)?))
    }
}

impl FromRequestParts<App> for InPermission {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ids = Ids::of(parts, app).await?;
        let permission = ids.get("permissionId", PermissionId::parse, Code::PermissionNotFound)?;
        Ok(Self(ids.user()?, ids.project()?, permission))
    }
}
