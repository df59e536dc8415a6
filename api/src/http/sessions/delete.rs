use super::super::{
    App,
    extract::{Calling, InSession},
    problem::ApiError,
};
use axum::{extract::State, http::StatusCode};

/// Deletes a conversation with its turns. The default one is emptied: another takes its place.
#[utoipa::path(delete, path = "/api/users/{userId}/projects/{projectId}/sessions/{sessionId}", tag = "sessions",
    responses((status = 204, description = "It is gone")))]
pub(crate) async fn delete(
    State(app): State<App>,
    Calling(call): Calling,
    InSession(user, project, session): InSession,
) -> Result<StatusCode, ApiError> {
    app.gaggle.delete_session(&call, &user, &project, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}
