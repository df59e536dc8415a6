//! Down, and away.

use super::Inner;
use crate::{
    client::{Call, Fault, Verb},
    state::{Key, PodView, Project, SetView},
    watch::Closing,
};
use gaggle_core::port::Cause;
use gaggle_shared::{Code, ProjectId, Removed, UserId};
use jiff::Timestamp;
use k8s_openapi::api::{apps::v1::ReplicaSet, core::v1::Pod};
use kube::{
    Api,
    api::{DeleteParams, Preconditions, PropagationPolicy},
};
use std::{collections::BTreeSet, time::Duration};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::{Instant, timeout_at},
};

/// How long pods may take to go, before their node is said not to answer.
const LONGEST: Duration = Duration::from_secs(60);

/// When to look by a live read, as long as the watch shows nothing.
const LOOK: Duration = Duration::from_secs(1);

/// How much longer than the grace the cluster's controllers may take to tell a pod to go.
const SLACK: Duration = Duration::from_secs(3);

/// How long who must do something before a pod may go has for it, before people are told that it is waited for.
const HELD: Duration = Duration::from_secs(10);

/// How long the last lines of a log may take to be kept.
const KEEPING: Duration = Duration::from_secs(2);

/// Scales down and waits until no pod is left.
pub(super) async fn stop(inner: &Inner, project: &ProjectId, grace: Duration) -> Result<(), Cause> {
    let touches = inner.hub.touches();
    let before = match inner.hub.fresh() {
        true => inner.hub.look(project, Clone::clone),
        false => inner.live.project(project).await?,
    };
    let uids = keep_logs(inner, project, &before);
    for place in inner.applier.find(project).await? {
        match inner.applier.scale_down(&place).await {
            // Whose namespace goes, goes too.
            Ok(()) | Err(Fault::NotFound | Fault::Terminating(_)) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    gone(inner, project, grace, touches).await?;
    inner.keeper.settled(&uids, KEEPING).await;
    Ok(())
}

/// Removes all that there is of it, its kept log too. What went is in the receipt, also when something does not go.
pub(super) async fn remove(
    inner: &Inner,
    project: &ProjectId,
    owner: Option<&UserId>,
    receipt: &mut Vec<Removed>,
) -> Result<(), Cause> {
    let touches = inner.hub.touches();
    if let Err(fault) = inner.applier.delete_all(project, owner, receipt).await {
        // A Deployment goes after its pods, so what keeps them says more.
        let left = inner.live.pods(project).await?;
        return Err(held(&left, inner.hub.now().at).unwrap_or_else(|| fault.into()));
    }
    // What a Deployment that was deleted by hand left behind.
    gone(inner, project, Duration::ZERO, touches).await?;
    forget_log(inner, project).await
}

/// Removes its kept log.
pub(super) async fn forget_log(inner: &Inner, project: &ProjectId) -> Result<(), Cause> {
    inner.keeper.forget(project).await.map_err(|error| {
        Cause::new(Code::Internal, "The project's kept log could not be removed.")
            .detail(error.to_string())
            .passing()
    })
}

fn keep_logs(inner: &Inner, project: &ProjectId, seen: &Project) -> Vec<Box<str>> {
    let started = seen.alive().filter(|(_, pod)| pod.workers().next().is_some());
    let uids = started.map(|(key, pod)| {
        inner.keeper.keep(Closing::of(project, key, pod, false));
        pod.uid.clone()
    });
    uids.collect()
}

/// Waits until no pod is left, as a live read says: not even one that has failed.
pub(super) async fn gone(
    inner: &Inner,
    project: &ProjectId,
    grace: Duration,
    mut touches: broadcast::Receiver<ProjectId>,
) -> Result<(), Cause> {
    let begun = Instant::now();
    let until = begun + LONGEST;
    loop {
        let seen = inner.live.pods(project).await?;
        if seen.pods.is_empty() && seen.sets.is_empty() {
            return Ok(());
        }
        if begun.elapsed() >= HELD
            && let Some(cause) = held(&seen, inner.hub.now().at)
        {
            return Err(cause);
        }
        if Instant::now() >= until {
            return Err(stuck(&seen));
        }
        sweep(inner, &seen, begun.elapsed() >= grace + SLACK, grace).await?;
        wait(inner, project, &mut touches, until.min(Instant::now() + LOOK)).await;
    }
}

/// Waits until the watch shows that nothing is left, or until then.
async fn wait(
    inner: &Inner,
    project: &ProjectId,
    touches: &mut broadcast::Receiver<ProjectId>,
    until: Instant,
) {
    let empty = async {
        loop {
            match touches.recv().await {
                Ok(touched) if touched != *project => {}
                Ok(_) | Err(RecvError::Lagged(_)) => {
                    let left = inner.hub.look(project, |seen| !seen.pods.is_empty() || !seen.sets.is_empty());
                    if !left {
                        return;
                    }
                }
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    // Both ends are followed by a look.
    let _ = timeout_at(until, empty).await;
}

/// Takes away what nobody else does: ReplicaSets without an owner, pods that have failed, pods that nobody has told
/// to go in their time. One that was told has the grace that its own spec says, which is short. A pod is never torn
/// from the API while its node may still run it: that would hide it.
async fn sweep(inner: &Inner, seen: &Project, late: bool, grace: Duration) -> Result<(), Cause> {
    for (key, set) in seen.sets.iter().filter(|(_, set)| late && set.replicas > 0) {
        delete_set(inner, key, set).await?;
    }
    for (key, pod) in seen.pods.iter() {
        if pod.ending.is_none() && (pod.finished() || seen.sets.is_empty() || late) {
            delete_pod(inner, key, pod, grace).await?;
        }
    }
    Ok(())
}

async fn delete_set(inner: &Inner, key: &Key, set: &SetView) -> Result<(), Fault> {
    let params = DeleteParams {
        propagation_policy: Some(PropagationPolicy::Background),
        preconditions: Some(Preconditions { uid: Some(set.uid.to_string()), resource_version: None }),
        ..DeleteParams::default()
    };
    let call = Call { verb: Verb::Delete, resource: "replicasets", namespace: &key.namespace };
    let run =
        async |client| Api::<ReplicaSet>::namespaced(client, &key.namespace).delete(&key.name, &params).await;
    settled(inner.connection.call(call, run).await)
}

async fn delete_pod(inner: &Inner, key: &Key, pod: &PodView, grace: Duration) -> Result<(), Fault> {
    // Never 0: the API server would forget a pod that may still run.
    let seconds = u32::try_from(grace.as_secs()).unwrap_or(1).max(1);
    let params = DeleteParams {
        grace_period_seconds: Some(seconds),
        preconditions: Some(Preconditions { uid: Some(pod.uid.to_string()), resource_version: None }),
        ..DeleteParams::default()
    };
    let call = Call { verb: Verb::Delete, resource: "pods", namespace: &key.namespace };
    let run = async |client| Api::<Pod>::namespaced(client, &key.namespace).delete(&key.name, &params).await;
    settled(inner.connection.call(call, run).await)
}

/// Gone already, or another of the same name: either is fine.
fn settled<T>(done: Result<T, Fault>) -> Result<(), Fault> {
    match done {
        Ok(_) | Err(Fault::NotFound | Fault::Conflict(_)) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Why pods are still there of which nothing runs any more; none: something may run.
fn held(seen: &Project, now: Timestamp) -> Option<Cause> {
    if seen.pods.is_empty() || !seen.pods.views().all(|pod| pod.held(now)) {
        return None;
    }
    let names: BTreeSet<&str> =
        seen.pods.views().flat_map(|pod| pod.finalizers.iter().map(|name| &**name)).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    let pods: Vec<_> = seen
        .pods
        .iter()
        .map(|(key, pod)| format!("{} in {}: {}", key.name, key.namespace, pod.finalizers.join(", ")))
        .collect();
    let line = seen.pods.iter().next().map(|(key, _)| {
        format!(
            "kubectl -n {} patch pod {} --type=merge -p '{{\"metadata\":{{\"finalizers\":null}}}}'",
            key.namespace, key.name
        )
    });
    let message = format!("The agent's pod has ended, and a finalizer keeps it from going: {names}.");
    let hint = format!(
        "whatever has put it there takes it away once its work is done, and this goes on by itself; if that is no \
         longer there: {}",
        line.unwrap_or_default()
    );
    Some(Cause::new(Code::ClusterUnreachable, message).hint(hint).detail(pods.join("; ")).passing())
}

fn stuck(seen: &Project) -> Cause {
    let pods: Vec<_> = seen
        .pods
        .iter()
        .map(|(key, pod)| format!("{} on {}", key.name, pod.node.as_deref().unwrap_or("no node")))
        .collect();
    Cause::new(Code::ClusterUnreachable, "The agent's pod does not end: its node does not answer.")
        .hint("it is tried again; bring the node back, or remove it from the cluster once it is surely off")
        .detail(pods.join(", "))
        .passing()
}
