//! The suite that every store passes: on `TEST_MONGODB_URI` if it is set, else on a replica set of one node.

use crate::place::{Place, shared};
use gaggle_testkit::mongo::MongoServer;
use tokio::sync::OnceCell;

pub(crate) static SERVER: OnceCell<MongoServer> = OnceCell::const_new();

async fn place() -> Place {
    match std::env::var("TEST_MONGODB_URI") {
        Ok(uri) if !uri.is_empty() => Place::named(uri).await,
        _ => Place::at(shared(&SERVER, &[]).await).await,
    }
}

gaggle_testkit::store_conformance!(place);
