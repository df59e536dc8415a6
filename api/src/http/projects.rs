//! A user's projects and their lifecycle.

pub(super) mod activate;
pub(super) mod create;
pub(super) mod deactivate;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;
