//! The server itself: who calls, what it is, how it does, and its own description.

pub(super) mod docs;
pub(super) mod health;
pub(super) mod info;
pub(super) mod me;
pub(super) mod metrics;
pub(super) mod openapi;
pub(super) mod orphans;
pub(super) mod ready;
pub(super) mod status;
pub(super) mod usage;
pub(super) mod users;
