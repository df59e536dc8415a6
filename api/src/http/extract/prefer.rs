use super::super::problem::ApiError;
use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};
use gaggle_core::service::Wait;
use std::time::Duration;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const LONGEST: u64 = 24 * 3600;

/// `Prefer` (RFC 7240): `respond-async`, `wait=N` seconds, or none of them. Preferences of others are ignored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prefer(Option<Wait>);

impl Prefer {
    /// How long a call that wishes something waits: until it is so, unless told otherwise.
    pub fn wait(self) -> Wait {
        self.0.unwrap_or(Wait::Done)
    }

    /// How long a call that reads waits: not at all, unless told otherwise.
    pub fn read(self) -> Wait {
        self.0.unwrap_or(Wait::Now)
    }

    /// Reads the header's values.
    ///
    /// # Errors
    /// A `wait` that is not a number of seconds up to a day.
    pub fn parse<'a>(values: impl Iterator<Item = &'a str>) -> Result<Self, ApiError> {
        let (mut asynchronous, mut wait) = (false, None);
        for preference in values.flat_map(|value| value.split(',')) {
            let preference = preference.split(';').next().unwrap_or_default();
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "respond-async" => asynchronous = true,
                "wait" => {
                    let seconds =
                        value.trim().trim_matches('"').parse::<u64>().ok().filter(|n| *n <= LONGEST);
                    let seconds = seconds.ok_or_else(|| {
                        ApiError::malformed(format!(
                            "the header Prefer: wait=N needs whole seconds, at most {LONGEST}"
                        ))
                    })?;
                    wait = wait.or(Some(seconds));
                }
                _ => {}
            }
        }
        // RFC 7240, 4.3: with both, the answer is wanted within N seconds, and 202 after that.
        Ok(Self(match (wait, asynchronous) {
            (Some(0), _) | (None, true) => Some(Wait::Now),
            (Some(seconds), _) => Some(Wait::For(Duration::from_secs(seconds))),
            (None, false) => None,
        }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Prefer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::parse(parts.headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_are_read() {
        let read = |text: &str| Prefer::parse([text].into_iter()).unwrap().wait();
        assert_eq!(read("respond-async"), Wait::Now);
        assert_eq!(read("Respond-Async; x=1, handling=lenient"), Wait::Now);
        assert_eq!(read("wait=5"), Wait::For(Duration::from_secs(5)));
        assert_eq!(read("respond-async, wait = \"10\""), Wait::For(Duration::from_secs(10)));
        assert_eq!(read("wait=0"), Wait::Now);
        assert_eq!(read("return=minimal"), Wait::Done);
        assert_eq!(Prefer::default().read(), Wait::Now);
        for bad in ["wait", "wait=", "wait=-1", "wait=abc", "wait=99999999999999999999"] {
            assert!(Prefer::parse([bad].into_iter()).is_err(), "{bad}");
        }
    }
}
