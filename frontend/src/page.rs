//! The pages.

mod activity;
mod approvals;
mod chat;
#[cfg(debug_assertions)]
mod design;
mod fleet;
mod logs;
mod missing;
mod project;
mod resources;
mod settings;
mod status;
mod turns;
mod usage;

pub(crate) use approvals::{Approvals, project_link};
#[cfg(debug_assertions)]
pub(crate) use design::design;
pub(crate) use fleet::Fleet;
pub(crate) use missing::Missing;
pub(crate) use project::Project;
pub(crate) use status::status;
pub(crate) use usage::usage;
