//! What can be asked of Gaggle: one method per call of the contract, with nothing of HTTP in it.

mod access;
mod approvals;
mod chat;
mod events;
mod files;
mod info;
mod lately;
mod lifecycle;
mod orphans;
mod owner;
mod permissions;
mod projects;
#[cfg(test)]
pub(crate) use projects::blank_session;
mod sessions;
pub(crate) use sessions::session_view;
mod transcript;
mod types;
mod usage;

pub use access::{Action, authorize};
pub use types::{
    Call, Config, EventFilter, JournalItems, Key, Line, LineStream, MessageQuery, OrphanCount, OrphanPolicy,
    Outcome, Parts, ProjectsQuery, Reach, UserEvent, UserStream, Wait,
};

use crate::engine::Engine;
use std::sync::Arc;

/// One Gaggle. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Gaggle {
    engine: Arc<Engine>,
}
