//! A server of a test's own that runs agents on the test cluster, and the eyes to see what is there.

#[path = "../../../crates/runtime-kubernetes/tests/common/account.rs"]
mod account;
mod cluster;
#[path = "../goose_stack/harness/http.rs"]
mod http;
mod inside;
mod installation;
#[path = "../../../crates/runtime-kubernetes/tests/common/kubeconfig.rs"]
mod kubeconfig;
mod project;
#[expect(dead_code, reason = "the tests without a cluster ask it more")]
#[path = "../goose_stack/harness/reader.rs"]
mod reader;
#[path = "../goose_stack/harness/server.rs"]
mod server;
mod world;

pub(crate) use cluster::{Cluster, env};
pub(crate) use http::{Api, Reply};
pub(crate) use installation::Installation;
pub(crate) use kubeconfig::kubeconfig;
pub(crate) use project::Project;
pub(crate) use reader::Reader;
pub(crate) use server::Server;
pub(crate) use world::World;

use std::time::Duration;

/// Longer than anything here takes: a test that waits so long has failed.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer: what a cluster does by itself is announced to nobody here.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let found = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(LONG, found).await.unwrap_or_else(|_| panic!("this does not come: {what}"))
}
