//! Approvals that agents ask for.

pub(super) mod answer;
pub(super) mod of_project;
pub(super) mod of_user;
mod which;
