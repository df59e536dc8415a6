use super::super::problem::ApiError;
use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};
use gaggle_core::service::{Call, Key};
use gaggle_shared::Caller;
use sha2::{Digest, Sha256};
use std::convert::Infallible;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Who calls: today anybody, who may do anything.
#[derive(Debug, Clone)]
pub struct Calling(pub Call);

fn anybody() -> Caller {
    Caller { user_id: None, name: "anonymous".into(), may: vec!["*".into()] }
}

impl<S: Send + Sync> FromRequestParts<S> for Calling {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Call { caller: anybody(), key: None }))
    }
}

/// Who posts, and under which `Idempotency-Key`.
#[derive(Debug, Clone)]
pub struct Posting {
    caller: Caller,
    key: Option<String>,
}

impl Posting {
    /// The call, now that the body is known.
    pub fn with(self, body: &[u8]) -> Call {
        let hash = || Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
        Call { caller: self.caller, key: self.key.map(|key| Key { key, body: hash() }) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Posting {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let bad =
            || ApiError::malformed("the header Idempotency-Key must be 1 to 255 visible ASCII characters");
        let key = match parts.headers.get(KEY) {
            None => None,
            Some(value) => {
                let bytes = value.as_bytes();
                if !(1..=255).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_graphic) {
                    return Err(bad());
                }
                Some(value.to_str().map_err(|_| bad())?.to_owned())
            }
        };
        Ok(Self { caller: anybody(), key })
    }
}
