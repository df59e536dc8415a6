//! Approvals that agents ask for.

pub mod answer;
pub mod of_project;
pub mod of_user;
mod which;
