//! The border: what the core needs of the world, as small object-safe traits.

mod agent;
mod clock;
mod model;
mod runtime;
mod store;

pub use agent::{
    Admission, AgentAnswer, AgentCommand, AgentError, AgentEvent, AgentFrame, AgentGateway, AgentUpdate,
    Asked, Inbound, Link, LookError, PermissionChoice, Refusal, ToolPatch,
};
pub use clock::{Clock, Entropy};
pub use model::{ModelAccess, ModelError, ModelGrant};
pub use runtime::{
    Cause, Change, Cleared, LogLines, News, Placement, Progress, Reach, Runtime, RuntimeError, Workload,
    WorkloadSpec,
};
pub use store::{Batch, JournalPage, LinkCursor, ProjectQuery, Sealed, Store, StoreError, TurnQuery};
