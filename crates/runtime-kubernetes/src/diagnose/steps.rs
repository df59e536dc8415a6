//! Which steps of a start are to be told, from what is seen of its pod.

use super::Finding;
use crate::state::{PodView, Project, Status};
use gaggle_core::port::Workload;
use gaggle_shared::{Step, StepState};

/// What was told of a pod already: nothing is told twice.
#[derive(Debug, Clone, Default)]
pub struct Track {
    pod: Option<Box<str>>,
    told: Vec<(Step, StepState, String)>,
}

impl Track {
    /// What is new to tell.
    pub fn news(&mut self, project: &Project, finding: &Finding) -> Vec<(Step, StepState, String)> {
        let current = project.current();
        let pod = current.map(|(_, pod)| pod.uid.clone());
        // A start begins without a pod, which then comes: that is one story. Another pod is another one.
        if pod != self.pod && self.pod.is_some() {
            self.told.clear();
        }
        self.pod = pod;
        let mut steps = Vec::new();
        if let Some((key, pod)) = current {
            done(project, &key.name, pod, &mut steps);
        }
        match &finding.workload {
            Workload::Starting(step) => {
                let words = finding.words.clone().unwrap_or_else(|| begun(*step, project));
                steps.push((*step, StepState::Started, words));
            }
            Workload::Broken(cause) => {
                steps.push((failed(project), StepState::Failed, cause.message.clone()));
            }
            _ => {}
        }
        let told = &mut self.told;
        steps.retain(|step| {
            let over = told.iter().any(|(name, state, _)| *name == step.0 && *state == StepState::Done);
            let fresh = !over && !told.contains(step);
            if fresh {
                told.push(step.clone());
            }
            fresh
        });
        steps
    }
}

fn begun(step: Step, project: &Project) -> String {
    let pod = project.current().map(|(_, pod)| pod);
    let image = pod.and_then(|pod| pod.workers().next()).map_or("the image", |one| &*one.image);
    match step {
        Step::Schedule => "waiting for a node".to_owned(),
        Step::Volume => "waiting for the volume".to_owned(),
        Step::Image => format!("pulling {image}"),
        _ => "starting the container".to_owned(),
    }
}

/// What a pod has behind it.
fn done(project: &Project, name: &str, pod: &PodView, steps: &mut Vec<(Step, StepState, String)>) {
    let runs = |one: &crate::state::Container| one.status == Status::Running;
    let running = pod.workers().next().is_some() && pod.workers().all(runs);
    if let Some(node) = pod.node.as_deref() {
        steps.push((Step::Schedule, StepState::Done, format!("{node} takes it")));
    }
    if running || pod.prepared {
        steps.push((Step::Volume, StepState::Done, "the volume is mounted".to_owned()));
    }
    let pulled = project.notes_of("Pod", name).rfind(|note| &*note.reason == "Pulled");
    if let Some(note) = pulled {
        steps.push((Step::Image, StepState::Done, note.message.to_string()));
    }
    if running {
        steps.push((Step::Container, StepState::Done, "the container runs".to_owned()));
    }
}

/// Where a start that broke was.
fn failed(project: &Project) -> Step {
    let Some((_, pod)) = project.current() else { return Step::Schedule };
    if pod.node.is_none() {
        return Step::Schedule;
    }
    let waits =
        |status: &Status| matches!(status, Status::Waiting { reason, .. } if super::image::concerns(reason));
    match pod.containers.iter().any(|one| waits(&one.status)) {
        true => Step::Image,
        false if pod.prepared => Step::Container,
        false => Step::Volume,
    }
}
