//! What goes on: journals, logs, and what is applied for a project.

pub(super) mod events;
pub(super) mod files;
pub(super) mod logs;
pub(super) mod manifests;
pub(super) mod user_events;
