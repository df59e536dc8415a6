use super::{
    MOST,
    kept::Kept,
    lines::{Line, Window},
    pod::{self, Wanted},
};
use crate::{
    client::{Connection, DEADLINE},
    watch::{Closing, Hub},
};
use gaggle_shared::ProjectId;
use std::{
    collections::{HashMap, hash_map::Entry},
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long the log of a pod on its way out is followed at most.
const LONGEST: Duration = Duration::from_secs(60);

/// What is being kept, by its pod, whether it is a predecessor's, and the pod's restarts.
type Busy = HashMap<Key, Under>;
type Key = (Box<str>, bool, i32);

/// Whose it is, and how it is ended.
#[derive(Debug)]
struct Under {
    project: ProjectId,
    stop: CancellationToken,
}

/// Whatever came of it, it is not being kept any more.
struct Done {
    keeper: Keeper,
    key: Key,
}

impl Drop for Done {
    fn drop(&mut self) {
        self.keeper.busy().remove(&self.key);
        self.keeper.finished.send_modify(|count| *count += 1);
    }
}

/// Keeps what containers wrote before it goes with them.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    connection: Connection,
    kept: Kept,
    busy: Arc<Mutex<Busy>>,
    /// Counts what was finished.
    finished: Arc<watch::Sender<u64>>,
}

impl Keeper {
    /// Keeps it in this folder.
    pub(crate) fn new(connection: Connection, dir: PathBuf) -> Self {
        Self { connection, kept: Kept::new(dir), busy: Arc::default(), finished: Arc::default() }
    }

    /// Keeps all that the watches see to be about to go, until it is dropped.
    pub(crate) async fn run(self, hub: Arc<Hub>) {
        let mut closings = hub.closings();
        drop(hub);
        loop {
            match closings.recv().await {
                Ok(closing) => self.keep(closing),
                Err(tokio::sync::broadcast::error::RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "so many pods went at once that some logs were not kept");
                }
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Begins to keep a container's log, unless that is under way.
    pub(crate) fn keep(&self, closing: Closing) {
        let key = (closing.uid.clone(), closing.previous, closing.restarts);
        let stop = CancellationToken::new();
        match self.busy().entry(key.clone()) {
            Entry::Occupied(_) => return,
            Entry::Vacant(free) => {
                free.insert(Under { project: closing.project.clone(), stop: stop.clone() })
            }
        };
        let done = Done { keeper: self.clone(), key };
        tokio::spawn(async move {
            let gathered = stop.run_until_cancelled(done.keeper.gather(&closing)).await.flatten();
            // What was begun to be stored is waited for by whoever forgets the project.
            if let Some(lines) = gathered.filter(|_| !stop.is_cancelled()) {
                done.keeper.store(&closing.project, lines).await;
            }
        });
    }

    /// Waits until nothing of these pods is being kept any more, or for so long.
    pub(crate) async fn settled(&self, uids: &[Box<str>], limit: Duration) {
        let mut finished = self.finished.subscribe();
        let idle = async {
            while self.busy().keys().any(|(uid, ..)| uids.contains(uid)) {
                if finished.changed().await.is_err() {
                    return;
                }
            }
        };
        // What takes longer is kept a little later.
        let _ = timeout(limit, idle).await;
    }

    /// What was kept of a project, oldest first.
    pub(crate) async fn read(&self, project: &ProjectId) -> Vec<Line> {
        let (kept, project) = (self.kept.clone(), project.clone());
        tokio::task::spawn_blocking(move || kept.read(&project)).await.unwrap_or_default()
    }

    /// Nothing of a project is kept any more, nor will what is being read of it be.
    pub(crate) async fn forget(&self, project: &ProjectId) -> io::Result<()> {
        let mut finished = self.finished.subscribe();
        while self.cancel(project) && finished.changed().await.is_ok() {}
        let (kept, project) = (self.kept.clone(), project.clone());
        tokio::task::spawn_blocking(move || kept.remove(&project)).await.map_err(io::Error::other)?
    }

    /// Ends what is being kept of a project; true: there is some.
    fn cancel(&self, project: &ProjectId) -> bool {
        let busy = self.busy();
        let of_it = busy.values().filter(|under| under.project == *project);
        of_it.map(|under| under.stop.cancel()).count() > 0
    }

    /// What there is to keep, if there is any.
    async fn gather(&self, closing: &Closing) -> Option<Vec<Line>> {
        let wanted = Wanted {
            previous: closing.previous,
            // A pod on its way out may have last words.
            follow: !closing.previous,
            tail: Some(MOST),
            after: "",
        };
        let client = timeout(DEADLINE, self.connection.client()).await.ok()?.ok()?;
        match pod::read(client, &closing.pod, wanted).await {
            Ok(lines) => Some(Window::read(lines, LONGEST).await),
            Err(error) => {
                // Its container never ran, or the node does not answer.
                tracing::debug!(project.id = %closing.project, %error, "there is no log to keep");
                None
            }
        }
    }

    async fn store(&self, project: &ProjectId, lines: Vec<Line>) {
        let (kept, of) = (self.kept.clone(), project.clone());
        let stored = tokio::task::spawn_blocking(move || kept.add(&of, lines)).await;
        if let Err(error) = stored.map_err(io::Error::other).and_then(|done| done) {
            tracing::warn!(project.id = %project, %error, "a log could not be kept");
        }
    }

    fn busy(&self) -> MutexGuard<'_, Busy> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
