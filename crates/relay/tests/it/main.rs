//! The relay as a process, with the real Goose behind it, its demo model as the model, and a small server
//! that speaks the protocol in front of it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod acp;
mod agent;
mod container;
mod crowd;
mod demo;
mod find;
mod kit;
mod life;
mod link;
mod model;
mod pod;
mod probe;
mod spool;
mod turn;
