//! A server of a test's own, a client for it, and a reader of its events.

mod http;
mod processes;
mod project;
mod reader;
mod server;
mod world;

pub(crate) use http::{Api, Reply};
pub(crate) use processes::{Marked, marked, until_none};
pub(crate) use project::Project;
pub(crate) use reader::{Reader, text_of};
pub(crate) use server::Server;
pub(crate) use world::{KEY, World};

use std::time::Duration;

/// Longer than anything here takes: a test that waits so long has failed.
pub(crate) const LONG: Duration = Duration::from_secs(60);
