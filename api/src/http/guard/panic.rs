use super::super::problem::ApiError;
use axum::response::{IntoResponse, Response};
use gaggle_shared::Code;
use std::any::Any;

/// A panic in a handler: its text goes to the log, its request's id to the caller.
#[expect(clippy::needless_pass_by_value, reason = "tower-http hands over the payload so")]
pub fn caught(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = %text, "a handler panicked");
    ApiError::new(Code::Internal, "something went wrong here; the server's log has this request's id")
        .into_response()
}
