use crate::{Accepts, Mode, SessionId, SessionOptions, Time};
use serde::{Deserialize, Serialize};

/// A conversation of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Our id; the agent's own is never shown.
    pub id: SessionId,
    /// Given by a person, else by the agent.
    pub title: Option<String>,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Time,
    /// The last message or end of a turn in it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub last_activity_at: Time,
    /// The mode that its turns run in; null: the project's.
    pub mode: Option<Mode>,
    /// The model that a person chose for it; null: the project's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// True for the session that messages without `sessionId` go to.
    pub is_default: bool,
    /// What the agent offers in it; null until it has opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<SessionOptions>,
    /// What the project's agent takes with a message; null until it has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepts: Option<Accepts>,
}
