use crate::{
    AttachmentInfo, Failure, MessageId, PermissionId, SessionId, StopReason, Time, ToolCall, TurnId, Usage,
};
use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// A person.
    User,
    /// The agent.
    Assistant,
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MessageState {
    /// Waits behind a running turn.
    Queued,
    /// Arriving.
    Streaming,
    /// Whole.
    Complete,
    /// Stopped by a person.
    Cancelled,
    /// The agent died, or the server stayed away too long.
    Interrupted,
    /// It ended with an error; see `failure`.
    Failed,
}

/// A piece of a message, in the order it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Part {
    /// Markdown.
    Text {
        /// So far.
        text: String,
    },
    /// What the model thought.
    Thought {
        /// So far.
        text: String,
    },
    /// A use of a tool.
    Tool {
        /// The call with its output.
        tool_call: ToolCall,
    },
    /// An approval that was asked for here.
    Permission {
        /// Look it up among the permissions.
        permission_id: PermissionId,
    },
}

/// One message of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// A function of the turn.
    pub id: MessageId,
    /// The conversation.
    pub session_id: SessionId,
    /// The turn.
    pub turn_id: TurnId,
    /// Who speaks.
    pub role: Role,
    /// What is said and done.
    pub parts: Vec<Part>,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentInfo>,
    /// When it began.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Time,
    /// How far it is.
    pub state: MessageState,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Of the agent's message: why its turn ended, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_reason: Option<StopReason>,
    /// Of the agent's message: when its turn ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<Time>,
    /// Of the agent's message: tokens and money of its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}
