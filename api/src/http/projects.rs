//! A user's projects and their lifecycle.

pub mod activate;
pub mod create;
pub mod deactivate;
pub mod delete;
pub mod get;
pub mod list;
pub mod update;
