use crate::{process::Process, spawn::Spawned};
use gaggle_core::port::{Cause, Change};
use gaggle_shared::{Code, ProjectId};
use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Mutex as Turn, broadcast};

/// How much of what a relay printed is shown.
const PRINTED: usize = 4096;
/// Exit codes of the relay: it could not start (1), was called wrongly (2), or another one holds the volume (3).
const FAILED: std::ops::RangeInclusive<i32> = 1..=3;

/// What the runtime keeps in memory: who is watched, and why the last relay failed. All of it may be lost.
#[derive(Debug)]
pub(super) struct Keep {
    turns: Mutex<HashMap<ProjectId, Arc<Turn<()>>>>,
    seen: Mutex<HashMap<ProjectId, Seen>>,
    /// Projects of which everything was seen to be gone, and nothing was started since.
    quiet: Mutex<HashSet<ProjectId>>,
    changes: broadcast::Sender<Change>,
    starts: broadcast::Sender<ProjectId>,
}

#[derive(Debug, Default)]
struct Seen {
    watched: Option<Process>,
    fault: Option<Cause>,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            turns: Mutex::default(),
            seen: Mutex::default(),
            quiet: Mutex::default(),
            changes: broadcast::Sender::new(1024),
            starts: broadcast::Sender::new(64),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Keep {
    /// Starts, stops and removals of a project wait for each other.
    pub(super) fn turn(&self, project: &ProjectId) -> Arc<Turn<()>> {
        Arc::clone(lock(&self.turns).entry(project.clone()).or_default())
    }

    /// The project is removed: unless somebody waits for its turn, it needs none.
    pub(super) fn drop_turn(&self, project: &ProjectId) {
        let mut turns = lock(&self.turns);
        // One here, one with whoever removes.
        if turns.get(project).is_some_and(|turn| Arc::strong_count(turn) <= 2) {
            turns.remove(project);
        }
        lock(&self.seen).remove(project);
        lock(&self.quiet).remove(project);
    }

    /// Something is about to be started.
    pub(super) fn stirred(&self, project: &ProjectId) {
        lock(&self.quiet).remove(project);
    }

    /// All that ran is gone. Only we start anything, so that nothing can come until [`Keep::stirred`].
    pub(super) fn quieted(&self, project: &ProjectId) {
        lock(&self.quiet).insert(project.clone());
    }

    /// Whether nothing has run since all was gone.
    pub(super) fn is_quiet(&self, project: &ProjectId) -> bool {
        lock(&self.quiet).contains(project)
    }

    pub(super) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Why the last relay failed, if it did.
    pub(super) fn fault(&self, project: &ProjectId) -> Option<Cause> {
        lock(&self.seen).get(project).and_then(|seen| seen.fault.clone())
    }

    /// What comes now is of our own doing: nothing of before counts.
    pub(super) fn forget(&self, project: &ProjectId) {
        lock(&self.seen).remove(project);
    }

    /// Watches a relay that runs, and announces its end. Again is the same as once.
    pub(super) fn watch(self: &Arc<Self>, project: &ProjectId, process: Process) {
        if !self.note(project, process) {
            return;
        }
        let (keep, project) = (Arc::clone(self), project.clone());
        tokio::spawn(async move {
            process.ended().await;
            keep.ended(&project, process, None);
        });
    }

    /// Watches a relay that we have started, takes its end, and keeps why it failed.
    pub(super) fn own(self: &Arc<Self>, project: &ProjectId, errors: PathBuf, mut spawned: Spawned) {
        self.note(project, spawned.process);
        // Nobody may be waiting.
        let _ = self.starts.send(project.clone());
        let (keep, project) = (Arc::clone(self), project.clone());
        tokio::spawn(async move {
            let fault = match spawned.child.wait().await {
                Ok(status) => fault(status, &errors),
                Err(error) => {
                    tracing::warn!(%project, %error, "the relay's end could not be taken");
                    None
                }
            };
            keep.ended(&project, spawned.process, fault);
        });
    }

    /// Returns once `there`, which can become true only by a start.
    pub(super) async fn started(&self, project: &ProjectId, there: impl Fn() -> bool) {
        let mut starts = self.starts.subscribe();
        while !there() {
            match starts.recv().await {
                Ok(started) if started != *project => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// The relay whose end is waited for.
    pub(super) fn watched(&self, project: &ProjectId) -> Option<Process> {
        lock(&self.seen).get(project).and_then(|seen| seen.watched)
    }

    /// False: it is watched already.
    fn note(&self, project: &ProjectId, process: Process) -> bool {
        let mut seen = lock(&self.seen);
        let seen = seen.entry(project.clone()).or_default();
        let fresh = seen.watched != Some(process);
        seen.watched = Some(process);
        fresh
    }

    fn ended(&self, project: &ProjectId, process: Process, fault: Option<Cause>) {
        if let Some(seen) = lock(&self.seen).get_mut(project)
            && seen.watched == Some(process)
        {
            *seen = Seen { watched: None, fault };
        }
        tracing::info!(%project, pid = process.pid, "the relay has ended");
        // Nobody may be listening.
        let _ = self.changes.send(Change::workload(project.clone()));
    }
}

/// What a relay's exit says; none for an end that was wished, and for a signal, after which another may start.
fn fault(status: ExitStatus, errors: &Path) -> Option<Cause> {
    let code = status.code().filter(|code| FAILED.contains(code))?;
    let printed = std::fs::read(errors).unwrap_or_default();
    let printed =
        String::from_utf8_lossy(&printed[printed.len().saturating_sub(PRINTED)..]).trim().to_owned();
    let detail = format!("exit code {code}: {printed}");
    Some(match code {
        3 => Cause::new(Code::VolumeFailed, "another process works in the project's folder")
            .detail(detail)
            .passing(),
        _ => Cause::new(Code::AgentUnresponsive, "the project's relay could not start").detail(detail),
    })
}
