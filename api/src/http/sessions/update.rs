use super::super::{
    App,
    extract::{Body, Calling, InSession},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_shared::{Session, UpdateSession};

/// Gives a conversation another title, model or mode. Model and mode are given to the agent before its next turn, and
/// again whenever the agent has started anew.
#[utoipa::path(patch, path = "/api/users/{userId}/projects/{projectId}/sessions/{sessionId}", tag = "sessions",
    request_body = UpdateSession, responses((status = 200, description = "The session as it is now", body = Session)))]
pub(crate) async fn update(
    State(app): State<App>,
    Calling(call): Calling,
    InSession(user, project, session): InSession,
    body: Body<UpdateSession>,
) -> Result<Json<Session>, ApiError> {
    Ok(Json(app.gaggle.update_session(&call, &user, &project, &session, body.value).await?))
}
