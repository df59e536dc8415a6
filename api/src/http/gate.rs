//! What is answered before the store is open: that the process lives, the page, and why nothing else is.

use super::{about::ready::Readiness, guard::Door, guard::secure, page, problem::ApiError};
use axum::{
    Router,
    extract::{Request, State},
    middleware,
    response::{IntoResponse, Response},
};
use gaggle_shared::Code;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tower::ServiceExt as _;

/// Stands before the router: until that is there it answers itself. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gate {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    door: Door,
    cause: Mutex<String>,
    opened: OnceLock<Router>,
}

impl Gate {
    /// A closed one.
    pub fn new(door: Door) -> Self {
        let cause = Mutex::new("it is being opened".to_owned());
        Self { inner: Arc::new(Inner { door, cause, opened: OnceLock::new() }) }
    }

    /// Why the store is not open yet.
    pub fn waits(&self, cause: &str) {
        cause.clone_into(&mut self.inner.cause.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// From now on this router answers.
    pub fn open(&self, router: Router) {
        if self.inner.opened.set(router).is_err() {
            tracing::error!("the gate was open already");
        }
    }

    /// What answers.
    pub fn router(&self) -> Router {
        let closed =
            Router::new().fallback(closed).layer(middleware::from_fn(secure)).with_state(self.clone());
        Router::new().fallback(pass).with_state((self.clone(), closed))
    }

    fn cause(&self) -> String {
        self.inner.cause.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn pass(State((gate, closed)): State<(Gate, Router)>, request: Request) -> Response {
    let router = gate.inner.opened.get().unwrap_or(&closed).clone();
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}

async fn closed(State(gate): State<Gate>, request: Request) -> Response {
    if let Some(answer) = gate.inner.door.turn_away(&request) {
        return answer;
    }
    let path = request.uri().path();
    match path {
        "/healthz" => "ok\n".into_response(),
        "/readyz" => Readiness::opening(&gate.cause()),
        "/metrics" | "/api" => unavailable(&gate),
        _ if path.starts_with("/api/") => unavailable(&gate),
        _ => page::serve(&request),
    }
}

fn unavailable(gate: &Gate) -> Response {
    ApiError::new(Code::StoreUnavailable, format!("the store cannot be reached: {}", gate.cause()))
        .hint("it is tried again by itself; nothing is lost")
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::StatusCode, routing::get};

    async fn ask(gate: &Gate, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
        let response = gate.router().oneshot(request).await.unwrap();
        let status = response.status();
        assert_eq!(
            response.headers().get("x-content-type-options").is_some(),
            gate.inner.opened.get().is_none()
        );
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn a_closed_gate_says_why_and_an_open_one_is_not_there() {
        let gate = Gate::new(Door::new("127.0.0.1".parse().unwrap(), None));
        gate.waits("MongoDB at db:27017: no server answers");
        assert_eq!(ask(&gate, "/healthz").await, (StatusCode::OK, "ok\n".into()));
        for path in ["/api/users", "/api", "/metrics", "/readyz"] {
            let (status, body) = ask(&gate, path).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert!(body.contains("MongoDB at db:27017"), "{path}: {body}");
        }
        assert!(ask(&gate, "/api/users").await.1.contains("store_unavailable"));
        assert_eq!(ask(&gate, "/alice").await.0, StatusCode::OK, "the page");
        gate.open(Router::new().route("/api/users", get(|| async { "users" })));
        assert_eq!(ask(&gate, "/api/users").await, (StatusCode::OK, "users".into()));
    }

    #[tokio::test]
    async fn a_closed_gate_turns_strangers_away() {
        let gate = Gate::new(Door::new("127.0.0.1".parse().unwrap(), None));
        let request = Request::get("/api/users").header("host", "evil.example").body(Body::empty()).unwrap();
        assert_eq!(gate.router().oneshot(request).await.unwrap().status(), StatusCode::FORBIDDEN);
    }
}
