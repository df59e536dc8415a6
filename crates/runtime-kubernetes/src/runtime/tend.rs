//! What people change at an active project's objects is put right while its agent works.

use crate::{apply::Place, state::Project};
use gaggle_core::port::Placement;
use gaggle_shared::{ProjectId, UserId};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How often the walls of a user with an active project are looked at: nothing tells that they were changed.
const WALLS: Duration = Duration::from_secs(45);

/// How long the watch may take to show what was put right, and how soon what failed is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// When what was looked after last; all of it may be lost.
#[derive(Debug, Default)]
pub(super) struct Tended(Mutex<Times>);

#[derive(Debug, Default)]
struct Times {
    projects: HashMap<ProjectId, Instant>,
    walls: HashMap<UserId, Instant>,
}

impl Tended {
    /// Whether to look after a project now that looks like this.
    pub(super) fn due(&self, placement: &Placement, astray: bool) -> bool {
        let times = self.lock();
        let rested = times.projects.get(&placement.project).is_none_or(|at| at.elapsed() >= AGAIN);
        let walls = times.walls.get(&placement.user).is_none_or(|at| at.elapsed() >= WALLS);
        rested && (astray || walls)
    }

    /// It is looked after now, with its user's walls.
    pub(super) fn begin(&self, placement: &Placement) {
        let (mut times, now) = (self.lock(), Instant::now());
        times.projects.retain(|_, at| at.elapsed() < AGAIN);
        times.walls.retain(|_, at| at.elapsed() < WALLS);
        times.projects.insert(placement.project.clone(), now);
        times.walls.insert(placement.user.clone(), now);
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where its objects are, of which something was seen.
pub(super) fn place(placement: &Placement, seen: &Project) -> Option<Place> {
    let namespace = seen.namespace()?.to_string();
    Some(Place { namespace, user: placement.user.clone(), project: placement.project.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::{InstanceId, Settings};

    #[tokio::test(start_paused = true)]
    async fn what_is_astray_is_tended_at_once_and_walls_now_and_then() {
        let tended = Tended::default();
        let placement = |project: &str| Placement {
            instance: InstanceId::parse("i1").unwrap(),
            user: UserId::parse("alice").unwrap(),
            project: ProjectId::parse(project).unwrap(),
            settings: Settings::default(),
        };
        let (one, two) = (placement("one"), placement("two"));
        assert!(tended.due(&one, false), "its walls were never looked at");
        tended.begin(&one);
        assert!(!tended.due(&one, true), "the watch may not have shown it yet");
        assert!(!tended.due(&two, false) && tended.due(&two, true));
        tokio::time::advance(AGAIN).await;
        assert!(tended.due(&one, true) && !tended.due(&one, false));
        tokio::time::advance(WALLS - AGAIN).await;
        assert!(tended.due(&two, false));
        tended.begin(&two);
        assert!(!tended.due(&one, false), "they are one user's walls");
    }
}
