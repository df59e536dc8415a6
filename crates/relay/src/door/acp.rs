//! `/acp`, for other ACP clients: who may ask, and the answer that it is not served yet.
//!
//! Turns of such clients are to be journalled and to count as work. The core knows only turns that it has
//! queued itself, so until it can take in foreign ones nobody is let through to Goose here.

use super::{Answer, text};
use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256 of the key that is to be shown; nothing: nobody is let in.
#[derive(Debug)]
pub(super) struct Key(Option<[u8; 32]>);

impl Key {
    pub(super) fn new(key: Option<&str>) -> Self {
        Self(key.filter(|key| !key.is_empty()).map(|key| Sha256::digest(key).into()))
    }

    /// How long the comparison takes says nothing of the key.
    fn opens(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        match (self.0, shown) {
            (Some(key), Some(shown)) => Sha256::digest(shown).as_slice().ct_eq(&key).into(),
            _ => false,
        }
    }

    pub(super) fn answer(&self, headers: &HeaderMap) -> Answer {
        if !self.opens(headers) {
            let mut refusal = text(StatusCode::UNAUTHORIZED, "show the project's key as a bearer token");
            refusal.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return refusal;
        }
        let problem = serde_json::json!({
            "type": "about:blank",
            "title": "Not served yet",
            "status": 501,
            "code": "not_implemented",
            "detail": "Other ACP clients are not served here yet.",
            "hint": "Use Gaggle's own API: POST /api/users/{userId}/projects/{projectId}/messages.",
        });
        let mut response = Answer::new(Full::from(Bytes::from(problem.to_string())));
        *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(key: Option<&str>, shown: Option<&str>) -> u16 {
        let mut headers = HeaderMap::new();
        if let Some(shown) = shown {
            headers.insert(AUTHORIZATION, shown.parse().unwrap());
        }
        Key::new(key).answer(&headers).status().as_u16()
    }

    #[test]
    fn only_the_key_opens_and_no_key_opens_to_nobody() {
        assert_eq!(status(Some("k"), Some("Bearer k")), 501);
        for shown in [None, Some("Bearer"), Some("Bearer "), Some("Bearer kk"), Some("k"), Some("Basic k")] {
            assert_eq!(status(Some("k"), shown), 401, "{shown:?}");
        }
        assert_eq!(status(None, Some("Bearer ")), 401);
        assert_eq!(status(Some(""), Some("Bearer ")), 401);
    }
}
