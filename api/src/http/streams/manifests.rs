use super::super::{
    App,
    extract::{Calling, InProject},
    problem::ApiError,
};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

/// YAML of what is applied for the project, secrets masked; local runtime: 404 `not_supported_by_runtime`.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/manifests", tag = "projects",
    responses((status = 200, description = "YAML documents", body = String, content_type = "application/yaml")))]
pub(crate) async fn manifests(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
) -> Result<Response, ApiError> {
    let text = app.gaggle.manifests(&call, &user, &project).await?;
    Ok(([(header::CONTENT_TYPE, "application/yaml")], text).into_response())
}
