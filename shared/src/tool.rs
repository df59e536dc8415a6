use crate::Time;
use serde::{Deserialize, Serialize};

/// What kind of tool (ACP `ToolKind`); decides the icon.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the names are ACP's")]
pub enum ToolKind {
    Read,
    Edit,
    Delete,
    Move,
    Search,
    Execute,
    Think,
    Fetch,
    SwitchMode,
    #[default]
    #[serde(other)]
    Other,
}

/// How far a tool is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ToolStatus {
    /// Not begun, perhaps waiting for an approval.
    #[default]
    Pending,
    /// At work.
    Running,
    /// Done.
    Completed,
    /// Ended with an error.
    Failed,
    /// A person, or the time limit, said no.
    Rejected,
}

/// A change to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Diff {
    /// The file.
    pub path: String,
    /// Null for a new file.
    pub old_text: Option<String>,
    /// The text after.
    pub new_text: String,
}

/// One use of a tool by the agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolCall {
    /// The agent's id, unique within the turn.
    pub id: String,
    /// What it says it does.
    pub title: String,
    /// The kind of work.
    pub kind: ToolKind,
    /// The tool's own name where known, such as `shell`.
    #[serde(default)]
    pub name: Option<String>,
    /// How far it is.
    pub status: ToolStatus,
    /// The arguments as the agent gave them.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub input: serde_json::Value,
    /// What it printed; head and tail beyond 64 KiB. Absent in events.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// Of a shell command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// Changes to files.
    #[serde(default)]
    pub diffs: Vec<Diff>,
    /// When it was called.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub started_at: Time,
    /// When it ended.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<Time>,
}
