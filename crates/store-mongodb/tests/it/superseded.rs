//! Servers that take a project over from each other, on a real server.

use crate::conformance::SERVER;
use crate::place::{database, shared};
use futures_util::future::join_all;
use gaggle_store_mongodb::{MongoAddress, MongoStore};
use gaggle_testkit::store::superseded;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_batch_is_seen_by_nobody() {
    let (uri, name) = (shared(&SERVER, &[]).await.uri(), database());
    let address = MongoAddress::parse(&uri, Some(&name)).unwrap();
    let clients = join_all([&address; 4].map(async |address| MongoStore::open(address).await.unwrap())).await;
    superseded::a_late_batch_is_seen_by_nobody(clients.try_into().unwrap()).await;
    mongodb::Client::with_uri_str(&uri).await.unwrap().database(&name).drop().await.unwrap();
}
