use super::turns::Turns;
use crate::apply::{Applier, Reached};
use gaggle_core::port::{Cause, Progress, WorkloadSpec};
use gaggle_shared::{Endpoint, Step, StepState};
use std::sync::Mutex;

/// Applies all and returns at once; `endpoint` is where the agent is reached, if that is known already.
/// Nobody waits for a pod: that the agent works is known when its relay calls home, long before the API
/// server shows a running pod. What lies between is told by the watch.
pub(super) async fn start(
    applier: &Applier,
    turns: &Turns,
    spec: &WorkloadSpec,
    endpoint: Option<Endpoint>,
    progress: &dyn Progress,
) -> Result<(), Cause> {
    let at = Mutex::new(Step::Namespace);
    let begin = |step: Step, words: &str| {
        *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = step;
        progress.step(step, StepState::Started, words);
    };
    begin(Step::Namespace, "making the user's namespace");
    let reached = |reached: Reached| match reached {
        Reached::Namespace => {
            progress.step(Step::Namespace, StepState::Done, "the user's namespace is there");
            begin(Step::Manifests, "applying the project's objects");
        }
        Reached::Manifests => {
            progress.step(Step::Manifests, StepState::Done, "the project's objects are there");
            begin(Step::Scale, "asking for a pod");
        }
        Reached::Scaled => {
            turns.started(&spec.project);
            progress.step(Step::Scale, StepState::Done, "a pod was asked for");
            match &endpoint {
                Some(Endpoint { url, .. }) => {
                    progress.step(Step::Endpoint, StepState::Done, &format!("reached at {url}"));
                }
                None => {
                    begin(Step::Endpoint, "waiting for the load balancer's address; chat does not need it");
                }
            }
        }
    };
    let done = applier.activate(spec, reached).await.map_err(Cause::from);
    if let Err(cause) = &done {
        let step = *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        progress.step(step, StepState::Failed, &cause.message);
    }
    done
}
