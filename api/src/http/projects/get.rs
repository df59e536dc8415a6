use super::super::{
    App,
    extract::{Calling, InProject},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_shared::Project;

/// One project.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}", tag = "projects",
    responses((status = 200, description = "The project", body = Project)))]
pub(crate) async fn get(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
) -> Result<Json<Project>, ApiError> {
    Ok(Json(app.gaggle.project(&call, &user, &project).await?))
}
