//! RFC 9457 problems and their codes.

use crate::TurnId;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// Why a call failed: stable, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Code {
            $(#[doc = $title] #[serde(rename = $text)] $name,)*
        }
        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];
            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }
            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status),* }
            }
            /// The problem's `title`.
            pub const fn title(self) -> &'static str {
                match self { $(Code::$name => $title),* }
            }
        }
    };
}

codes! {
    Unauthenticated = "unauthenticated", 401, "Sign in first";
    Forbidden = "forbidden", 403, "Not allowed";
    UserNotFound = "user_not_found", 404, "No such user";
    ProjectNotFound = "project_not_found", 404, "No such project";
    SessionNotFound = "session_not_found", 404, "No such session";
    TurnNotFound = "turn_not_found", 404, "No such turn";
    PermissionNotFound = "permission_not_found", 404, "No such approval";
    NotSupportedByRuntime = "not_supported_by_runtime", 404, "This runtime has no such thing";
    NotFound = "not_found", 404, "No such page";
    ProjectNameTaken = "project_name_taken", 409, "The name is taken";
    ProjectDeleting = "project_deleting", 409, "The project is being deleted";
    TurnQueueFull = "turn_queue_full", 409, "Too many messages wait";
    TurnStarted = "turn_started", 409, "The turn has started";
    NoRunningTurn = "no_running_turn", 409, "No turn is running";
    PermissionAlreadyAnswered = "permission_already_answered", 409, "Somebody answered already";
    ProjectDeactivated = "project_deactivated", 409, "The project was put to sleep";
    InvalidRequest = "invalid_request", 422, "The request breaks a rule";
    IdempotencyKeyReused = "idempotency_key_reused", 422, "The idempotency key belongs to another request";
    MethodNotAllowed = "method_not_allowed", 405, "No such method here";
    UnsupportedMediaType = "unsupported_media_type", 415, "Send JSON";
    PayloadTooLarge = "payload_too_large", 413, "The body is too large";
    RateLimited = "rate_limited", 429, "Too many requests";
    ClusterUnreachable = "cluster_unreachable", 503, "Kubernetes client initialization failed";
    NamespaceFailed = "namespace_failed", 502, "Failed to create namespace";
    ForbiddenByCluster = "forbidden_by_cluster", 502, "The cluster does not allow it";
    ImagePullFailed = "image_pull_failed", 502, "The agent's image could not be pulled";
    Unschedulable = "unschedulable", 502, "No node has room for the agent";
    QuotaExceeded = "quota_exceeded", 502, "The quota is used up";
    CrashLoop = "crash_loop", 502, "The agent ends again and again";
    OomKilled = "oom_killed", 502, "The agent ran out of memory";
    ContainerConfigError = "container_config_error", 502, "The container's configuration is wrong";
    VolumeFailed = "volume_failed", 502, "The workspace could not be attached";
    AgentUnresponsive = "agent_unresponsive", 502, "The agent does not answer";
    ActivationTimeout = "activation_timeout", 504, "Pod failed to become ready within timeout";
    ProviderNotConfigured = "provider_not_configured", 502, "No model is set up";
    ProviderError = "provider_error", 502, "The model answered with an error";
    AgentDisconnected = "agent_disconnected", 502, "The agent went away";
    ServerWasAway = "server_was_away", 503, "The server was away too long";
    GooseNotFound = "goose_not_found", 503, "Goose is not installed";
    StoreUnavailable = "store_unavailable", 503, "The store cannot be reached";
    StoreFull = "store_full", 507, "The store is full";
    Internal = "internal", 500, "Something went wrong here";
}

/// The body of every error: `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:gaggle:problem:{code}`
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, in a sentence.
    pub detail: String,
    /// For programs.
    pub code: Code,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The raw cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The turn that ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_id: Option<TurnId>,
    /// Names the log lines of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem of this code with its sentence.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:gaggle:problem:{}", code.as_str()),
            title: code.title().into(),
            status: code.status(),
            detail: detail.into(),
            code,
            hint: None,
            cause: None,
            turn_id: None,
            request_id: None,
        }
    }
}
