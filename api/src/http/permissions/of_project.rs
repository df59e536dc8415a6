use super::{
    super::{
        App,
        extract::{Calling, InProject, Query},
        problem::ApiError,
    },
    which::{Asked, Which},
};
use axum::{Json, extract::State};
use gaggle_shared::{List, Permission};

/// A project's approvals, oldest first.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/permissions", tag = "permissions", params(Which),
    responses((status = 200, description = "A page of approvals", body = List<Permission>)))]
pub(crate) async fn of_project(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
    Query(which): Query<Which>,
) -> Result<Json<List<Permission>>, ApiError> {
    if matches!(which.state, Some(Asked::Over)) {
        return Ok(Json(app.gaggle.permissions_over(&call, &user, Some(&project), which.limit.0).await?));
    }
    let pending = which.state.is_some();
    Ok(Json(
        app.gaggle.permissions(&call, &user, Some(&project), pending, which.cursor, which.limit.0).await?,
    ))
}
