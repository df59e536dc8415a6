use serde::{Deserialize, Serialize};

/// How something that was looked at stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FindingState {
    /// As it should be.
    Good,
    /// It works, but one should know.
    Note,
    /// It needs care.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// What, in a word or two.
    pub about: String,
    /// How it stands.
    pub state: FindingState,
    /// What was found, in a sentence.
    pub found: String,
    /// What to do or to know; null where nothing.
    pub hint: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn good(about: &str, found: impl Into<String>) -> Self {
        Self { about: about.into(), state: FindingState::Good, found: found.into(), hint: None }
    }

    /// It works, but one should know. An empty hint is none.
    pub fn note(about: &str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = Some(hint.into()).filter(|hint| !hint.is_empty());
        Self { about: about.into(), state: FindingState::Note, found: found.into(), hint }
    }

    /// It needs care. An empty hint is none.
    pub fn bad(about: &str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { state: FindingState::Bad, ..Self::note(about, found, hint) }
    }
}

/// `GET /api/status`: what `gaggle doctor` would say of the running server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    /// In the order in which one would look.
    pub findings: Vec<Finding>,
}
