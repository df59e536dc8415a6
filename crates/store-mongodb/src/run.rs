//! How the driver is used: every call in a task of its own, since a driver's future that is dropped half-way may
//! leave it confused, and since a write must go on when its caller has gone.

use crate::address::MongoAddress;
use crate::error::told;
use futures_util::TryStreamExt as _;
use gaggle_core::port::StoreError;
use mongodb::Cursor;
use mongodb::bson::Document;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The longest that anybody waits for an answer.
const PATIENCE: Duration = Duration::from_millis(4500);

/// So many calls are under way at once; the driver's connections bound them further.
const PLACES: usize = 256;

/// A call that takes longer hangs on a dead connection. It goes on, but no longer takes a place.
const HANGS: Duration = Duration::from_secs(60);

/// Runs calls.
#[derive(Debug)]
pub(crate) struct Runner {
    address: MongoAddress,
    places: Arc<Semaphore>,
}

impl Runner {
    pub(crate) fn new(address: MongoAddress) -> Self {
        Self { address, places: Arc::new(Semaphore::new(PLACES)) }
    }

    /// Runs this in a task of its own and waits for it, but not for long.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let places = self.places.clone();
        let task = tokio::spawn(async move {
            // One that its caller no longer waits for is not begun: what waits is bounded by what is asked meanwhile.
            let Ok(Ok(place)) = timeout(PATIENCE, places.acquire_owned()).await else {
                return Err(StoreError::Unavailable("too much waits for it".into()));
            };
            let mut work = std::pin::pin!(work);
            if let Ok(done) = timeout(HANGS, work.as_mut()).await {
                return done;
            }
            drop(place);
            work.await
        });
        let done = match timeout(PATIENCE, task).await {
            Ok(Ok(done)) => done,
            Ok(Err(error)) => Err(StoreError::Unavailable(format!("a call ended: {error}"))),
            Err(_) => Err(StoreError::Unavailable("no answer in time".into())),
        };
        done.map_err(|error| self.named(error))
    }

    /// The same error with the address, and without the secrets of the connection string.
    fn named(&self, error: StoreError) -> StoreError {
        let at = |why: &str| format!("MongoDB at {}: {}", self.address, self.address.mask(why));
        match error {
            StoreError::Unavailable(why) => StoreError::Unavailable(at(&why)),
            StoreError::Full(why) => StoreError::Full(at(&why)),
            StoreError::Corrupt(why) => StoreError::Corrupt(at(&why)),
            other => other,
        }
    }
}

/// All documents of a cursor.
pub(crate) async fn collect(cursor: Cursor<Document>) -> Result<Vec<Document>, StoreError> {
    cursor.try_collect().await.map_err(|error| told(&error))
}
