//! The reconciler: one loop per loaded project, woken by signal and timer, told nothing.

use super::{Seen, Step, after, line, plan, steps};
use crate::{
    cell::Cell,
    port::{Cause, Reach, RuntimeError, Workload},
    record::{PhaseState, ProjectRecord},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use gaggle_shared::{Code, DesiredState, Time};
use std::{sync::Arc, time::Duration};
use tokio::sync::{AcquireError, OwnedSemaphorePermit};

/// How long a project at rest stays loaded.
const LINGER: Duration = Duration::from_secs(60);

/// When to look again after something could not be seen or written.
const AGAIN: Duration = Duration::from_secs(1);

/// How long an active project may go unlooked at: the runtime tells of most changes, this finds the rest.
const LOOK: Duration = Duration::from_secs(10);

/// How often it is stored that a server is there while an approval waits.
const WATCH: Duration = Duration::from_secs(15);

/// A driver and its map entry hold the cell; a waiting link does too.
const HELD: usize = 2;

/// Brings a project from what is to what is wished, until the server ends or it is at rest for long enough.
pub(crate) async fn drive(cell: Arc<Cell>) {
    let mut turn = Turn { permit: Permit::None, placing: None, placed: false, shown: Reach::default() };
    loop {
        // Boxed: a step has many ways, and ten thousand drivers that wait shall not each keep room for all of them.
        let pause = tokio::select! {
            () = cell.engine.stopping() => return,
            () = cell.is_lost() => return,
            pause = turn.step(&cell).boxed() => pause,
        };
        let until = match pause {
            Pause::None => continue,
            Pause::Gone => return,
            Pause::Line if line::leave(&cell, HELD) => return,
            Pause::Line => {
                // Somebody uses it: it waits here, until nobody does.
                let clock = &cell.engine.parts.clock;
                let place = cell.engine.line.places().acquire_owned();
                tokio::select! {
                    () = cell.engine.stopping() => return,
                    () = cell.is_lost() => return,
                    // Whoever wishes it awake or gone need not wait for those before it.
                    () = cell.wake.notified() => {}
                    place = place => turn.placing = place.ok(),
                    () = clock.sleep_until(after(clock.now(), AGAIN)) => {}
                }
                continue;
            }
            Pause::Store => {
                let clock = &cell.engine.parts.clock;
                tokio::select! {
                    () = cell.engine.stopping() => return,
                    () = cell.is_lost() => return,
                    () = clock.sleep_until(after(clock.now(), AGAIN)) => {}
                }
                continue;
            }
            Pause::Until(until) => until,
        };
        let now = cell.engine.parts.clock.now();
        // What was only taken up to be placed makes room for the next, if there is one; else what the cluster says of its
        // new objects is taken down for a while.
        if turn.placed && until.is_none() && cell.engine.line.moves() && cell.engine.unload(&cell, HELD) {
            return;
        }
        // So does what could not be placed: it is called up when it is time to try again.
        if cell.record().retries_placing(now) && line::leave(&cell, HELD) {
            return;
        }
        turn.placed = false;
        let timer = cell.engine.parts.clock.sleep_until(until.unwrap_or_else(|| after(now, LINGER)));
        let timed_out = tokio::select! {
            () = cell.engine.stopping() => return,
            () = cell.is_lost() => return,
            () = cell.wake.notified() => false,
            () = timer => true,
        };
        if timed_out && until.is_none() && cell.engine.unload(&cell, HELD) {
            return;
        }
    }
}

enum Pause {
    /// Look again at once.
    None,
    /// Look again when told, or when its turn has come to be placed.
    Line,
    /// Look again when told, or then.
    Until(Option<Time>),
    /// The store does not take or tell what is so: after a while, whoever calls. A write that failed calls itself.
    Store,
    /// There is nothing to drive any more.
    Gone,
}

/// What a driver keeps between steps; nothing that matters after a crash.
struct Turn {
    /// Held while an activation is under way.
    permit: Permit,
    /// Held while its objects are made for a project that sleeps.
    placing: Option<OwnedSemaphorePermit>,
    /// Its objects were just made.
    placed: bool,
    /// How its agent was reached when people were last shown it.
    shown: Reach,
}

/// The right to start something.
enum Permit {
    None,
    /// In line for it, whatever is looked at meanwhile.
    Awaited(BoxFuture<'static, Result<OwnedSemaphorePermit, AcquireError>>),
    Held {
        /// Given back with this.
        _permit: OwnedSemaphorePermit,
    },
}

impl Turn {
    async fn step(&mut self, cell: &Arc<Cell>) -> Pause {
        let now = cell.engine.parts.clock.now();
        if let Err(error) = cell.settled().await {
            tracing::warn!(project.id = %cell.id, %error, "what was written cannot be looked at; trying again");
            return Pause::Store;
        }
        let record = cell.record();
        let workload = match look(cell, &record).await {
            Ok(workload) => workload,
            Err(cause) => {
                tracing::warn!(project.id = %cell.id, cause = %cause, "the workload cannot be seen");
                if matches!(record.phase, PhaseState::Activating { .. })
                    && record.waits_until(&cause, now).is_none()
                    && let Err(error) = steps::fail(cell, cause).await
                {
                    tracing::warn!(project.id = %cell.id, %error, "the failure cannot be stored");
                }
                return Pause::Until(Some(after(now, AGAIN)));
            }
        };
        // The record may have changed while the world was looked at: plan with what is now. What was looked at in
        // another phase says nothing of this one: a project that became active meanwhile has not lost its agent.
        let before = std::mem::discriminant(&record.phase);
        let record = cell.record();
        if std::mem::discriminant(&record.phase) != before {
            return Pause::None;
        }
        let seen = Seen { workload, agent: linked(cell, &record), astray: astray(cell, &record) };
        let step = plan(&record, &seen, now, cell.engine.limits());
        // What waits for something to pass keeps no place among the starts from others.
        let passing = matches!(&step, Step::Fail(cause) if cause.passing);
        let waits = matches!(step, Step::Rest(_)) && matches!(seen.workload, Workload::Broken(_));
        if !matches!(record.phase, PhaseState::Activating { .. }) || passing || waits {
            self.permit = Permit::None;
        }
        if step != Step::Place {
            self.placing = None;
        }
        match step {
            Step::Rest(until) => {
                // An approval that waits must not lose time to a server that is gone, nor get it all again.
                let watched = record.watched_until(WATCH);
                if watched.is_some_and(|at| at <= now) {
                    let noted = cell.change(|draft| {
                        draft.record.watch(draft.now);
                        Ok(())
                    });
                    if let Err(error) = noted.await {
                        tracing::warn!(project.id = %cell.id, %error, "a waiting approval's time cannot be stored");
                        return Pause::Store;
                    }
                    return Pause::None;
                }
                // What the runtime sees and how long the link is away changes what people see, and no record.
                let reach = cell.engine.reach(&record);
                let active = matches!(record.phase, PhaseState::Active { .. });
                if std::mem::replace(&mut self.shown, reach.clone()) != reach && active {
                    cell.show_anew().await;
                }
                let until = until.into_iter().chain(watched).min();
                let look = active.then(|| after(now, LOOK));
                Pause::Until(until.into_iter().chain(look).min())
            }
            step => {
                if step == Step::Start
                    && let Some(pause) = self.queue(cell).await
                {
                    return pause;
                }
                if step == Step::Place {
                    if self.placing.is_none() {
                        self.placing = cell.engine.line.places().try_acquire_owned().ok();
                    }
                    if self.placing.is_none() {
                        return Pause::Line;
                    }
                    self.placed = true;
                }
                tracing::debug!(project.id = %cell.id, ?step, "step");
                let starts = step == Step::Start;
                let taken = steps::take(cell, explained(cell, step)).await;
                if starts && cell.record().failure.is_some() {
                    self.permit = Permit::None;
                }
                match taken {
                    Ok(true) => Pause::None,
                    Ok(false) => Pause::Gone,
                    Err(error) => {
                        tracing::warn!(project.id = %cell.id, %error, "a step failed; trying again");
                        Pause::Store
                    }
                }
            }
        }
    }

    /// Nothing if it may start now; else it waits for its place, and comes back as soon as there is something new.
    async fn queue(&mut self, cell: &Arc<Cell>) -> Option<Pause> {
        match &mut self.permit {
            Permit::Held { .. } => return None,
            Permit::None => {
                let all = cell.engine.activations.clone();
                if let Ok(permit) = all.clone().try_acquire_owned() {
                    self.permit = Permit::Held { _permit: permit };
                    return None;
                }
                self.permit = Permit::Awaited(all.acquire_owned().boxed());
                if let Err(error) = steps::queue(cell).await {
                    tracing::warn!(project.id = %cell.id, %error, "that a start waits cannot be stored");
                    return Some(Pause::Store);
                }
            }
            // Whoever wishes it asleep or gone need not wait for those before it.
            Permit::Awaited(place) => tokio::select! {
                permit = place => {
                    self.permit = permit.map_or(Permit::None, |permit| Permit::Held { _permit: permit });
                }
                () = cell.wake.notified() => {}
            },
        }
        // While it waited things may have changed.
        Some(Pause::None)
    }
}

/// A start that took too long, with why its relay is not reached where that is known.
fn explained(cell: &Cell, step: Step) -> Step {
    match step {
        Step::Fail(cause) if cause.code == Code::ActivationTimeout && cause.detail.is_none() => {
            let unreached = cell.engine.parts.gateway.unreached(&cell.id);
            let detail = unreached.map(|why| format!("the server does not reach the agent's relay: {why}"));
            Step::Fail(Cause { detail, ..cause })
        }
        step => step,
    }
}

/// Looks at the world, where the plan needs it.
async fn look(cell: &Arc<Cell>, record: &ProjectRecord) -> Result<Workload, Cause> {
    // To end something nothing need be seen, nor to begin: what cannot be seen can be told to end, and a beginning
    // that fails for it tells whoever waits.
    let begun = matches!(record.phase, PhaseState::Activating { .. } | PhaseState::Active { .. });
    let looks = record.desired == DesiredState::Active && begun;
    if !looks || record.tombstone.is_some() {
        // What somebody has started behind our back is ended; only where it is seen without asking, for else it can
        // wait until it is.
        let rests = matches!(record.phase, PhaseState::Inactive | PhaseState::Failed { .. });
        let seen = rests.then(|| cell.engine.parts.runtime.glimpse(&cell.id)).flatten();
        return Ok(seen.unwrap_or(Workload::Absent));
    }
    cell.engine.parts.runtime.observe(&cell.id).await.map_err(|error| match error {
        RuntimeError::Cause(cause) => cause,
        RuntimeError::NotSupported => Cause::new(Code::Internal, "the runtime cannot look"),
    })
}

/// The objects of an agent that is wished to run are to be looked after.
fn astray(cell: &Cell, record: &ProjectRecord) -> bool {
    let runs = record.desired == DesiredState::Active && matches!(record.phase, PhaseState::Active { .. });
    runs && cell.engine.parts.runtime.astray(&cell.engine.placement(record))
}

/// The relay is connected and its agent has answered `initialize`.
fn linked(cell: &Cell, record: &ProjectRecord) -> bool {
    let link = cell.engine.parts.gateway.link(&cell.id);
    let connected = link.is_some_and(|link| link.incarnation == record.link.cursor.incarnation);
    connected && record.link.agent_start.is_some()
}
