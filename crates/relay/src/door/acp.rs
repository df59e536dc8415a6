//! `/acp`, for other ACP clients: who may come in. The server serves them, so that their turns are journalled and
//! count as work; nobody is let through to Goose here.

use super::{Answer, has, text};
use crate::core::Core;
use crate::tunnel;
use hyper::body::Incoming;
use hyper::header::{
    AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE, WWW_AUTHENTICATE,
};
use hyper::{Method, Request, StatusCode};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// SHA-256 of the key that is to be shown; nothing: nobody is let in.
#[derive(Debug)]
pub(super) struct Key(Option<[u8; 32]>);

impl Key {
    pub(super) fn new(key: Option<&str>) -> Self {
        Self(key.filter(|key| !key.is_empty()).map(|key| Sha256::digest(key).into()))
    }

    /// How long the comparison takes says nothing of the key.
    pub(super) fn opens(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        match (self.0, shown) {
            (Some(key), Some(shown)) => Sha256::digest(shown).as_slice().ct_eq(&key).into(),
            _ => false,
        }
    }
}

/// The answer to who has not shown the key.
pub(super) fn locked() -> Answer {
    let mut refusal = text(StatusCode::UNAUTHORIZED, "show the project's key as a bearer token");
    refusal.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    refusal
}

/// Lets a client in that has shown the key, if the server is there to serve it.
pub(super) fn connect(core: Arc<Core>, request: Request<Incoming>) -> Answer {
    let headers = request.headers();
    let asks = request.method() == Method::GET
        && has(headers, &CONNECTION, "upgrade")
        && has(headers, &UPGRADE, "websocket")
        && has(headers, &SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|_| asks);
    let accept = key.and_then(|key| HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok());
    let Some(accept) = accept else {
        let mut refusal = text(StatusCode::UPGRADE_REQUIRED, "connect here with an ACP client, by WebSocket");
        refusal.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
        return refusal;
    };
    let entered = match core.tunnels.enter() {
        Ok(entered) => entered,
        Err(reason) => return text(StatusCode::SERVICE_UNAVAILABLE, reason),
    };
    let client = entered.client;
    tokio::spawn(async move {
        match hyper::upgrade::on(request).await {
            Ok(upgraded) => tunnel::carry(&core, upgraded, entered).await,
            Err(_) => core.tunnels.leave(client),
        }
    });
    let mut response = text(StatusCode::SWITCHING_PROTOCOLS, "");
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(key: Option<&str>, shown: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(shown) = shown {
            headers.insert(AUTHORIZATION, shown.parse().unwrap());
        }
        Key::new(key).opens(&headers)
    }

    #[test]
    fn only_the_key_opens_and_no_key_opens_to_nobody() {
        assert!(opens(Some("k"), Some("Bearer k")));
        for shown in [None, Some("Bearer"), Some("Bearer "), Some("Bearer kk"), Some("k"), Some("Basic k")] {
            assert!(!opens(Some("k"), shown), "{shown:?}");
        }
        assert!(!opens(None, Some("Bearer ")));
        assert!(!opens(Some(""), Some("Bearer ")));
    }
}
