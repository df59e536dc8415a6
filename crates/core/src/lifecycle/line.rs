//! The line of sleeping projects that wait for their objects. A thousand made in a second must not become a thousand
//! connections, nor stay in memory until their turn comes: they wait in the store, which knows them as unsettled.

use super::after;
use crate::{cell::Cell, engine::Engine, error::Error};
use gaggle_shared::{Code, ProjectId, Time};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, Semaphore};

/// Placements at once.
const PLACES: usize = 8;

/// How many are looked up in one reading of the store.
const PAGE: usize = 256;

/// When to look again after the store could not be read.
const AGAIN: Duration = Duration::from_secs(1);

/// When to try again one that cannot be loaded, though the store can be read.
const LATER: Duration = Duration::from_secs(60);

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
    /// Whether some are being placed.
    pub(crate) fn moves(&self) -> bool {
        self.places.available_permits() < PLACES
    }

    /// One for each that is being placed.
    pub(crate) fn places(&self) -> Arc<Semaphore> {
        self.places.clone()
    }
}

/// Lets go of a project that has no place yet, or could not be placed, unless somebody uses it; it is called up in its turn.
pub(super) fn leave(cell: &Arc<Cell>, held: usize) -> bool {
    let left = cell.engine.unload(cell, held);
    if left {
        cell.engine.line.left.notify_one();
    }
    left
}

/// Takes up those that wait, as places become free, until the server ends.
pub(super) async fn call(engine: Arc<Engine>) {
    let clock = &engine.parts.clock;
    let mut again = None;
    loop {
        let due = async {
            match again {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = engine.stopping() => return,
            () = engine.line.left.notified() => {}
            () = due => {}
        }
        again = tokio::select! {
            () = engine.stopping() => return,
            called = all(&engine) => called.unwrap_or_else(|error| {
                tracing::warn!(%error, "who waits for its objects cannot be looked up; trying again");
                Some(after(clock.now(), AGAIN))
            }),
        };
    }
}

/// All that wait now, oldest first. Who has to leave once more, or has come since, is there the next time. When to look
/// again, if nobody leaves before.
async fn all(engine: &Arc<Engine>) -> Result<Option<Time>, Error> {
    let (mut from, mut again) = (None::<ProjectId>, None::<Time>);
    loop {
        let ids = engine.parts.store.unsettled(from.as_ref(), PAGE).await?;
        let Some(last) = ids.last() else { return Ok(again) };
        from = Some(last.clone());
        for id in ids.iter().filter(|id| engine.peek(id).is_none()) {
            let at = one(engine, id).await.unwrap_or_else(|error| {
                tracing::warn!(project.id = %id, %error, "it waits for its objects and cannot be loaded; trying again");
                Some(after(engine.parts.clock.now(), LATER))
            });
            // Whoever comes after one that cannot be read shall not wait for it.
            again = again.into_iter().chain(at).min();
        }
    }
}

/// Takes one up, if it waits; else when it will.
async fn one(engine: &Arc<Engine>, id: &ProjectId) -> Result<Option<Time>, Error> {
    match wait(engine, id).await? {
        Wait::Not => return Ok(None),
        Wait::Until(at) => return Ok(Some(at)),
        Wait::Now => {}
    }
    if engine.line.places().try_acquire_owned().is_err() {
        // An error would mean that the line is closed: it never is.
        drop(engine.line.places().acquire_owned().await);
        // That may have taken long. Another server may have it by now, and its agents would be taken away from it.
        if !matches!(wait(engine, id).await?, Wait::Now) {
            return Ok(None);
        }
    }
    match engine.load(id).await {
        Ok(_) => Ok(None),
        Err(error) if error.code == Code::ProjectNotFound => Ok(None),
        Err(error) => Err(error),
    }
}

enum Wait {
    /// It has its objects, or is gone, or is another server's.
    Not,
    /// It may be taken up.
    Now,
    /// They could not be made: not before this.
    Until(Time),
}

async fn wait(engine: &Arc<Engine>, id: &ProjectId) -> Result<Wait, Error> {
    let record = engine.parts.store.load(id).await?;
    let ours = record.filter(|record| record.lease.owner == engine.owner);
    let Some(unplaced) = ours.and_then(|record| record.unplaced) else { return Ok(Wait::Not) };
    let later = unplaced.retry_at.filter(|at| *at > engine.parts.clock.now());
    Ok(later.map_or(Wait::Now, Wait::Until))
}
