//! The suite again on a standalone server: no retries by the driver, no transactions.

use crate::place::{Place, shared};
use gaggle_testkit::mongo::MongoServer;
use tokio::sync::OnceCell;

static SERVER: OnceCell<MongoServer> = OnceCell::const_new();

async fn place() -> Place {
    Place::at(shared(&SERVER, &["--standalone"]).await).await
}

gaggle_testkit::store_conformance!(place);
