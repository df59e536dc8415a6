//! The pages.

mod activity;
mod approvals;
mod chat;
mod fleet;
mod logs;
mod missing;
mod project;
mod resources;
mod settings;
mod status;
mod usage;

pub(crate) use approvals::Approvals;
pub(crate) use fleet::Fleet;
pub(crate) use missing::Missing;
pub(crate) use project::Project;
pub(crate) use status::status;
pub(crate) use usage::usage;
