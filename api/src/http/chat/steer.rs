use super::super::{
    App,
    extract::{Body, InProject, Posting},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_shared::{SteerTurn, Turn};

/// Adds to the running turn.
#[utoipa::path(post, path = "/api/users/{userId}/projects/{projectId}/steer", tag = "chat", request_body = SteerTurn,
    responses((status = 200, description = "The running turn", body = Turn)))]
pub(crate) async fn steer(
    State(app): State<App>,
    posting: Posting,
    InProject(user, project): InProject,
    body: Body<SteerTurn>,
) -> Result<Json<Turn>, ApiError> {
    let call = posting.with(&body.bytes);
    Ok(Json(app.gaggle.steer(&call, &user, &project, body.value).await?))
}
