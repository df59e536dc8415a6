use crate::{PermissionId, ProjectId, SessionId, Time, ToolCall, TurnId};
use serde::{Deserialize, Serialize};

/// What an option does (ACP `PermissionOptionKind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the names are ACP's")]
pub enum OptionKind {
    AllowOnce,
    AllowAlways,
    RejectOnce,
    RejectAlways,
    #[serde(other)]
    Other,
}

/// One answer that the agent offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PermissionOption {
    /// Give this as `optionId`.
    pub id: String,
    /// The agent's words.
    pub name: String,
    /// What it does.
    pub kind: OptionKind,
}

/// How far an approval is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PermissionState {
    /// Waits for a person.
    Pending,
    /// Somebody answered; the first answer won.
    Answered,
    /// Nobody answered in time.
    Expired,
    /// Its turn ended first.
    Cancelled,
}

/// An approval that an agent asks for before a tool runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Permission {
    /// A function of the turn.
    pub id: PermissionId,
    /// Where it is asked.
    pub project_id: ProjectId,
    /// Where it is asked.
    pub session_id: SessionId,
    /// Where it is asked.
    pub turn_id: TurnId,
    /// What would run.
    pub tool_call: ToolCall,
    /// Exactly the agent's.
    pub options: Vec<PermissionOption>,
    /// How far it is.
    pub state: PermissionState,
    /// The option chosen.
    pub option_id: Option<String>,
    /// Who chose.
    pub answered_by: Option<String>,
    /// Given to the agent with a rejection.
    pub comment: Option<String>,
    /// When it was asked.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Time,
    /// When it will be rejected.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub expires_at: Time,
    /// When it was answered.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub answered_at: Option<Time>,
}
