//! What the runtime does by itself, and what it has that no record knows.

use super::after;
use crate::{cell::Cell, engine::Engine, error::Error, port::News, record::PhaseState};
use gaggle_shared::{DesiredState, EventBody, ProjectId, Time};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::{broadcast::error::RecvError, mpsc};

/// How much that was seen may wait to be written down.
const TOLD: usize = 1024;

/// How often orphans are looked for.
const EVERY: Duration = Duration::from_secs(15);

/// How long an orphan's data is reported before it is removed.
const REPORTED: Duration = Duration::from_secs(24 * 3600);

/// Wakes drivers whose workload has changed, and removes what belongs to no project.
pub(crate) fn watch(engine: &Arc<Engine>) {
    let (waking, sweeping) = (engine.clone(), engine.clone());
    engine.spawn(async move { wake(waking).await });
    engine.spawn(async move { sweep(sweeping).await });
}

async fn wake(engine: Arc<Engine>) {
    let mut changes = engine.parts.runtime.changes();
    // Writing down what was seen may wait for a store: no other project's driver should wait with it.
    let (told, mut telling) = mpsc::channel::<(Arc<Cell>, News)>(TOLD);
    let writer = engine.clone();
    engine.spawn(async move {
        while let Some((cell, news)) = telling.recv().await {
            tell(&writer, &cell, news).await;
        }
    });
    loop {
        let change = tokio::select! {
            change = changes.recv() => change,
            () = engine.stopping() => return,
        };
        match change {
            Ok(change) => {
                let Some(cell) = engine.peek(&change.project) else { continue };
                if change.what == News::Workload {
                    cell.wake.notify_one();
                } else if told.try_send((cell, change.what)).is_err() {
                    tracing::warn!(project.id = %change.project, "more was seen than can be written down");
                }
            }
            Err(RecvError::Lagged(_)) => engine.loaded().iter().for_each(|cell| cell.wake.notify_one()),
            Err(RecvError::Closed) => return,
        }
    }
}

/// What people should see goes into the journal, unless the project is on its way out: after `project.deleted`
/// nothing comes.
async fn tell(engine: &Arc<Engine>, cell: &Arc<Cell>, news: News) {
    let record = cell.record();
    if record.tombstone.is_some() || record.desired == DesiredState::Deleted {
        return;
    }
    let body = match news {
        News::Workload => return cell.wake.notify_one(),
        News::ClusterEvent { reason, message, object, severity } => {
            EventBody::ClusterEvent { reason, message, object, severity }
        }
        News::Step { step, state, message } => {
            let PhaseState::Activating { since, .. } = record.phase else { return };
            let elapsed = engine.parts.clock.now().duration_since(since).as_millis().max(0);
            let elapsed_ms = u64::try_from(elapsed).unwrap_or(u64::MAX);
            EventBody::ActivationStep { step, state, message, elapsed_ms }
        }
    };
    if let Err(error) = cell.say(vec![body]).await {
        tracing::warn!(project.id = %cell.id, %error, "what the runtime saw cannot be written down");
    }
}

async fn sweep(engine: Arc<Engine>) {
    let mut seen = HashMap::new();
    loop {
        if let Err(error) = once(&engine, &mut seen).await {
            tracing::warn!(%error, "orphans cannot be looked for");
        }
        let next = after(engine.parts.clock.now(), EVERY);
        tokio::select! {
            () = engine.parts.clock.sleep_until(next) => {}
            () = engine.stopping() => return,
        }
    }
}

/// Ends the workloads of projects that the store does not know; their data goes once it was reported for a day.
async fn once(engine: &Arc<Engine>, seen: &mut HashMap<ProjectId, Time>) -> Result<(), Error> {
    let now = engine.parts.clock.now();
    let owned = engine.parts.runtime.owned().await?;
    let mut orphans = HashMap::new();
    for id in owned {
        let known = engine.read(&id).await?;
        let gone = known.as_ref().is_some_and(|record| record.tombstone.is_some());
        if known.is_some() && !gone {
            continue;
        }
        let since = *seen.get(&id).unwrap_or(&now);
        orphans.insert(id.clone(), since);
        let removed = match gone || after(since, REPORTED) <= now {
            // What was deleted has been promised to be gone; data that nobody knows waits a day.
            true => engine.parts.runtime.remove(&id).await.map(drop),
            false => engine.parts.runtime.stop(&id, Duration::from_secs(2)).await,
        };
        match removed {
            Ok(()) => {
                tracing::warn!(project.id = %id, "an orphan was found: no record knows it; its workload was ended");
            }
            Err(error) => tracing::warn!(project.id = %id, %error, "an orphan cannot be ended"),
        }
    }
    *seen = orphans;
    Ok(())
}
