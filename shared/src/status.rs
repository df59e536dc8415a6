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

/// `GET /api/status`: what `gaggle doctor` would say of the running server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    /// In the order in which one would look.
    pub findings: Vec<Finding>,
}
