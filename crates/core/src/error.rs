//! Why the core did not do as asked, without the words of any transport.

use crate::port::{Cause, ModelError, RuntimeError, StoreError};
use gaggle_shared::{Code, Failure, TurnId};
use thiserror::Error;

/// An error for a caller: a code, a sentence, and where there is one a hint and the raw cause.
#[derive(Debug, Clone, Error)]
#[error("{}: {message}", code.as_str())]
pub struct Error {
    /// Stable, for programs.
    pub code: Code,
    /// A plain sentence.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// The raw cause; for the log where the code is `internal`.
    pub detail: Option<String>,
    /// The turn that ended so.
    pub turn: Option<TurnId>,
}

impl Error {
    /// An error of this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, detail: None, turn: None }
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What a failed turn or project says, as an error.
    pub fn from_failure(failure: &Failure, turn: Option<TurnId>) -> Self {
        Self {
            code: failure.code,
            message: failure.message.clone(),
            hint: failure.hint.clone(),
            detail: failure.detail.clone(),
            turn,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::NameTaken => Self::new(Code::ProjectNameTaken, "another project has this name"),
            StoreError::Unavailable(_) | StoreError::Conflict => Self::new(Code::StoreUnavailable, message),
            StoreError::Full(_) => {
                Self::new(Code::StoreFull, message).hint("free some disk space; it goes on by itself then")
            }
            StoreError::Corrupt(_) => Self::new(Code::Internal, message),
        }
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self { code: cause.code, message: cause.message, hint: cause.hint, detail: cause.detail, turn: None }
    }
}

impl From<RuntimeError> for Error {
    fn from(error: RuntimeError) -> Self {
        match error {
            RuntimeError::Cause(cause) => cause.into(),
            RuntimeError::NotSupported => {
                Self::new(Code::NotSupportedByRuntime, "this runtime has no such thing")
            }
        }
    }
}

impl From<ModelError> for Cause {
    fn from(error: ModelError) -> Self {
        let ModelError::NotConfigured { provider, hint } = error;
        Self::new(Code::ProviderNotConfigured, format!("the provider {provider} is not set up")).hint(hint)
    }
}
