use super::super::App;
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counters as Prometheus text.
#[utoipa::path(get, path = "/metrics", tag = "server", responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, KIND)], app.metrics.text(&app.gaggle)).into_response()
}
