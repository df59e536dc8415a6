use async_trait::async_trait;
use gaggle_core::port::Store;
use gaggle_store_embedded::EmbeddedStore;
use gaggle_testkit::store::conformance::Subject;
use std::sync::Arc;
use tempfile::TempDir;

struct Place {
    dir: TempDir,
    store: Option<Arc<EmbeddedStore>>,
}

#[async_trait]
impl Subject for Place {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone().unwrap()
    }

    async fn reopen(&mut self) {
        drop(self.store.take());
        self.store = Some(Arc::new(EmbeddedStore::open(self.dir.path()).unwrap()));
    }

    fn cut_after(&self, _: usize) -> bool {
        // Every operation is one redb transaction.
        false
    }
}

async fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let store = Some(Arc::new(EmbeddedStore::open(dir.path()).unwrap()));
    Place { dir, store }
}

gaggle_testkit::store_conformance!(place);
