//! The pod exists and has no node.

use super::{Finding, Now, volume};
use crate::state::{PodView, Project};
use gaggle_core::port::Cause;
use gaggle_shared::{Code, Step};

pub(super) fn diagnose(project: &Project, pod: &PodView, now: &Now) -> Finding {
    if pod.scheduled.reason.as_deref() != Some("Unschedulable") {
        return Finding::starting(Step::Schedule);
    }
    let said = pod.scheduled.message.as_deref().unwrap_or_default();
    let since = pod.scheduled.since.or(pod.created);
    if volume::unbound(said) {
        return Finding::after(now, since, now.grace, Step::Volume, volume::unbound_cause(project, said));
    }
    Finding::after(now, since, now.grace, Step::Schedule, cause(said))
}

/// The scheduler's sentence, such as `0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated
/// taint {key: value}. preemption: …`.
fn cause(said: &str) -> Cause {
    let lacks = [
        ("Insufficient cpu", "CPU"),
        ("Insufficient memory", "memory"),
        ("Insufficient ephemeral-storage", "disk"),
        ("Too many pods", "room for another pod"),
    ];
    let lacking: Vec<_> =
        lacks.iter().filter(|(word, _)| said.contains(word)).map(|(_, what)| *what).collect();
    let tainted = said.contains("untolerated taint");
    let selected = said.contains("didn't match Pod's node affinity/selector");
    let (message, hint) = match (lacking.as_slice(), tainted, selected) {
        ([], true, _) => (
            "Every node that would do has a taint that the agent does not bear.".to_owned(),
            "remove the taint (kubectl taint), wait until the node is ready, or configure a toleration",
        ),
        ([], false, true) => (
            "No node has the labels that the agent asks for.".to_owned(),
            "check the configured node selector, and the volume's node",
        ),
        ([], false, false) => (
            "No node can take the agent.".to_owned(),
            "the detail is the scheduler's own sentence; add a node, or change what stands against it",
        ),
        (lacking, ..) => (
            format!("No node has enough {} left for the agent.", lacking.join(" and ")),
            "ask for less in the project's settings, put other projects to sleep, or add a node",
        ),
    };
    Cause::new(Code::Unschedulable, message).hint(hint).detail(said)
}
