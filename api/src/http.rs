//! The HTTP API: a router over [`gaggle_core::service::Gaggle`], one file per endpoint.

mod about;
mod chat;
pub mod extract;
mod gate;
pub mod guard;
pub mod metrics;
pub mod openapi;
pub mod page;
mod permissions;
pub mod problem;
mod projects;
pub mod respond;
mod router;
mod sessions;
mod sse;
mod state;
mod streams;

pub use gate::Gate;
pub use router::{description, router};
pub use state::{App, Limits};
