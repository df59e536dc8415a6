use super::super::{App, problem::ApiError};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gaggle_shared::Code;

/// A call that only reads, and was not asked to wait, answers soon or says that it cannot. Only the head of the
/// answer is timed: event streams go on.
pub async fn timely(State(app): State<App>, request: Request, next: Next) -> Response {
    if !request.method().is_safe() || request.headers().contains_key("prefer") {
        return next.run(request).await;
    }
    match tokio::time::timeout(app.limits.read_time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(Code::StoreUnavailable, "the store did not answer in time").into_response(),
    }
}
