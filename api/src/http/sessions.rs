//! Conversations of a project.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod update;
