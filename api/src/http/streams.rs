//! What goes on: journals, logs, and what is applied for a project.

pub mod events;
pub mod logs;
pub mod manifests;
pub mod user_events;
