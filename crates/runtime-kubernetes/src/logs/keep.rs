use super::{
    KEPT, MOST,
    kept::Kept,
    lines::Line,
    pod::{self, Wanted},
};
use crate::{
    client::Connection,
    watch::{Closing, Hub},
};
use futures_util::StreamExt as _;
use gaggle_shared::ProjectId;
use std::{
    collections::{HashSet, VecDeque},
    io,
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, time::timeout};

/// How long the log of a pod on its way out is followed at most.
const LONGEST: Duration = Duration::from_secs(120);

/// What is being kept, by pod and predecessor.
type Busy = HashSet<(Box<str>, bool)>;

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
        let key = (closing.uid.clone(), closing.previous);
        if !self.busy().insert(key.clone()) {
            return;
        }
        let keeper = self.clone();
        tokio::spawn(async move {
            if timeout(LONGEST, keeper.carry(&closing)).await.is_err() {
                tracing::debug!(project.id = %closing.project, pod = %closing.pod.name, "a log did not end");
            }
            keeper.busy().remove(&key);
            keeper.finished.send_modify(|count| *count += 1);
        });
    }

    /// Waits until nothing of these pods is being kept any more, or for so long.
    pub(crate) async fn settled(&self, uids: &[Box<str>], limit: Duration) {
        let mut finished = self.finished.subscribe();
        let idle = async {
            while self.busy().iter().any(|(uid, _)| uids.contains(uid)) {
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

    /// Nothing of a project is kept any more.
    pub(crate) async fn forget(&self, project: &ProjectId) -> io::Result<()> {
        let (kept, project) = (self.kept.clone(), project.clone());
        tokio::task::spawn_blocking(move || kept.remove(&project)).await.map_err(io::Error::other)?
    }

    async fn carry(&self, closing: &Closing) {
        let wanted = Wanted {
            previous: closing.previous,
            // A pod on its way out may have last words.
            follow: !closing.previous,
            tail: Some(MOST),
            after: "",
        };
        let Ok(client) = self.connection.client().await else { return };
        let lines = match pod::read(client, &closing.pod, wanted).await {
            Ok(lines) => lines,
            Err(error) => {
                // Its container never ran, or the node does not answer.
                tracing::debug!(project.id = %closing.project, %error, "there is no log to keep");
                return;
            }
        };
        let (mut last, mut size) = (VecDeque::new(), 0);
        let mut lines = pin!(lines);
        // What came is kept though it goes on beyond the time.
        let reading = async {
            while let Some(line) = lines.next().await {
                size += line.stamp.len() + line.text.len() + 2;
                last.push_back(line);
                while size > KEPT {
                    let Some(old) = last.pop_front() else { break };
                    size -= old.stamp.len() + old.text.len() + 2;
                }
            }
        };
        let _ = timeout(LONGEST / 2, reading).await;
        let (kept, project) = (self.kept.clone(), closing.project.clone());
        let stored = tokio::task::spawn_blocking(move || kept.add(&project, last.into())).await;
        if let Err(error) = stored.map_err(io::Error::other).and_then(|done| done) {
            tracing::warn!(project.id = %closing.project, %error, "a log could not be kept");
        }
    }

    fn busy(&self) -> std::sync::MutexGuard<'_, HashSet<(Box<str>, bool)>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
