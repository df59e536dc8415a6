//! Plain values.

use super::{Read, Value};
use crate::*;

impl Read for Value {
    fn read(from: Value) -> Option<Self> {
        Some(from)
    }
}

impl Read for String {
    fn read(from: Value) -> Option<Self> {
        match from {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

impl Read for bool {
    fn read(from: Value) -> Option<Self> {
        from.as_bool()
    }
}

impl Read for u64 {
    fn read(from: Value) -> Option<Self> {
        from.as_u64()
    }
}

impl Read for u32 {
    fn read(from: Value) -> Option<Self> {
        from.as_u64()?.try_into().ok()
    }
}

impl Read for u16 {
    fn read(from: Value) -> Option<Self> {
        from.as_u64()?.try_into().ok()
    }
}

impl Read for i64 {
    fn read(from: Value) -> Option<Self> {
        from.as_i64()
    }
}

impl Read for f64 {
    fn read(from: Value) -> Option<Self> {
        from.as_f64()
    }
}

impl<T: Read> Read for Option<T> {
    fn read(from: Value) -> Option<Self> {
        match from {
            Value::Null => Some(None),
            some => T::read(some).map(Some),
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(from: Value) -> Option<Self> {
        match from {
            Value::Array(items) => {
                let mut all = Self::with_capacity(items.len());
                for item in items {
                    all.push(T::read(item)?);
                }
                Some(all)
            }
            _ => None,
        }
    }
}

impl Read for Time {
    fn read(from: Value) -> Option<Self> {
        #[cfg(target_arch = "wasm32")]
        return Self::parse(from.as_str()?).ok();
        #[cfg(not(target_arch = "wasm32"))]
        from.as_str()?.parse().ok()
    }
}

macro_rules! texts {
    ($($type:ident)*) => {
        $(impl Read for $type {
            fn read(from: Value) -> Option<Self> {
                Self::parse(from.as_str()?).ok()
            }
        })*
    };
}
texts!(UserId InstanceId ProjectId SessionId TurnId MessageId PermissionId ProjectName Span);

macro_rules! names {
    ($($type:ident { $($name:literal = $variant:ident),* } $(else $other:ident)?;)*) => {
        $(impl Read for $type {
            fn read(from: Value) -> Option<Self> {
                match from.as_str()? {
                    $($name => Some(Self::$variant),)*
                    _ => names!(@ $($other)?),
                }
            }
        })*
    };
    (@) => { None };
    (@ $other:ident) => { Some(Self::$other) };
}
names! {
    DesiredState { "active" = Active, "inactive" = Inactive, "deleted" = Deleted };
    Phase {
        "inactive" = Inactive, "activating" = Activating, "active" = Active, "deactivating" = Deactivating,
        "failed" = Failed, "deleting" = Deleting
    };
    RuntimeKind { "kubernetes" = Kubernetes, "local" = Local };
    EndpointVia { "ingress" = Ingress, "loadBalancer" = LoadBalancer, "cluster" = Cluster, "local" = Local };
    ActivityState {
        "asleep" = Asleep, "starting" = Starting, "ready" = Ready, "working" = Working, "waiting" = Waiting
    };
    AwakeReason {
        "turn" = Turn, "queue" = Queue, "permission" = Permission, "recent_activity" = RecentActivity,
        "never_sleeps" = NeverSleeps
    };
    Mode { "auto" = Auto, "approve" = Approve, "smart_approve" = SmartApprove, "chat" = Chat };
    StoreKind { "embedded" = Embedded, "mongodb" = Mongodb };
    Role { "user" = User, "assistant" = Assistant };
    MessageState {
        "queued" = Queued, "streaming" = Streaming, "complete" = Complete, "cancelled" = Cancelled,
        "interrupted" = Interrupted, "failed" = Failed
    };
    TurnState { "queued" = Queued, "running" = Running, "ended" = Ended };
    StopReason {
        "end_turn" = EndTurn, "max_tokens" = MaxTokens, "max_turn_requests" = MaxTurnRequests, "refusal" = Refusal,
        "cancelled" = Cancelled, "permission_timeout" = PermissionTimeout, "interrupted" = Interrupted,
        "failed" = Failed
    };
    ToolKind {
        "read" = Read, "edit" = Edit, "delete" = Delete, "move" = Move, "search" = Search, "execute" = Execute,
        "think" = Think, "fetch" = Fetch, "switch_mode" = SwitchMode
    } else Other;
    ToolStatus {
        "pending" = Pending, "running" = Running, "completed" = Completed, "failed" = Failed, "rejected" = Rejected
    };
    OptionKind {
        "allow_once" = AllowOnce, "allow_always" = AllowAlways, "reject_once" = RejectOnce,
        "reject_always" = RejectAlways
    } else Other;
    PermissionState { "pending" = Pending, "answered" = Answered, "expired" = Expired, "cancelled" = Cancelled };
    Step {
        "namespace" = Namespace, "manifests" = Manifests, "scale" = Scale, "schedule" = Schedule, "volume" = Volume,
        "image" = Image, "container" = Container, "workspace" = Workspace, "process" = Process, "relay" = Relay,
        "agent" = Agent, "endpoint" = Endpoint
    };
    StepState { "started" = Started, "done" = Done, "failed" = Failed };
    Severity { "normal" = Normal, "warning" = Warning };
    FindingState { "good" = Good, "note" = Note, "bad" = Bad };
    OutputStream { "stdout" = Stdout, "stderr" = Stderr };
}

impl Read for Code {
    fn read(from: Value) -> Option<Self> {
        let text = from.as_str()?;
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}
