use super::super::problem::ApiError;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use gaggle_shared::Seq;
use serde::{Deserialize, de::DeserializeOwned};

/// The query, whose type denies unknown names.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri).map(|query| Self(query.0)).map_err(|rejection| {
            let text = rejection.body_text();
            let rule = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            ApiError::invalid("query", rule)
        })
    }
}

/// `?limit=`: 1 to 200, 50 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "usize")]
pub struct Limit(pub usize);

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<usize> for Limit {
    type Error = &'static str;
    fn try_from(limit: usize) -> Result<Self, &'static str> {
        if (1..=200).contains(&limit) { Ok(Self(limit)) } else { Err("1 to 200") }
    }
}

/// Whether `Accept` names this type.
pub fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(kind)))
}

/// `Last-Event-ID`, which a browser sends when it comes back.
///
/// # Errors
/// When it is no number.
pub fn last_event_id(headers: &HeaderMap) -> Result<Option<Seq>, ApiError> {
    const NAME: HeaderName = HeaderName::from_static("last-event-id");
    let Some(value) = headers.get(NAME) else { return Ok(None) };
    let text = value.to_str().unwrap_or("?").trim();
    if text.is_empty() {
        return Ok(None);
    }
    let seq = text
        .parse()
        .map_err(|_| ApiError::malformed("the header Last-Event-ID must be the id of an event"))?;
    Ok(Some(seq))
}
