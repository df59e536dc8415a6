use super::super::{
    App,
    extract::{Body, Calling, InProject},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_shared::{Project, UpdateProject};

/// Changes name and settings by merge patch: null returns a setting to the default.
#[utoipa::path(patch, path = "/api/users/{userId}/projects/{projectId}", tag = "projects", request_body = UpdateProject,
    responses((status = 200, description = "The project as it is now", body = Project)))]
pub(crate) async fn update(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
    body: Body<UpdateProject>,
) -> Result<Json<Project>, ApiError> {
    Ok(Json(app.gaggle.update_project(&call, &user, &project, body.value).await?))
}
