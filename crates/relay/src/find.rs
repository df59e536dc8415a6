//! Looks into the workspace for the server. Nothing waits for it.

use crate::core::Core;
use gaggle_files::{PATIENCE, find};
use gaggle_relay_protocol::{Find, Found, FromRelay, MOST_PATHS};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// One look at a time, over all links: a disk that hangs holds one thread.
#[derive(Debug)]
pub(crate) struct Finder {
    workspace: Arc<Path>,
    turn: Arc<Semaphore>,
    patience: Duration,
}

impl Finder {
    /// Looks into this folder, which need not be there yet.
    pub(crate) fn new(workspace: &Path) -> Self {
        Self { workspace: workspace.into(), turn: Arc::new(Semaphore::new(1)), patience: PATIENCE }
    }

    /// Looks, and tells the server. Dropped, it tells nothing and ends soon.
    pub(crate) fn look(&self, core: Arc<Core>, asked: Find) -> impl Future<Output = ()> + use<> {
        let (workspace, turn, patience) = (self.workspace.clone(), self.turn.clone(), self.patience);
        async move {
            let Ok(turn) = turn.acquire_owned().await else { return };
            let Find { question, wanted, limit } = asked;
            let waits = Arc::new(());
            let (begun, waiter) = (Instant::now(), Arc::downgrade(&waits));
            let look = move || {
                let in_time = || waiter.strong_count() > 0 && begun.elapsed() < patience;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{noted::Noted, spool::Spool};
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_look_that_nobody_waits_for_any_more_ends() {
        let dir = tempfile::tempdir().unwrap();
        let work = dir.path().join("work");
        std::fs::create_dir(&work).unwrap();
        // Each of them is compared for a long time with each rule: together it would take minutes.
        std::fs::write(work.join(".gitignore"), "*a*a*a*a*a*a*b\n".repeat(4000)).unwrap();
        for file in 0..500 {
            std::fs::write(work.join(format!("{file}{}", "a".repeat(200))), "").unwrap();
        }
        let spool = Spool::create(&dir.path().join("spool"), 1024 * 1024).unwrap();
        let core = Arc::new(Core::new(spool, Noted::open(dir.path()).unwrap(), || 7));
        let finder = Finder { patience: Duration::MAX, ..Finder::new(&work) };
        let look = tokio::spawn(finder.look(core, Find { question: 1, wanted: "a".into(), limit: 9 }));
        while finder.turn.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        look.abort();
        let next = timeout(Duration::from_secs(20), finder.turn.acquire()).await;
        assert!(next.is_ok(), "the next look waits for ever");
    }
}
