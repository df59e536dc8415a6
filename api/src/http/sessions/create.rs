use super::super::{
    App,
    extract::{InProject, MaybeBody, Posting},
    problem::ApiError,
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use gaggle_shared::{CreateSession, Session};

/// Makes a conversation; the agent hears of it with its first message.
#[utoipa::path(post, path = "/api/users/{userId}/projects/{projectId}/sessions", tag = "sessions",
    request_body = Option<CreateSession>,
    responses((status = 201, description = "The session; Location names it", body = Session)))]
pub(crate) async fn create(
    State(app): State<App>,
    posting: Posting,
    InProject(user, project): InProject,
    MaybeBody(body): MaybeBody<CreateSession>,
) -> Result<Response, ApiError> {
    let call = posting.with(&body.bytes);
    let session = app.gaggle.create_session(&call, &user, &project, body.value).await?;
    let location = format!("/api/users/{user}/projects/{project}/sessions/{}", session.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(session)).into_response())
}
