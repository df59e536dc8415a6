use super::super::App;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

const PATIENCE: Duration = Duration::from_secs(4);

/// What can be reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// All of it.
    ready: bool,
    /// `ok`, or why the store cannot be reached.
    store: String,
    /// `ok`, or why the runtime could not start an agent.
    runtime: String,
}

impl Readiness {
    /// Of a server whose store is not open yet.
    pub(in crate::http) fn opening(cause: &str) -> Response {
        let readiness = Self { ready: false, store: cause.to_owned(), runtime: "not looked at yet".into() };
        (StatusCode::SERVICE_UNAVAILABLE, Json(readiness)).into_response()
    }
}

/// Whether store and runtime can be reached, each named.
#[utoipa::path(get, path = "/readyz", tag = "server", responses(
    (status = 200, description = "Store and runtime can be reached", body = Readiness),
    (status = 503, description = "Names what cannot", body = Readiness)))]
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let readiness = match tokio::time::timeout(PATIENCE, app.gaggle.ready()).await {
        Ok((store, runtime)) => Readiness {
            ready: store.is_ok() && runtime.is_ok(),
            store: store.err().map_or_else(|| "ok".into(), |error| error.to_string()),
            runtime: runtime.err().map_or_else(|| "ok".into(), |error| error.to_string()),
        },
        Err(_) => {
            Readiness { ready: false, store: "did not answer in time".into(), runtime: "not known".into() }
        }
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}
