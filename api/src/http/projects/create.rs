use super::super::{
    App,
    extract::{Body, InUser, Posting},
    problem::ApiError,
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use gaggle_shared::{CreateProject, Project};

/// Makes a project. No pod or process starts.
#[utoipa::path(post, path = "/api/users/{userId}/projects", tag = "projects", request_body = CreateProject,
    responses((status = 201, description = "The project; Location names it", body = Project)))]
pub(crate) async fn create(
    State(app): State<App>,
    posting: Posting,
    InUser(user): InUser,
    body: Body<CreateProject>,
) -> Result<Response, ApiError> {
    let call = posting.with(&body.bytes);
    let project = app.gaggle.create_project(&call, &user, body.value).await?;
    let location = format!("/api/users/{user}/projects/{}", project.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(project)).into_response())
}
