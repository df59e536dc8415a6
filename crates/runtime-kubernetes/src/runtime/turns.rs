use gaggle_shared::{ProjectId, Removed};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Mutex as Turn, time::Instant};

/// How long the watch may take to show what we wrote.
const SHOWN: Duration = Duration::from_secs(5);

/// Starts, stops and removals of a project wait for each other; and when one was started or stopped last. All of it may be lost.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<ProjectId, Known>>);

#[derive(Debug, Default)]
struct Known {
    /// With what a removal that was not finished has told to go.
    turn: Arc<Turn<Vec<Removed>>>,
    started: Option<Instant>,
    stopped: Option<Instant>,
}

impl Turns {
    pub(super) fn of(&self, project: &ProjectId) -> Arc<Turn<Vec<Removed>>> {
        Arc::clone(&self.lock().entry(project.clone()).or_default().turn)
    }

    pub(super) fn started(&self, project: &ProjectId) {
        self.lock().entry(project.clone()).or_default().started = Some(Instant::now());
    }

    pub(super) fn stopped(&self, project: &ProjectId) {
        if let Some(known) = self.lock().get_mut(project) {
            known.started = None;
            known.stopped = Some(Instant::now());
        }
    }

    /// It was started a moment ago.
    pub(super) fn just_started(&self, project: &ProjectId) -> bool {
        let started = self.lock().get(project).and_then(|known| known.started);
        started.is_some_and(|at| at.elapsed() < SHOWN)
    }

    /// It was stopped a moment ago.
    pub(super) fn just_stopped(&self, project: &ProjectId) -> bool {
        let stopped = self.lock().get(project).and_then(|known| known.stopped);
        stopped.is_some_and(|at| at.elapsed() < SHOWN)
    }

    /// The project is removed: unless somebody waits for its turn, it needs none.
    pub(super) fn drop_turn(&self, project: &ProjectId) {
        let mut known = self.lock();
        // One here, one with whoever removes.
        if known.get(project).is_some_and(|known| Arc::strong_count(&known.turn) <= 2) {
            known.remove(project);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ProjectId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
