use super::super::{
    App,
    extract::{InProject, MaybeBody, Nothing, Posting, Prefer},
    problem::ApiError,
    respond,
};
use axum::{extract::State, response::Response};
use gaggle_shared::Project;

/// Wakes a project; answers once it can chat.
#[utoipa::path(post, path = "/api/users/{userId}/projects/{projectId}/activate", tag = "projects", responses(
    (status = 200, description = "It can chat", body = Project),
    (status = 202, description = "It is under way", body = Project)))]
pub(crate) async fn activate(
    State(app): State<App>,
    posting: Posting,
    InProject(user, project): InProject,
    prefer: Prefer,
    MaybeBody(body): MaybeBody<Nothing>,
) -> Result<Response, ApiError> {
    let (call, wait) = (posting.with(&body.bytes), prefer.wait());
    Ok(respond::outcome(app.gaggle.activate(&call, &user, &project, wait).await?, wait))
}
