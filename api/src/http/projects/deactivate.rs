use super::super::{
    App,
    extract::{InProject, MaybeBody, Nothing, Posting, Prefer},
    problem::ApiError,
    respond,
};
use axum::{extract::State, response::Response};
use gaggle_shared::Project;

/// Puts a project to sleep; answers once no pod or process of it remains. A running turn ends as `cancelled`.
#[utoipa::path(post, path = "/api/users/{userId}/projects/{projectId}/deactivate", tag = "projects", responses(
    (status = 200, description = "It sleeps", body = Project),
    (status = 202, description = "It is under way", body = Project)))]
pub(crate) async fn deactivate(
    State(app): State<App>,
    posting: Posting,
    InProject(user, project): InProject,
    prefer: Prefer,
    MaybeBody(body): MaybeBody<Nothing>,
) -> Result<Response, ApiError> {
    let (call, wait) = (posting.with(&body.bytes), prefer.wait());
    Ok(respond::outcome(app.gaggle.deactivate(&call, &user, &project, wait).await?, wait))
}
