//! A pod that shall run.

use super::{Finding, Now, container, image, schedule, volume};
use crate::state::{PodPhase, PodView, Project, Status};
use gaggle_core::port::Workload;
use gaggle_shared::Step;

pub(super) fn diagnose(project: &Project, name: &str, pod: &PodView, now: &Now) -> Finding {
    if !pod.scheduled.done && pod.node.is_none() {
        return schedule::diagnose(project, pod, now);
    }
    for one in &pod.containers {
        let Status::Waiting { reason, message } = &one.status else { continue };
        if image::concerns(reason) {
            return image::diagnose(project, name, pod, one, (reason, message), now);
        }
        if let Some(found) = container::waiting(project, name, pod, one, (reason, message), now) {
            return found;
        }
    }
    let mut workers = pod.workers().peekable();
    let there = workers.peek().is_some();
    if there && workers.all(|one| one.status == Status::Running) {
        return Finding::is(Workload::Running);
    }
    if pod.phase == PodPhase::Unknown {
        // Its node does not answer: what ran there may run on. The link says whether it can be spoken to.
        return Finding { words: pod.message.as_deref().map(Into::into), ..Finding::is(Workload::Running) };
    }
    if let Some(ended) = pod.workers().find_map(|one| match &one.status {
        Status::Ended(ended) => Some(ended),
        _ => None,
    }) {
        return container::ended(ended);
    }
    if let Some(found) = volume::mounting(project, name, pod, now) {
        return found;
    }
    if image::pulling(project, name) {
        return Finding::starting(Step::Image);
    }
    let sandbox = project.notes_of("Pod", name).rfind(|note| &*note.reason == "FailedCreatePodSandBox");
    let words = sandbox.filter(|_| !pod.prepared).map(|note| format!("the pod's network: {}", note.message));
    Finding { words, ..Finding::starting(Step::Container) }
}
