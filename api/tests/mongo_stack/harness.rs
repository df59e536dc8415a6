//! The harness of `goose_stack`, as it is.

#[path = "../goose_stack/harness/http.rs"]
mod http;
#[path = "../goose_stack/harness/processes.rs"]
mod processes;
#[path = "../goose_stack/harness/project.rs"]
mod project;
#[path = "../goose_stack/harness/reader.rs"]
mod reader;
#[path = "../goose_stack/harness/server.rs"]
mod server;
#[path = "../goose_stack/harness/world.rs"]
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
