//! What the runtime has that no record knows: found, reported, removed.

mod known;

pub(crate) use known::Orphans;

use super::{after, sweep::rouse};
use crate::{engine::Engine, error::Error, port::Workload, service::OrphanPolicy};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use gaggle_shared::{Orphan, OrphanObject, OrphanReason, ProjectId, Time};
use std::{collections::HashSet, sync::Arc, time::Duration};

/// How often orphans are looked for.
const EVERY: Duration = Duration::from_secs(15);

/// How long an orphan's data is reported before it is removed.
const REPORTED: Duration = Duration::from_secs(24 * 3600);

/// How many the store is asked about at once.
const PAGE: usize = 512;

/// How many are looked at, or removed, at once.
const AT_ONCE: usize = 8;

/// How long one may take before the next look; what it had begun is taken up then.
const LONGEST: Duration = Duration::from_secs(10);

/// Something that no record knows.
#[derive(Debug, Clone)]
struct Stray {
    project: ProjectId,
    reason: OrphanReason,
    objects: Vec<OrphanObject>,
}

/// Looks for orphans until the server ends.
pub(super) async fn sweep(engine: Arc<Engine>) {
    loop {
        if let Err(error) = once(&engine).await {
            tracing::warn!(%error, "orphans cannot be looked for");
        }
        let next = after(engine.parts.clock.now(), EVERY);
        tokio::select! {
            () = engine.parts.clock.sleep_until(next) => {}
            () = engine.stopping() => return,
        }
    }
}

/// What there is now and what is done about it. Changes nothing.
pub(crate) async fn report(engine: &Engine) -> Result<Vec<Orphan>, Error> {
    let removes = engine.config.orphans == OrphanPolicy::Remove;
    let found = find(engine, engine.parts.runtime.owned().await?).await?;
    let orphan = |stray: Stray| {
        let reported_since = engine.orphans.since(&stray.project);
        let waits = removes && stray.reason == OrphanReason::Unknown;
        let data_removed_at = reported_since.filter(|_| waits).map(|since| after(since, REPORTED));
        let Stray { project: project_id, reason, objects } = stray;
        Orphan { project_id, reason, objects, reported_since, data_removed_at, removes }
    };
    Ok(found.into_iter().map(orphan).collect())
}

/// Ends what belongs to projects that the store does not know; their data goes once it was reported for a day. What
/// is an orphan the store has to say: where it cannot be read, nothing is.
async fn once(engine: &Arc<Engine>) -> Result<(), Error> {
    let now = engine.parts.clock.now();
    let owned = engine.parts.runtime.owned().await?;
    for project in owned.iter().filter(|project| stirs(engine, project)) {
        rouse(engine, project).await;
    }
    let found = find(engine, owned).await?;
    for stray in engine.orphans.note(&found, now) {
        let what: Vec<_> =
            stray.objects.iter().map(|object| format!("{}/{}", object.kind, object.name)).collect();
        let (reason, removes) = (stray.reason, engine.config.orphans == OrphanPolicy::Remove);
        tracing::warn!(project.id = %stray.project, ?reason, ?what, removes, "an orphan was found: no record knows it");
    }
    if engine.config.orphans == OrphanPolicy::Remove {
        stream::iter(&found).for_each_concurrent(AT_ONCE, |stray| end(engine, stray, now)).await;
    }
    Ok(())
}

/// Something of a project that nobody drives shall run: if it has a record, that may wish otherwise.
fn stirs(engine: &Engine, project: &ProjectId) -> bool {
    let asleep = engine.peek(project).is_none_or(|cell| !cell.record().unsettled());
    let seen = engine.parts.runtime.glimpse(project);
    asleep && seen.is_some_and(|workload| workload != Workload::Absent)
}

async fn find(engine: &Engine, owned: Vec<ProjectId>) -> Result<Vec<Stray>, Error> {
    let mut found = Vec::new();
    let mut living = HashSet::new();
    for some in owned.chunks(PAGE) {
        living.extend(engine.parts.store.living(some).await?);
    }
    let unknown: Vec<_> = owned.into_iter().filter(|project| !living.contains(project)).collect();
    let mut looks = stream::iter(unknown).map(|project| stray(engine, project)).buffered(AT_ONCE);
    while let Some(stray) = looks.try_next().await? {
        found.extend(stray);
    }
    Ok(found)
}

/// What is there of a project that is not alive; none: it has come to life meanwhile.
async fn stray(engine: &Engine, project: ProjectId) -> Result<Option<Stray>, Error> {
    let reason = match engine.read(&project).await? {
        None => OrphanReason::Unknown,
        Some(record) if record.tombstone.is_some() => OrphanReason::Deleted,
        Some(_) => return Ok(None),
    };
    let mut objects = engine.parts.runtime.belongings(&project).await?;
    if objects.is_empty() {
        // The runtime cannot say more than that there is something.
        let (kind, name) = ("Project".to_owned(), project.to_string());
        objects.push(OrphanObject { kind, name, namespace: None, data: true });
    }
    Ok(Some(Stray { project, reason, objects }))
}

async fn end(engine: &Engine, stray: &Stray, now: Time) {
    let Stray { project, reason, .. } = stray;
    let since = engine.orphans.since(project).unwrap_or(now);
    // What was deleted has been promised to be gone; data that nobody knows waits a day.
    let data = *reason == OrphanReason::Deleted || after(since, REPORTED) <= now;
    let cleared = tokio::select! {
        cleared = engine.parts.runtime.clear(project, data, now) => cleared,
        () = engine.parts.clock.sleep_until(after(now, LONGEST)) => {
            tracing::warn!(project.id = %project, "an orphan does not go; it is told again");
            return;
        }
    };
    match cleared {
        Ok(cleared) => {
            if !cleared.removed.is_empty() {
                let what: Vec<_> =
                    cleared.removed.iter().map(|one| format!("{}/{}", one.kind, one.name)).collect();
                tracing::warn!(project.id = %project, ?what, "an orphan was removed");
            }
            engine.orphans.cleared(project, &cleared);
        }
        Err(error) => tracing::warn!(project.id = %project, %error, "an orphan cannot be removed"),
    }
}
