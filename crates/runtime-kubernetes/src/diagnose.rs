//! What a project's objects mean: pure functions of what was seen and the time.

mod container;
mod create;
mod image;
mod pod;
mod schedule;
mod steps;
mod volume;

pub use steps::Track;

use crate::state::{PodView, Project};
use gaggle_core::port::{Cause, Workload};
use gaggle_shared::Step;
use jiff::Timestamp;
use std::time::Duration;

/// What the pure functions are told beside the objects.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// The time.
    pub at: Timestamp,
    /// `GAGGLE_UNSCHEDULABLE_GRACE`
    pub grace: Duration,
}

impl Now {
    /// When something that began then has lasted for so long; none: it has.
    fn until(&self, since: Option<Timestamp>, patience: Duration) -> Option<Timestamp> {
        let end = since?.checked_add(patience).unwrap_or(Timestamp::MAX);
        (end > self.at).then_some(end)
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What the port tells.
    pub workload: Workload,
    /// What it waits for, in words, if there is more to say than the step's name.
    pub words: Option<String>,
    /// When to look again though nothing was seen to change: a grace ends then.
    pub again: Option<Timestamp>,
}

impl Finding {
    fn is(workload: Workload) -> Self {
        Self { workload, words: None, again: None }
    }

    fn starting(step: Step) -> Self {
        Self::is(Workload::Starting(step))
    }

    fn broken(cause: Cause) -> Self {
        Self::is(Workload::Broken(cause))
    }

    /// The cause once it has lasted for so long; until then it is only told.
    fn after(now: &Now, since: Option<Timestamp>, patience: Duration, step: Step, cause: Cause) -> Self {
        match now.until(since, patience) {
            None => Self::broken(cause),
            Some(again) => {
                let detail = cause.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
                Self {
                    workload: Workload::Starting(step),
                    words: Some(format!("{}{detail}", cause.message)),
                    again: Some(again),
                }
            }
        }
    }
}

/// What a project's objects mean.
pub fn diagnose(project: &Project, now: &Now) -> Finding {
    if !project.wished() {
        let remains = project.alive().next().is_some();
        return Finding::is(if remains { Workload::Stopping } else { Workload::Absent });
    }
    match project.current() {
        Some((key, pod)) => pod::diagnose(project, &key.name, pod, now),
        // A pod that ends beside a wish to run gets a successor: the ReplicaSet is about to make it.
        None => create::diagnose(project, now),
    }
}

/// Since when a pod waits for what comes after its node.
fn placed_since(pod: &PodView) -> Option<Timestamp> {
    pod.scheduled.since.or(pod.created)
}

#[cfg(test)]
mod tests;
