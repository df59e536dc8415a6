//! The HTTP API through its router, over a core whose store, runtime and agents are in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod acp;
mod attached;
mod bad_input;
mod chat;
#[path = "../common/acp.rs"]
mod client;
mod door;
mod limits;
mod openapi;
mod own_port;
mod page;
mod projects;
mod routes;
mod streams;
mod world;
