//! No pod exists: only the ReplicaSet can say why.

use super::{Finding, Now};
use crate::state::{CreateFailure, Project};
use gaggle_core::port::Cause;
use gaggle_shared::{Code, Step};
use std::time::Duration;

/// A pod that is just ending still counts towards a quota; the ReplicaSet tries again within this time.
const SETTLE: Duration = Duration::from_secs(3);

pub(super) fn diagnose(project: &Project, now: &Now) -> Finding {
    let failed = project.sets.views().filter(|set| set.replicas > 0).find_map(|set| set.failure.as_ref());
    match failed {
        Some(failure) => Finding::after(now, failure.since, SETTLE, Step::Schedule, cause(failure)),
        None => Finding::starting(Step::Schedule),
    }
}

fn cause(failure: &CreateFailure) -> Cause {
    let said = &*failure.message;
    let cause = if said.contains("exceeded quota") {
        Cause::new(Code::QuotaExceeded, "The user's quota in the cluster is used up.").hint(
            "put other projects to sleep, ask for less in the project's settings, or raise the ResourceQuota",
        )
    } else if said.contains("failed quota") && said.contains("must specify") {
        Cause::new(Code::ForbiddenByCluster, "A quota of the cluster counts what the agent's pod does not state.")
            .hint("the detail names it: let a LimitRange of the namespace give it a default, or take it out of that quota")
    } else if said.contains("maximum") && said.contains("usage per")
        || said.contains("minimum") && said.contains("usage per")
    {
        Cause::new(Code::QuotaExceeded, "The project asks for more than a LimitRange of the cluster allows.")
            .hint("change cpu or memory in the project's settings, or the LimitRange")
    } else if said.contains("being terminated") {
        Cause::new(Code::NamespaceFailed, "The user's namespace is being deleted.")
            .hint("wait until it is gone; it is made anew then")
            .passing()
    } else if said.contains("violates PodSecurity") {
        Cause::new(Code::ForbiddenByCluster, "The cluster's Pod Security rules do not allow the agent's pod.")
            .hint("the detail names the rule; look at the namespace's pod-security labels")
    } else if said.contains("serviceaccount") || said.contains("service account") {
        Cause::new(Code::ContainerConfigError, "The agent's ServiceAccount is not there yet.")
            .hint("it is made with the namespace; if it stays away, somebody deletes it")
            .passing()
    } else {
        Cause::new(Code::ForbiddenByCluster, "The cluster refuses to make the agent's pod.").hint(
            "a rule of the cluster (an admission webhook or policy) stands against it; the detail says which",
        )
    };
    cause.detail(format!("{}: {said}", failure.reason))
}
