use crate::apply::Applier;
use gaggle_core::port::Placement;
use gaggle_shared::ProjectId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Mutex as Turn, time::Instant};

/// How long the watch may take to show what we wrote.
const SHOWN: Duration = Duration::from_secs(5);

/// Starts, stops and removals of a project wait for each other; and what was started last. All of it may be lost.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<ProjectId, Known>>);

#[derive(Debug, Default)]
struct Known {
    turn: Arc<Turn<()>>,
    started: Option<(Instant, Placement)>,
}

impl Turns {
    pub(super) fn of(&self, project: &ProjectId) -> Arc<Turn<()>> {
        Arc::clone(&self.lock().entry(project.clone()).or_default().turn)
    }

    pub(super) fn started(&self, placement: Placement) {
        let project = placement.project.clone();
        self.lock().entry(project).or_default().started = Some((Instant::now(), placement));
    }

    pub(super) fn stopped(&self, project: &ProjectId) {
        if let Some(known) = self.lock().get_mut(project) {
            known.started = None;
        }
    }

    /// It was started a moment ago.
    pub(super) fn just_started(&self, project: &ProjectId) -> bool {
        let known = self.lock();
        let started = known.get(project).and_then(|known| known.started.as_ref());
        started.is_some_and(|(at, _)| at.elapsed() < SHOWN)
    }

    /// The hash of the template that a project which we have started would get today.
    pub(super) fn template(&self, project: &ProjectId, applier: &Applier) -> Option<String> {
        let known = self.lock();
        let (_, placement) = known.get(project)?.started.as_ref()?;
        Some(applier.template_hash(placement))
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
