//! Looks into the workspace for the server. Nothing waits for it.

use crate::core::Core;
use gaggle_files::{PATIENCE, find};
use gaggle_relay_protocol::{Find, Found, FromRelay, MOST_PATHS};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// One look at a time, over all links: a disk that hangs holds one thread.
#[derive(Debug)]
pub(crate) struct Finder {
    workspace: Arc<Path>,
    turn: Arc<Semaphore>,
}

impl Finder {
    /// Looks into this folder, which need not be there yet.
    pub(crate) fn new(workspace: &Path) -> Self {
        Self { workspace: workspace.into(), turn: Arc::new(Semaphore::new(1)) }
    }

    /// Looks, and tells the server. Dropped, it tells nothing and ends soon.
    pub(crate) fn look(&self, core: Arc<Core>, asked: Find) -> impl Future<Output = ()> + use<> {
        let (workspace, turn) = (self.workspace.clone(), self.turn.clone());
        async move {
            let Ok(turn) = turn.acquire_owned().await else { return };
            let Find { question, wanted, limit } = asked;
            let waits = Arc::new(());
            let (begun, waiter) = (Instant::now(), Arc::downgrade(&waits));
            let look = move || {
                let in_time = || waiter.strong_count() > 0 && begun.elapsed() < PATIENCE;
                let paths = find(&workspace, &wanted, limit.min(MOST_PATHS), in_time);
                drop(turn);
                paths
            };
            if let Ok(paths) = spawn_blocking(look).await {
                core.reply(FromRelay::Found(Found { question, paths }));
            }
            drop(waits);
        }
    }
}
