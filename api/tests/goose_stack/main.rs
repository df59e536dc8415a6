//! The whole of it at once: the real binary, real relays, the real Goose, and a model that does as it is told; and
//! then what can go wrong with each of them.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod acp;
mod approvals;
mod attached;
mod away;
#[path = "../common/chat.rs"]
mod chat;
#[path = "../common/acp.rs"]
mod client;
mod commands;
mod deaths;
mod disk;
mod endings;
mod faults;
mod harness;
mod kills;
mod lifecycle;
mod model;
mod secrets;
mod sessions;
mod sleep;
mod streaming;
mod turns;
