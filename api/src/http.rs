//! The HTTP API: a router over [`gaggle_core::service::Gaggle`], one file per endpoint.

pub mod about;
pub mod chat;
pub mod extract;
pub mod guard;
pub mod metrics;
pub mod openapi;
pub mod page;
pub mod permissions;
pub mod problem;
pub mod projects;
pub mod respond;
mod router;
pub mod sessions;
mod sse;
mod state;
pub mod streams;

pub use router::{description, router};
pub use state::{App, Limits};
