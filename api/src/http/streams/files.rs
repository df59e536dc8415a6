use super::super::{
    App,
    extract::{Calling, InProject, Limit, Query},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_shared::{List, WorkspaceFile};
use serde::Deserialize;
use utoipa::IntoParams;

/// So long a search may be.
const LONGEST: usize = 200;

/// Which files.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// What the path must hold, in any case; at most 200 characters.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    q: String,
    /// 1 to 200, 50 by default.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    limit: Limit,
}

/// Files of the project's workspace, the likeliest first, without hidden ones and what its `.gitignore` names. Wakes
/// nothing: a local project is looked into asleep too, one in a cluster only while it is awake, and else answers 404
/// `not_supported_by_runtime`.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/files", tag = "projects", params(Which),
    responses((status = 200, description = "The first of them; there is no further page", body = List<WorkspaceFile>)))]
pub(crate) async fn files(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
    Query(which): Query<Which>,
) -> Result<Json<List<WorkspaceFile>>, ApiError> {
    if which.q.chars().count() > LONGEST {
        return Err(ApiError::invalid("q", format!("at most {LONGEST} characters")));
    }
    Ok(Json(app.gaggle.files(&call, &user, &project, which.q.trim(), which.limit.0).await?))
}
