//! Wire types of Gaggle's REST API and event streams.
//!
//! Everything here is plain data that serialises to the JSON the contract promises: camelCase names,
//! RFC 3339 times in UTC, opaque ids. The crate builds for wasm and knows no runtime, clock or network.

mod attachment;
mod error;
mod event;
mod failure;
mod id;
mod info;
mod list;
mod message;
mod name;
mod offer;
mod orphan;
mod permission;
mod problem;
mod project;
pub mod read;
mod request;
mod session;
mod settings;
mod span;
mod status;
#[cfg(any(test, target_arch = "wasm32"))]
mod time;
mod tool;
pub mod transcript;
mod turn;
mod usage;
mod user;

pub use attachment::{
    ATTACHMENTS, ATTACHMENTS_BYTES, Accepts, Attachment, AttachmentInfo, IMAGES, WorkspaceFile,
};
pub use error::ParseError;
pub use event::{Event, EventBody, OutputStream, Severity, Step, StepState};
pub use failure::Failure;
pub use id::{InstanceId, MessageId, PermissionId, ProjectId, SessionId, TurnId};
pub use info::{Approvals, Caller, Defaults, Info, Isolation, StoreKind};
pub use list::List;
pub use message::{Message, MessageState, Part, Role};
pub use name::{ProjectName, in_sight};
pub use offer::{Choice, SessionOptions, SlashCommand};
pub use orphan::{Orphan, OrphanObject, OrphanReason};
pub use permission::{OptionKind, Permission, PermissionOption, PermissionState};
pub use problem::{Code, Problem};
pub use project::{
    Activity, ActivityState, AwakeReason, DesiredState, Endpoint, EndpointVia, Phase, Project, Receipt,
    Removed, Resources, RuntimeKind, Start, StepNow,
};
pub use request::{
    AnswerPermission, CancelTurn, CreateProject, CreateSession, EditTurn, SendMessage, SteerTurn,
    UpdateProject, UpdateSession,
};
pub use session::Session;
pub use settings::{Mode, Settings, SettingsPatch};
pub use span::Span;
pub use status::{Finding, FindingState, Status};
pub use tool::{Diff, ToolCall, ToolKind, ToolStatus};
pub use turn::{StopReason, Turn, TurnState};
pub use usage::{Cost, Usage, UsageReport, UsageRow};
pub use user::{User, UserId};

#[cfg(target_arch = "wasm32")]
pub use time::Time;

/// An instant, RFC 3339 in UTC on the wire.
#[cfg(not(target_arch = "wasm32"))]
pub type Time = jiff::Timestamp;

/// A number in a project's journal; rises strictly, gaps are normal, none is used twice.
pub type Seq = u64;
