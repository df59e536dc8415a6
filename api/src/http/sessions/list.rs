use super::super::{
    App,
    extract::{Calling, InProject, Limit, Query},
    problem::ApiError,
    respond,
};
use axum::{Json, extract::State};
use gaggle_shared::{List, Session, SessionId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// 1 to 200, 50 by default.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    limit: Limit,
    /// `nextCursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<SessionId>,
}

/// A project's conversations, oldest first.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/sessions", tag = "sessions", params(Page),
    responses((status = 200, description = "A page of sessions", body = List<Session>)))]
pub(crate) async fn list(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
    Query(page): Query<Page>,
) -> Result<Json<List<Session>>, ApiError> {
    let all = app.gaggle.sessions(&call, &user, &project).await?.items;
    let cursor = page.cursor.as_ref().map(SessionId::as_str);
    Ok(Json(respond::slice(all, cursor, page.limit.0, |session| session.id.as_str())))
}
