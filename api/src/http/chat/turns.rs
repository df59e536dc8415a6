use super::super::{
    App,
    extract::{Calling, InProject, Limit, Query},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_shared::{List, SessionId, Turn, TurnId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which turns.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only of this session.
    #[param(value_type = Option<String>)]
    session_id: Option<SessionId>,
    /// 1 to 200, 50 by default.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    limit: Limit,
    /// `nextCursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<TurnId>,
}

/// A project's turns, newest first.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/turns", tag = "chat", params(Which),
    responses((status = 200, description = "A page of turns", body = List<Turn>)))]
pub(crate) async fn turns(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
    Query(which): Query<Which>,
) -> Result<Json<List<Turn>>, ApiError> {
    let session = which.session_id.as_ref();
    Ok(Json(app.gaggle.turns(&call, &user, &project, session, which.cursor, which.limit.0).await?))
}
