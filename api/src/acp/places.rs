use gaggle_shared::ProjectId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Clients of one project at once.
const OF_PROJECT: usize = 16;
/// Clients of one server at once.
const OF_SERVER: usize = 256;

/// How many clients are connected. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Places(Arc<Mutex<HashMap<ProjectId, usize>>>);

/// A client's place, free again when this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    places: Places,
    project: ProjectId,
}

impl Places {
    fn counts(&self) -> MutexGuard<'_, HashMap<ProjectId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a client of this project; none: too many are connected.
    pub(super) fn take(&self, project: &ProjectId) -> Option<Taken> {
        let mut counts = self.counts();
        if counts.values().sum::<usize>() >= OF_SERVER {
            return None;
        }
        let count = counts.entry(project.clone()).or_default();
        if *count >= OF_PROJECT {
            return None;
        }
        *count += 1;
        Some(Taken { places: self.clone(), project: project.clone() })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut counts = self.places.counts();
        if let Some(count) = counts.get_mut(&self.project) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.project);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_has_so_many_places_and_they_become_free_again() {
        let (places, project) = (Places::default(), ProjectId::parse("p1").unwrap());
        let mut taken: Vec<_> = (0..OF_PROJECT).map(|_| places.take(&project).unwrap()).collect();
        assert!(places.take(&project).is_none());
        assert!(places.take(&ProjectId::parse("p2").unwrap()).is_some(), "another has its own");
        taken.pop();
        assert!(places.take(&project).is_some());
        taken.clear();
        assert!(places.counts().is_empty());
    }
}
