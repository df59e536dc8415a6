//! What the runtime does by itself.

use super::{line, orphans};
use crate::{cell::Cell, engine::Engine, port::News, record::PhaseState};
use gaggle_shared::{Code, DesiredState, EventBody, ProjectId, Step};
use std::sync::Arc;
use tokio::sync::{broadcast::error::RecvError, mpsc};

/// How much that was seen may wait to be written down.
const TOLD: usize = 1024;

/// Wakes drivers whose workload has changed, removes what belongs to no project, and calls up who waits to be placed.
pub(crate) fn watch(engine: &Arc<Engine>) {
    let (waking, sweeping, calling) = (engine.clone(), engine.clone(), engine.clone());
    engine.spawn(async move { wake(waking).await });
    engine.spawn(async move { orphans::sweep(sweeping).await });
    engine.spawn(async move { line::call(calling).await });
}

async fn wake(engine: Arc<Engine>) {
    let mut changes = engine.parts.runtime.changes();
    // Loading waits for a store too. What does not fit is found by the next sweep.
    let (roused, mut rousing) = mpsc::channel::<ProjectId>(TOLD);
    let loader = engine.clone();
    engine.spawn(async move {
        while let Some(project) = rousing.recv().await {
            rouse(&loader, &project).await;
        }
    });
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
                let Some(cell) = engine.peek(&change.project) else {
                    if change.what == News::Workload {
                        roused.try_send(change.project).ok();
                    }
                    continue;
                };
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

/// Has the driver of a project look, also of one at rest: what runs there may have been started by hand.
pub(super) async fn rouse(engine: &Arc<Engine>, project: &ProjectId) {
    match engine.load(project).await {
        Ok(cell) => cell.wake.notify_one(),
        // An orphan: those are looked for elsewhere.
        Err(error) if error.code == Code::ProjectNotFound => {}
        Err(error) => tracing::warn!(project.id = %project, %error, "a project that stirs cannot be loaded"),
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
            let since = match record.phase {
                PhaseState::Activating { since, .. } => since,
                // A load balancer takes longer than the agent does, and nobody waits for it.
                PhaseState::Active { since } if step == Step::Endpoint => since,
                _ => return,
            };
            let elapsed = engine.parts.clock.now().duration_since(since).as_millis().max(0);
            let elapsed_ms = u64::try_from(elapsed).unwrap_or(u64::MAX);
            EventBody::ActivationStep { step, state, message, elapsed_ms }
        }
    };
    if let Err(error) = cell.say(vec![body]).await {
        tracing::warn!(project.id = %cell.id, %error, "what the runtime saw cannot be written down");
    }
}
