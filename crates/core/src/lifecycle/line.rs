//! The line of sleeping projects that wait for their objects. A thousand made in a second must not become a thousand
//! connections, nor stay in memory until their turn comes: they wait in the store, which knows them as unsettled.

use super::after;
use crate::{cell::Cell, engine::Engine, error::Error};
use gaggle_shared::{Code, ProjectId};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, Semaphore};

/// Placements at once.
const PLACES: usize = 8;

/// How many are looked up in one reading of the store.
const PAGE: usize = 256;

/// When to look again after the store could not be read.
const AGAIN: Duration = Duration::from_secs(1);

/// Who is being placed, and whether anybody waits for it.
#[derive(Debug)]
pub(crate) struct Line {
    places: Arc<Semaphore>,
    left: Notify,
}

impl Default for Line {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(PLACES)), left: Notify::new() }
    }
}

impl Line {
    /// One for each that is being placed.
    pub(crate) fn places(&self) -> Arc<Semaphore> {
        self.places.clone()
    }
}

/// Lets go of a project that has no place yet, unless somebody uses it; it is called up in its turn.
pub(super) fn leave(cell: &Arc<Cell>, held: usize) -> bool {
    let left = cell.engine.unload(cell, held);
    if left {
        cell.engine.line.left.notify_one();
    }
    left
}

/// Takes up those that wait, as places become free, until the server ends.
pub(super) async fn call(engine: Arc<Engine>) {
    loop {
        tokio::select! {
            () = engine.stopping() => return,
            () = engine.line.left.notified() => {}
        }
        tokio::select! {
            () = engine.stopping() => return,
            called = all(&engine) => {
                if let Err(error) = called {
                    tracing::warn!(%error, "who waits for its objects cannot be looked up; trying again");
                    engine.line.left.notify_one();
                    engine.parts.clock.sleep_until(after(engine.parts.clock.now(), AGAIN)).await;
                }
            }
        }
    }
}

/// All that wait now, oldest first. Who has to leave once more, or has come since, is there the next time.
async fn all(engine: &Arc<Engine>) -> Result<(), Error> {
    let mut from: Option<ProjectId> = None;
    loop {
        let ids = engine.parts.store.unsettled(from.as_ref(), PAGE).await?;
        let Some(last) = ids.last() else { return Ok(()) };
        from = Some(last.clone());
        for id in ids.iter().filter(|id| engine.peek(id).is_none()) {
            // Another server's is not ours to take up.
            let Some(record) = engine.parts.store.load(id).await? else { continue };
            if record.lease.owner != engine.owner || record.unplaced.is_none() {
                continue;
            }
            // An error would mean that the line is closed: it never is.
            drop(engine.line.places().acquire_owned().await);
            match engine.load(id).await {
                Ok(_) => {}
                Err(error) if error.code == Code::ProjectNotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
}
