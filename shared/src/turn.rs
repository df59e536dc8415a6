use crate::{AttachmentInfo, Failure, Part, SessionId, Time, TurnId, Usage};
use serde::{Deserialize, Serialize};

/// How far a turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TurnState {
    /// Waits.
    Queued,
    /// The agent works on it.
    Running,
    /// Over; see `stopReason`.
    Ended,
}

/// Why a turn ended (ACP `StopReason` and our own).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StopReason {
    /// The agent finished.
    EndTurn,
    /// The model's limit of tokens.
    MaxTokens,
    /// The agent's limit of model calls.
    MaxTurnRequests,
    /// The model refused.
    Refusal,
    /// A person stopped it.
    Cancelled,
    /// Nobody answered an approval in time.
    PermissionTimeout,
    /// The agent died, or the server stayed away too long. Never run again by itself.
    Interrupted,
    /// It ended with an error; see `failure`.
    Failed,
}

/// One prompt and all that follows until the agent stops.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Turn {
    /// Sorts by time.
    pub id: TurnId,
    /// The conversation.
    pub session_id: SessionId,
    /// How far it is.
    pub state: TurnState,
    /// Set once ended.
    pub stop_reason: Option<StopReason>,
    /// The prompt.
    pub prompt: String,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentInfo>,
    /// The answer's text: its text parts, joined. Empty in `turn.queued` and `turn.started`.
    #[serde(default)]
    pub text: String,
    /// The answer, piece by piece. Left out of events; read the turn or its messages.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Tokens and money of this turn.
    pub usage: Option<Usage>,
    /// Set when `failed` or `interrupted`.
    pub failure: Option<Failure>,
    /// When the message was acknowledged.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Time,
    /// When the agent got it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub started_at: Option<Time>,
    /// When it ended.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<Time>,
}
