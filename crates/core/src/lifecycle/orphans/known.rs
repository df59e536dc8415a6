use super::Stray;
use crate::{port::Cleared, service::OrphanCount};
use gaggle_shared::{OrphanObject, ProjectId, Time};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What was found so far. All of it may be lost: a runtime that can keeps the times with the data.
#[derive(Debug, Default)]
pub(crate) struct Orphans(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    there: HashMap<ProjectId, Known>,
    counts: BTreeMap<String, OrphanCount>,
}

#[derive(Debug)]
struct Known {
    since: Time,
    objects: BTreeSet<OrphanObject>,
}

impl Orphans {
    /// Since when a project's things are known to be nobody's.
    pub(super) fn since(&self, project: &ProjectId) -> Option<Time> {
        self.lock().there.get(project).map(|known| known.since)
    }

    /// A look has found these and no others; those of which something is new.
    pub(super) fn note<'a>(&self, found: &'a [Stray], now: Time) -> Vec<&'a Stray> {
        let mut state = self.lock();
        let mut before = std::mem::take(&mut state.there);
        state.counts.values_mut().for_each(|count| count.now = 0);
        let mut news = Vec::new();
        for stray in found {
            let old = before.remove(&stray.project);
            let (since, known) = old.map_or((now, BTreeSet::new()), |old| (old.since, old.objects));
            let mut new = false;
            for object in &stray.objects {
                let fresh = !known.contains(object);
                let count = state.counts.entry(object.kind.clone()).or_default();
                count.now += 1;
                count.found += u64::from(fresh);
                new |= fresh;
            }
            if new {
                news.push(stray);
            }
            let objects = stray.objects.iter().cloned().collect();
            state.there.insert(stray.project.clone(), Known { since, objects });
        }
        news
    }

    /// This went, and its data is reported since then.
    pub(super) fn cleared(&self, project: &ProjectId, cleared: &Cleared) {
        let mut state = self.lock();
        for one in &cleared.removed {
            state.counts.entry(one.kind.clone()).or_default().removed += 1;
        }
        if let (Some(known), Some(since)) = (state.there.get_mut(project), cleared.since) {
            known.since = since;
        }
    }

    /// By kind.
    pub(crate) fn counts(&self) -> Vec<(String, OrphanCount)> {
        self.lock().counts.iter().map(|(kind, count)| (kind.clone(), *count)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
