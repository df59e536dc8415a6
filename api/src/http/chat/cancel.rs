use super::super::{
    App,
    extract::{InProject, MaybeBody, Posting, Prefer},
    problem::ApiError,
    respond,
};
use axum::{extract::State, response::Response};
use gaggle_shared::{CancelTurn, Turn};

/// Stops the running turn; answers once it has ended.
#[utoipa::path(post, path = "/api/users/{userId}/projects/{projectId}/cancel", tag = "chat",
    request_body = Option<CancelTurn>, responses(
        (status = 200, description = "The turn, ended", body = Turn),
        (status = 202, description = "It is being stopped", body = Turn)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    posting: Posting,
    InProject(user, project): InProject,
    prefer: Prefer,
    MaybeBody(body): MaybeBody<CancelTurn>,
) -> Result<Response, ApiError> {
    let (call, wait) = (posting.with(&body.bytes), prefer.wait());
    Ok(respond::outcome(app.gaggle.cancel(&call, &user, &project, body.value, wait).await?, wait))
}
