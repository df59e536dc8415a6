//! The HTTP API, the page and the command line of Gaggle: the only crate that knows axum.
//!
//! `config` reads what the server is told, `wire` puts the parts together, `http` answers, `acp` talks with other
//! clients, `server` owns the sockets, and `cli` is what people type.

pub mod acp;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod http;
pub mod server;
pub mod transfer;
pub mod wire;
