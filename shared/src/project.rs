use crate::{
    Failure, PermissionId, ProjectId, ProjectName, Seq, SessionId, Settings, Step, Time, TurnId, UserId,
};
use serde::{Deserialize, Serialize};

/// What is wished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DesiredState {
    /// Its agent shall run.
    Active,
    /// It shall sleep.
    Inactive,
    /// Nothing of it shall remain.
    Deleted,
}

/// What is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the names say it")]
pub enum Phase {
    Inactive,
    Activating,
    Active,
    Deactivating,
    Failed,
    Deleting,
}

impl Phase {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Activating => "activating",
            Self::Active => "active",
            Self::Deactivating => "deactivating",
            Self::Failed => "failed",
            Self::Deleting => "deleting",
        }
    }
}

/// Where agents run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RuntimeKind {
    /// A Deployment per project.
    Kubernetes,
    /// A process per project.
    Local,
}

/// How an endpoint is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the names say it")]
pub enum EndpointVia {
    Ingress,
    LoadBalancer,
    Cluster,
    Local,
}

/// Where other programs reach the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Endpoint {
    /// Without a path.
    pub url: String,
    /// By what.
    pub via: EndpointVia,
}

/// The Kubernetes objects behind a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the names say it")]
pub struct Resources {
    pub namespace: String,
    pub deployment: String,
    pub service: String,
    pub ingress: Option<String>,
    pub pod: Option<String>,
}

/// What a project does now, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ActivityState {
    /// No agent runs.
    Asleep,
    /// The agent is on its way up.
    Starting,
    /// The agent waits for a message.
    Ready,
    /// A turn runs.
    Working,
    /// A person is needed.
    Waiting,
}

/// Why an agent is not asleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AwakeReason {
    /// A turn runs.
    Turn,
    /// A message waits.
    Queue,
    /// An approval waits.
    Permission,
    /// It did something lately.
    RecentActivity,
    /// Its idle timeout is `0`.
    NeverSleeps,
}

/// What a project does now, for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// In one word.
    pub state: ActivityState,
    /// In one sentence: what it does now or last said.
    pub summary: String,
    /// When what `summary` tells began: the question, the tool, the turn or the start. Null while at rest.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub since: Option<Time>,
    /// The running turn.
    pub turn_id: Option<TurnId>,
    /// The ids of approvals that wait, oldest first.
    pub pending_permissions: Vec<PermissionId>,
    /// Why it is awake.
    pub awake_reason: Option<AwakeReason>,
    /// Since midnight UTC.
    pub tokens_today: u64,
    /// Since midnight UTC, in US dollars where the agent knows.
    pub cost_today: Option<f64>,
}

/// A named workspace with one agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Project {
    /// DNS-safe, at most 40 characters.
    pub id: ProjectId,
    /// The owner.
    pub user_id: UserId,
    /// Unique per user.
    pub name: ProjectName,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Time,
    /// What is wished.
    pub desired_state: DesiredState,
    /// What is.
    pub phase: Phase,
    /// Why it is not what is wished.
    pub failure: Option<Failure>,
    /// Where other programs reach the agent.
    pub endpoint: Option<Endpoint>,
    /// Kubernetes objects; null for local processes.
    pub resources: Option<Resources>,
    /// What it does now.
    pub activity: Activity,
    /// Where messages without `sessionId` go.
    pub default_session_id: SessionId,
    /// The last message, answer or end of a turn.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub last_activity_at: Time,
    /// When it falls asleep if nothing happens.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub sleeps_at: Option<Time>,
    /// True while settings wait for the next activation.
    pub restart_needed: bool,
    /// Things that work but not fully: `endpoint_pending`, `node_not_ready`, `agent_away`. Of the last two `summary` says
    /// more.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Its own settings.
    pub settings: Settings,
    /// The last start of its agent; null: it has not been started yet.
    #[serde(default)]
    pub start: Option<Start>,
}

/// The last start of a project's agent. Its steps stand in the journal, from `seq` on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Start {
    /// The event that it began with.
    pub seq: Seq,
    /// When it began.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Time,
    /// When the agent could chat; null: it is on its way, or did not get there.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ready_at: Option<Time>,
    /// What it is at, while it is on its way and that is known.
    #[serde(default)]
    pub step: Option<StepNow>,
}

/// A step of a start that is under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepNow {
    /// Which.
    pub step: Step,
    /// In words, such as the image that is pulled; may be empty.
    pub message: String,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: Time,
}

/// One thing that a delete removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Removed {
    /// Such as `Deployment`, `Process`, `Workspace`, `Journal`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// The proof of a delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// What was deleted.
    pub project_id: ProjectId,
    /// What went.
    pub removed: Vec<Removed>,
    /// What could not be removed; empty once done.
    pub remaining: Vec<Removed>,
}
