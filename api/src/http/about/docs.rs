//! `/api/docs`: a page of our own that shows `/api/openapi.json`, with nothing from elsewhere.

use super::super::page::CSP;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};

const HTML: &str = include_str!("../../../assets/docs/index.html");
const SCRIPT: &str = include_str!("../../../assets/docs/docs.js");
const STYLE: &str = include_str!("../../../assets/docs/docs.css");

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

/// The page.
pub(crate) async fn html() -> Response {
    ([(header::CONTENT_SECURITY_POLICY, CSP)], file("text/html; charset=utf-8", HTML)).into_response()
}

/// Its script.
pub(crate) async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

/// Its looks.
pub(crate) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}
