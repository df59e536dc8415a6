//! What no record knows is ended and removed, its data after a day.

use super::{Inner, stop};
use crate::{apply::Stray, labels, orphans::Mark, state::Project};
use gaggle_core::port::Cause;
use gaggle_shared::{OrphanObject, ProjectId, Removed, Time};
use std::{collections::BTreeSet, time::Duration};

/// What there is of a project, by live reads.
pub(super) async fn belongings(inner: &Inner, project: &ProjectId) -> Result<Vec<OrphanObject>, Cause> {
    let running = inner.live.pods(project).await?;
    let strays = inner.applier.strays(project, namespaces(&running)).await?;
    let object = |kind: &str, name: &str, namespace: &str, data| OrphanObject {
        kind: kind.to_owned(),
        name: name.to_owned(),
        namespace: Some(namespace.to_owned()),
        data,
    };
    let mut objects: Vec<_> = strays
        .iter()
        .map(|stray| object(stray.kind.as_str(), &stray.name, &stray.namespace, stray.holds_data()))
        .collect();
    objects
        .extend(running.sets.iter().map(|(key, _)| object("ReplicaSet", &key.name, &key.namespace, false)));
    objects.extend(running.pods.iter().map(|(key, _)| object("Pod", &key.name, &key.namespace, false)));
    Ok(objects)
}

/// Removes it, its data only if `data`; the answer: since when its data is reported. What went is in the receipt, also
/// when something does not go.
pub(super) async fn clear(
    inner: &Inner,
    project: &ProjectId,
    data: bool,
    now: Time,
    receipt: &mut Vec<Removed>,
) -> Result<Option<Time>, Cause> {
    let touches = inner.hub.touches();
    let running = inner.live.pods(project).await?;
    let strays = inner.applier.strays(project, namespaces(&running)).await?;
    // Reported before anything goes.
    let since = if data { None } else { report(inner, &strays, now).await? };
    let going: Vec<_> = strays.iter().filter(|stray| data || !stray.holds_data()).collect();
    inner.applier.remove_strays(&going, receipt).await?;
    stop::gone(inner, project, Duration::ZERO, touches).await?;
    if data {
        stop::forget_log(inner, project).await?;
    }
    Ok(since)
}

/// Notes at the data that it is nobody's; since when all of it has been so.
async fn report(inner: &Inner, strays: &[Stray], now: Time) -> Result<Option<Time>, Cause> {
    let mut latest = None;
    for stray in strays.iter().filter(|stray| stray.holds_data()) {
        let noted = stray.meta.annotations.as_ref().and_then(|all| Mark::parse(all.get(labels::ORPHAN)?));
        let (mark, changed) = Mark::renewed(noted, now);
        if changed {
            inner.applier.mark(stray, &mark.to_string()).await?;
        }
        latest = latest.max(Some(mark.since()));
    }
    Ok(latest)
}

fn namespaces(running: &Project) -> BTreeSet<String> {
    let sets = running.sets.iter().map(|(key, _)| key.namespace.to_string());
    sets.chain(running.pods.iter().map(|(key, _)| key.namespace.to_string())).collect()
}
