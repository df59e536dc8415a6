use super::super::{
    App,
    extract::{Calling, InTurn, Prefer},
    problem::ApiError,
    respond,
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use gaggle_core::service::{Outcome, Wait};
use gaggle_shared::Turn;

/// One turn; `Prefer: wait=N` waits for its end.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/turns/{turnId}", tag = "chat", responses(
    (status = 200, description = "The turn as it is", body = Turn),
    (status = 202, description = "It was waited for and is not over", body = Turn)))]
pub(crate) async fn turn(
    State(app): State<App>,
    Calling(call): Calling,
    InTurn(user, project, turn): InTurn,
    prefer: Prefer,
) -> Result<Response, ApiError> {
    let wait = prefer.read();
    let outcome = app.gaggle.turn(&call, &user, &project, &turn, wait).await?;
    Ok(match (outcome, wait) {
        (Outcome::Pending(turn), Wait::Now) => Json(turn).into_response(),
        (outcome, _) => respond::outcome(outcome, wait),
    })
}
