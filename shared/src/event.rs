use crate::{
    DesiredState, Failure, MessageId, Permission, Phase, Removed, Role, Seq, Session, Time, ToolCall, Turn,
    TurnId, Usage,
};
use serde::{Deserialize, Serialize};

/// One entry of a project's journal: `{"seq": 7, "at": "…", "type": "turn.started", "turn": {…}}`.
/// On SSE `id` is the seq, `event` the type, `data` this JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Rises strictly within a project.
    pub seq: Seq,
    /// When it happened.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Time,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// A step of an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the names say it")]
pub enum Step {
    Namespace,
    Manifests,
    Scale,
    Schedule,
    Volume,
    Image,
    Container,
    Workspace,
    Process,
    Relay,
    Agent,
    Endpoint,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the names say it")]
pub enum StepState {
    Started,
    Done,
    Failed,
}

/// How bad a Kubernetes event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "Kubernetes' own words")]
pub enum Severity {
    Normal,
    Warning,
}

/// Where a tool wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the names say it")]
pub enum OutputStream {
    Stdout,
    Stderr,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "fields are described where their types are")]
pub enum EventBody {
    /// What is wished or what is has changed.
    #[serde(rename = "project.phase")]
    ProjectPhase { phase: Phase, desired_state: DesiredState, failure: Option<Failure> },
    /// Nothing of the project remains.
    #[serde(rename = "project.deleted")]
    ProjectDeleted { removed: Vec<Removed>, remaining: Vec<Removed> },
    /// A step of an activation began or ended; `elapsedMs` counts from the activation's start.
    #[serde(rename = "activation.step")]
    ActivationStep { step: Step, state: StepState, message: String, elapsed_ms: u64 },
    /// A Kubernetes event as it is.
    #[serde(rename = "cluster.event")]
    ClusterEvent { reason: String, message: String, object: String, severity: Severity },
    /// A message was acknowledged and waits.
    #[serde(rename = "turn.queued")]
    TurnQueued { turn: Turn },
    /// The agent got the prompt.
    #[serde(rename = "turn.started")]
    TurnStarted { turn: Turn },
    /// The turn is over.
    #[serde(rename = "turn.ended")]
    TurnEnded { turn: Turn },
    /// Text of a message: `part` is the index in `parts`, `offset` counts UTF-8 bytes of that part.
    #[serde(rename = "message.delta")]
    MessageDelta { turn_id: TurnId, message_id: MessageId, role: Role, part: u32, offset: u64, text: String },
    /// As `message.delta`, of a thought.
    #[serde(rename = "message.thought")]
    MessageThought {
        turn_id: TurnId,
        message_id: MessageId,
        role: Role,
        part: u32,
        offset: u64,
        text: String,
    },
    /// A tool was called; without its output.
    #[serde(rename = "tool.call")]
    ToolCall { turn_id: TurnId, message_id: MessageId, tool_call: ToolCall },
    /// A tool call changed; the whole call without its output.
    #[serde(rename = "tool.update")]
    ToolUpdate { turn_id: TurnId, message_id: MessageId, tool_call: ToolCall },
    /// A tool printed; `offset` counts UTF-8 bytes of the call's output. `whole`: the text is all of the output, in
    /// the place of what came live.
    #[serde(rename = "tool.output")]
    ToolOutput {
        turn_id: TurnId,
        tool_call_id: String,
        stream: OutputStream,
        offset: u64,
        text: String,
        #[serde(default, skip_serializing_if = "is_false")]
        whole: bool,
    },
    /// The agent asks.
    #[serde(rename = "permission.requested")]
    PermissionRequested { permission: Permission },
    /// The question was answered, expired or cancelled.
    #[serde(rename = "permission.resolved")]
    PermissionResolved { permission: Permission },
    /// The session's total so far.
    #[serde(rename = "usage")]
    Usage { turn_id: Option<TurnId>, usage: Usage },
    /// An update of the agent that has no event of its own, as it is.
    #[serde(rename = "agent.update")]
    AgentUpdate {
        turn_id: Option<TurnId>,
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        update: serde_json::Value,
    },
    /// The agent's process came up or ended; `detail` has its exit code and last lines.
    #[serde(rename = "agent.process")]
    AgentProcess { running: bool, detail: Option<String> },
    /// A conversation has another title, model or mode.
    #[serde(rename = "session.changed")]
    SessionChanged { session: Session },
    /// What the reader asked for is gone or was never there: read the Project and the transcript again, go on from `seq`.
    #[serde(rename = "reset")]
    Reset { reason: String },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl EventBody {
    /// The `type` on the wire.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ProjectPhase { .. } => "project.phase",
            Self::ProjectDeleted { .. } => "project.deleted",
            Self::ActivationStep { .. } => "activation.step",
            Self::ClusterEvent { .. } => "cluster.event",
            Self::TurnQueued { .. } => "turn.queued",
            Self::TurnStarted { .. } => "turn.started",
            Self::TurnEnded { .. } => "turn.ended",
            Self::MessageDelta { .. } => "message.delta",
            Self::MessageThought { .. } => "message.thought",
            Self::ToolCall { .. } => "tool.call",
            Self::ToolUpdate { .. } => "tool.update",
            Self::ToolOutput { .. } => "tool.output",
            Self::PermissionRequested { .. } => "permission.requested",
            Self::PermissionResolved { .. } => "permission.resolved",
            Self::Usage { .. } => "usage",
            Self::AgentUpdate { .. } => "agent.update",
            Self::AgentProcess { .. } => "agent.process",
            Self::SessionChanged { .. } => "session.changed",
            Self::Reset { .. } => "reset",
        }
    }

    /// The turn it belongs to.
    pub fn turn_id(&self) -> Option<&TurnId> {
        match self {
            Self::TurnQueued { turn } | Self::TurnStarted { turn } | Self::TurnEnded { turn } => {
                Some(&turn.id)
            }
            Self::MessageDelta { turn_id, .. }
            | Self::MessageThought { turn_id, .. }
            | Self::ToolCall { turn_id, .. }
            | Self::ToolUpdate { turn_id, .. }
            | Self::ToolOutput { turn_id, .. } => Some(turn_id),
            Self::PermissionRequested { permission } | Self::PermissionResolved { permission } => {
                Some(&permission.turn_id)
            }
            Self::Usage { turn_id, .. } | Self::AgentUpdate { turn_id, .. } => turn_id.as_ref(),
            Self::ProjectPhase { .. }
            | Self::ProjectDeleted { .. }
            | Self::ActivationStep { .. }
            | Self::ClusterEvent { .. }
            | Self::AgentProcess { .. }
            | Self::SessionChanged { .. }
            | Self::Reset { .. } => None,
        }
    }
}
