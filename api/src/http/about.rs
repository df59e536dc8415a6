//! The server itself: who calls, what it is, how it does, and its own description.

pub mod docs;
pub mod health;
pub mod info;
pub mod me;
pub mod metrics;
pub mod openapi;
pub mod ready;
pub mod users;
