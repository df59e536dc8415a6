//! Errors as RFC 9457 problems.

use super::guard::request_id;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gaggle_core::error::Error;
use gaggle_shared::{Code, Problem};

/// What a handler answers when it cannot do as asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError(Box<Problem>);

impl ApiError {
    /// A problem of this code with its sentence.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem::new(code, detail)))
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// With another status than the code's usual one.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.0.status = status.as_u16();
        self
    }

    /// 400: it cannot be read at all.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, detail).status(StatusCode::BAD_REQUEST)
    }

    /// 422: `field` breaks `rule`.
    pub fn invalid(field: &str, rule: impl std::fmt::Display) -> Self {
        Self::new(Code::InvalidRequest, format!("{field}: {rule}"))
    }

    /// The problem itself.
    pub fn problem(&self) -> &Problem {
        &self.0
    }
}

impl From<Error> for ApiError {
    /// What went wrong inside is for the log: the caller gets the request's id to find it by.
    fn from(error: Error) -> Self {
        if error.code == Code::Internal {
            tracing::error!(message = %error.message, detail = error.detail, "internal error");
            return Self::new(
                Code::Internal,
                "something went wrong here; the server's log has this request's id",
            );
        }
        let mut problem = Problem::new(error.code, error.message);
        problem.hint = error.hint;
        problem.cause = error.detail;
        problem.turn_id = error.turn;
        Self(Box::new(problem))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut problem = *self.0;
        problem.request_id = request_id();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let mut response = (status, [kind], body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_error_keeps_its_cause_to_itself() {
        let mut error = Error::new(Code::Internal, "key sk-123 in /root/x");
        error.detail = Some("stack".into());
        let shown = serde_json::to_string(ApiError::from(error).problem()).unwrap();
        assert!(!shown.contains("sk-123") && !shown.contains("stack"), "{shown}");
    }

    #[test]
    fn a_failed_turn_names_itself() {
        let mut error = Error::new(Code::ProviderError, "the model said 401");
        error.turn = gaggle_shared::TurnId::parse("t1").ok();
        let problem = ApiError::from(error).problem().clone();
        assert_eq!(problem.status, 502);
        assert_eq!(problem.turn_id.map(String::from).as_deref(), Some("t1"));
    }
}
