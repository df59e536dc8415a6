//! An empty database for each test, of a server that all tests of the program share.

use async_trait::async_trait;
use gaggle_core::port::Store;
use gaggle_store_mongodb::{MongoAddress, MongoStore};
use gaggle_testkit::mongo::{MongoProxy, MongoServer};
use gaggle_testkit::store::conformance::Subject;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

static NEXT: AtomicU32 = AtomicU32::new(1);

/// An empty database's name.
pub(crate) fn database() -> String {
    format!("gaggle_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// One server for all tests that want these flags. It lives on the test program's, not on a test's runtime.
pub(crate) async fn shared(cell: &'static OnceCell<MongoServer>, flags: &[&str]) -> &'static MongoServer {
    cell.get_or_init(async || MongoServer::start_for_all(flags).await.unwrap_or_else(|why| panic!("{why}")))
        .await
}

pub(crate) async fn open(uri: &str, database: &str) -> Arc<MongoStore> {
    let address = MongoAddress::parse(uri, Some(database)).unwrap();
    Arc::new(MongoStore::open(&address).await.unwrap())
}

/// A store in a database of its own; behind a proxy where that is possible.
pub(crate) struct Place {
    uri: String,
    /// The server itself, where there is a proxy that may be cut.
    server: String,
    database: String,
    proxy: Option<MongoProxy>,
    store: Option<Arc<MongoStore>>,
}

impl Place {
    /// On a server of the tests.
    pub(crate) async fn at(server: &MongoServer) -> Self {
        let proxy = MongoProxy::start(server.address()).await.unwrap();
        Self::new(proxy.uri(), server.uri(), Some(proxy)).await
    }

    /// On somebody's own.
    pub(crate) async fn named(uri: String) -> Self {
        Self::new(uri.clone(), uri, None).await
    }

    async fn new(uri: String, server: String, proxy: Option<MongoProxy>) -> Self {
        let database = database();
        let store = Some(open(&uri, &database).await);
        Self { uri, server, database, proxy, store }
    }
}

impl Drop for Place {
    /// Nothing is left on somebody's own server; and ours would slow down with every database that stays.
    fn drop(&mut self) {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let client = mongodb::Client::with_uri_str(&self.server).await.unwrap();
                client.database(&self.database).drop().await.unwrap();
            });
        });
    }
}

#[async_trait]
impl Subject for Place {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone().unwrap()
    }

    async fn reopen(&mut self) {
        drop(self.store.take());
        if let Some(proxy) = &self.proxy {
            proxy.revive();
        }
        self.store = Some(open(&self.uri, &self.database).await);
    }

    fn cut_after(&self, writes: usize) -> bool {
        self.proxy.as_ref().is_some_and(|proxy| {
            proxy.cut_after(writes);
            true
        })
    }
}
