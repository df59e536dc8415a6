use super::super::App;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use std::time::Instant;
use tracing::{Instrument, Span, field::Empty};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered.
pub fn request_id() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Gives the request an id (its own, if it has a sane one), a span and a log line, and counts it.
pub async fn trace(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = given(&request).unwrap_or_else(|| format!("{:032x}", rand::random::<u128>()));
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = span(&id, &method, &route, request.uri().path());
    let start = Instant::now();
    let answer = CURRENT.scope(id.clone(), next.run(request).instrument(span.clone()));
    let mut response = answer.await;
    let took = start.elapsed();
    let status = response.status();
    app.metrics.answered(&method, &route, status.as_u16(), took);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), ms, "answered");
        } else if method.is_safe() {
            tracing::debug!(status = status.as_u16(), ms, "answered");
        } else {
            tracing::info!(status = status.as_u16(), ms, "answered");
        }
    });
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn given(request: &Request) -> Option<String> {
    let text = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let sane = (8..=64).contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_');
    sane.then(|| text.to_owned())
}

/// A span with the ids that the route's template names. What is not like an id is left out: it is a stranger's text.
fn span(id: &str, method: &Method, route: &str, path: &str) -> Span {
    let span = tracing::info_span!(
        "request", id, %method, route, user = Empty, project = Empty, turn = Empty, session = Empty, permission = Empty
    );
    for (name, value) in route.split('/').zip(path.split('/')) {
        let field = match name {
            "{userId}" => "user",
            "{projectId}" => "project",
            "{turnId}" => "turn",
            "{sessionId}" => "session",
            "{permissionId}" => "permission",
            _ => continue,
        };
        if value.len() <= 64 && value.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-') {
            span.record(field, value);
        }
    }
    span
}
