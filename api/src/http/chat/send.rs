use super::{
    super::{
        App,
        extract::{Body, InProject, Posting, Prefer, accepts},
        problem::ApiError,
        respond,
    },
    turn_stream,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use gaggle_shared::{SendMessage, Turn};

/// Sends a message: wakes a sleeping project, waits behind a running turn of the same session, and answers with
/// the turn once it has ended; with `Accept: text/event-stream`, with that turn's events as they come.
#[utoipa::path(post, path = "/api/users/{userId}/projects/{projectId}/messages", tag = "chat", request_body = SendMessage,
    responses(
        (status = 200, description = "The turn, ended; or its events up to `turn.ended`",
            content((Turn = "application/json"), (String = "text/event-stream"))),
        (status = 202, description = "The turn, as far as it is", body = Turn)))]
pub(crate) async fn send(
    State(app): State<App>,
    posting: Posting,
    InProject(user, project): InProject,
    prefer: Prefer,
    headers: HeaderMap,
    body: Body<SendMessage>,
) -> Result<Response, ApiError> {
    let call = posting.with(&body.bytes);
    if accepts(&headers, "text/event-stream") {
        return turn_stream::send(&app, &call, &user, &project, body.value).await;
    }
    let wait = prefer.wait();
    Ok(respond::outcome(app.gaggle.send_message(&call, &user, &project, body.value, wait).await?, wait))
}
