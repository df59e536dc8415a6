use super::super::{
    App,
    extract::{Calling, InUser, Limit, Query},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_core::service::ProjectsQuery;
use gaggle_shared::{List, Phase, Project, ProjectId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which projects.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Exactly this name.
    name: Option<String>,
    /// In this phase.
    phase: Option<Phase>,
    /// 1 to 200, 50 by default.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    limit: Limit,
    /// `nextCursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<ProjectId>,
}

/// A user's projects, newest first.
#[utoipa::path(get, path = "/api/users/{userId}/projects", tag = "projects", params(Which),
    responses((status = 200, description = "A page of projects", body = List<Project>)))]
pub(crate) async fn list(
    State(app): State<App>,
    Calling(call): Calling,
    InUser(user): InUser,
    Query(which): Query<Which>,
) -> Result<Json<List<Project>>, ApiError> {
    let query =
        ProjectsQuery { name: which.name, phase: which.phase, after: which.cursor, limit: which.limit.0 };
    Ok(Json(app.gaggle.projects(&call, &user, &query).await?))
}
