//! The workspace's volume, and what else is mounted.

use super::{Finding, Now, placed_since};
use crate::state::{ClaimPhase, Note, PodView, Project};
use gaggle_core::port::Cause;
use gaggle_shared::{Code, Step};

/// The scheduler cannot place the pod because of its volume.
pub(super) fn unbound(said: &str) -> bool {
    [
        "unbound immediate PersistentVolumeClaims",
        "didn't find available persistent volumes to bind",
        "persistentvolumeclaim \"",
        "bound to non-existent persistentvolume",
        "volume node affinity conflict",
        "PersistentVolumeClaim is in use by another pod",
        "ReadWriteOncePod",
    ]
    .iter()
    .any(|words| said.contains(words))
}

pub(super) fn unbound_cause(project: &Project, said: &str) -> Cause {
    if said.contains("ReadWriteOncePod") || said.contains("in use by another pod") {
        return Cause::new(Code::VolumeFailed, "Another pod still holds the project's volume.")
            .hint("it goes on once that pod is gone; if its node is lost, fence the node")
            .detail(said)
            .passing();
    }
    if said.contains("node affinity conflict") {
        return Cause::new(
            Code::VolumeFailed,
            "The project's volume is on a node that cannot take the agent.",
        )
        .hint("bring that node back, or make room on it")
        .detail(said);
    }
    let provisioner = project
        .notes
        .iter()
        .rev()
        .find(|note| &*note.kind == "PersistentVolumeClaim" && note.warning)
        .map(|note| format!("{}: {}", note.reason, note.message));
    let class = project.claims.views().find_map(|claim| claim.class.as_deref());
    let alone = project.claims.views().any(|claim| claim.alone);
    let hint = match class {
        Some(class) if alone => format!(
            "check that the provisioner of StorageClass {class} runs; if it does not serve ReadWriteOncePod, set \
             GAGGLE_STORAGE_MODE=ReadWriteOnce and make the project anew"
        ),
        Some(class) => format!("check that StorageClass {class} exists and its provisioner runs"),
        None => "the cluster has no default StorageClass: make one, or configure the class".to_owned(),
    };
    Cause::new(Code::VolumeFailed, "The project's volume is not bound: nothing provides it.")
        .hint(hint)
        .detail(provisioner.unwrap_or_else(|| said.to_owned()))
}

/// The pod has a node and cannot mount; none: nothing is wrong with its volumes.
pub(super) fn mounting(project: &Project, name: &str, pod: &PodView, now: &Now) -> Option<Finding> {
    if project.claims.views().any(|claim| claim.phase == ClaimPhase::Lost) {
        let cause =
            Cause::new(Code::VolumeFailed, "The project's volume is lost: its PersistentVolume is gone.")
                .hint("restore the PersistentVolume from a backup, or delete the project")
                .detail("PersistentVolumeClaim: Lost");
        return Some(Finding::broken(cause));
    }
    if pod.prepared {
        return None;
    }
    let failed = ["FailedMount", "FailedAttachVolume", "FailedMapVolume"];
    // A kubelet that is slow to read a Secret says so as if a volume had failed, and tries again by itself; so does one
    // that asks for a claim before the API server's node authorizer has heard of its pod.
    let late = |note: &Note| {
        let said = &note.message;
        said.contains("failed to sync") && said.contains("cache")
            || said.contains("no relationship found between node")
    };
    let note = project.notes_of("Pod", name).rfind(|note| failed.contains(&&*note.reason) && !late(note))?;
    if let Some(cause) = missing(note) {
        return Some(Finding::broken(cause));
    }
    let elsewhere = note.message.contains("Multi-Attach");
    let cause = match elsewhere {
        true => Cause::new(Code::VolumeFailed, "The project's volume is still attached to another node.")
            .hint("it goes on once it is detached; if that node is lost, fence it")
            .passing(),
        false => Cause::new(Code::VolumeFailed, "The project's volume could not be mounted.")
            .hint("the detail is the node's own sentence; check the volume and its driver"),
    };
    let cause = cause.detail(format!("{}: {}", note.reason, note.message));
    let since = note.first.or_else(|| placed_since(pod));
    Some(Finding::after(now, since, now.grace, Step::Volume, cause))
}

/// What is mounted is no volume but a Secret or ConfigMap that is not there.
fn missing(note: &Note) -> Option<Cause> {
    let said = &*note.message;
    let gone = said.contains("not found") || said.contains("references non-existent");
    let what = ["secret", "configmap"].into_iter().find(|what| said.to_lowercase().contains(what))?;
    gone.then(|| {
        Cause::new(Code::ContainerConfigError, format!("A {what} that the agent's pod mounts is not there."))
            .hint("activate again, which makes it anew; if it stays away, somebody deletes it")
            .detail(format!("{}: {said}", note.reason))
    })
}
