//! What each step of the plan does: one effect, then one write that says so.

use super::{Step, after as later, writes};
use crate::{
    cell::Cell,
    chat,
    draft::Draft,
    engine::to_hex,
    error::Error,
    port::{Cause, Progress, RuntimeError, WorkloadSpec},
    record::{Tombstone, TurnStage},
};
use gaggle_shared::{Code, DesiredState, EventBody, Removed, Settings, Time};
use sha2::{Digest, Sha256};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::mpsc;

/// How long a stop waits for a turn to end by itself.
const DRAIN: Duration = Duration::from_secs(2);

/// How long an agent may take to end softly.
const GRACE: Duration = Duration::from_secs(2);

/// Takes a step. False: the project is gone.
pub(super) async fn take(cell: &Arc<Cell>, step: Step) -> Result<bool, Error> {
    let ready = cell.engine.config.ready_timeout;
    match step {
        Step::Rest(_) => {}
        Step::Place => place(cell).await?,
        Step::Extend => write(cell, move |draft| draft.record.extend_activation(ready)).await?,
        Step::BeginActivation => {
            write(cell, move |draft| draft.record.begin_activation(draft.now, ready)).await?;
        }
        Step::Start => start(cell).await?,
        Step::Tend => tend(cell).await,
        Step::Ready => write(cell, |draft| draft.record.note_ready(draft.now)).await?,
        Step::Lost => {
            let met = cell.linked.load(Ordering::Relaxed);
            write(cell, move |draft| writes::lose(draft, met, ready)).await?;
        }
        Step::Fail(cause) => {
            let passing = cause.passing;
            fail(cell, cause).await?;
            // What it lacks may have been taken away by hand.
            if passing {
                tend(cell).await;
            }
        }
        Step::Sleep => {
            let limits = cell.engine.limits();
            write(cell, move |draft| writes::fall_asleep(draft, limits)).await?;
        }
        Step::Wake => write(cell, writes::wake).await?,
        Step::BeginStop => write(cell, writes::begin_stop).await?,
        Step::Stop => stop(cell).await?,
        Step::Expire(id) => write(cell, move |draft| chat::expire(draft, &id)).await?,
        Step::BeginDelete => write(cell, |draft| draft.record.begin_delete(draft.now)).await?,
        Step::Remove => remove(cell).await?,
        Step::Forget => {
            let generation = cell.record().generation;
            cell.engine.parts.store.erase(&cell.id, None).await?;
            cell.engine.parts.store.forget(&cell.id, generation).await?;
            cell.engine.drop_cell(&cell.id);
            return Ok(false);
        }
    }
    Ok(true)
}

/// A change without an answer, which is dropped if a deletion was wished meanwhile and this is none.
async fn write(cell: &Arc<Cell>, change: impl FnOnce(&mut Draft<'_>) + Send + 'static) -> Result<(), Error> {
    cell.change(move |draft| {
        change(draft);
        Ok(())
    })
    .await
}

/// Gives an activation up, or puts it off.
pub(super) async fn fail(cell: &Arc<Cell>, cause: Cause) -> Result<(), Error> {
    write(cell, move |draft| writes::fail(draft, &cause)).await
}

async fn place(cell: &Arc<Cell>) -> Result<(), Error> {
    let engine = &cell.engine;
    let placement = engine.placement(&cell.record());
    match engine.parts.runtime.place(&placement).await {
        Ok(()) | Err(RuntimeError::NotSupported) => write(cell, |draft| draft.record.note_placed()).await,
        Err(RuntimeError::Cause(cause)) => {
            write(cell, move |draft| draft.record.note_unplaced(&cause, draft.now)).await
        }
    }
}

/// As many starts as may be are under way: this one waits, and says so.
pub(super) async fn queue(cell: &Arc<Cell>) -> Result<(), Error> {
    let engine = cell.engine.clone();
    write(cell, move |draft| writes::queue(draft, engine.parts.runtime.kind())).await
}

/// What fails is tried again when the runtime says so: nobody waits for it, and the agent works on.
async fn tend(cell: &Arc<Cell>) {
    let placement = cell.engine.placement(&cell.record());
    if let Err(RuntimeError::Cause(cause)) = cell.engine.parts.runtime.tend(&placement).await {
        let detail = cause.detail.as_deref().unwrap_or_default();
        tracing::warn!(project.id = %cell.id, %cause, detail, "its objects cannot be put right; it is tried again");
    }
}

async fn start(cell: &Arc<Cell>) -> Result<(), Error> {
    let engine = &cell.engine;
    let record = cell.record();
    let grant = engine.parts.model.grant(&record.user, &record.id, &record.settings).await;
    let model = match grant {
        Ok(model) => model,
        Err(error) => return fail(cell, error.into()).await,
    };
    let mut secret = [0; 32];
    engine.parts.entropy.fill(&mut secret);
    let token = to_hex(&secret);
    let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    // Written before anything is started, so that whatever runs is known.
    let ready = engine.config.ready_timeout;
    let noted = cell.change(move |draft| {
        draft.record.note_start(draft.now, to_hex(&hash), ready);
        Ok(())
    });
    // Both wait for the disk: together.
    let (noted, ()) = tokio::join!(noted, engine.parts.runtime.prepare(&record.id));
    noted?;
    cell.admit(hash).await;
    let mode = record.settings.mode.unwrap_or(engine.config.mode);
    let spec = WorkloadSpec {
        instance: engine.instance.clone(),
        user: record.user.clone(),
        project: record.id.clone(),
        settings: Settings { mode: Some(mode), ..record.settings.clone() },
        mode,
        model,
        token,
        patience: engine.config.patience,
        met: record.link.cursor.incarnation,
    };
    let since = match cell.record().phase {
        crate::record::PhaseState::Activating { since, .. } => since,
        _ => engine.parts.clock.now(),
    };
    let (steps, mut told) = mpsc::unbounded_channel();
    let progress = Steps { since, clock: engine.parts.clock.clone(), steps };
    let starting = async {
        let started = engine.parts.runtime.start(&spec, &progress).await;
        drop(progress);
        started
    };
    let telling = async {
        while let Some(body) = told.recv().await {
            cell.say(vec![body]).await?;
        }
        Ok::<_, Error>(())
    };
    let (started, told) = tokio::join!(starting, telling);
    told?;
    match started {
        Ok(()) => Ok(()),
        Err(RuntimeError::Cause(cause)) => fail(cell, cause).await,
        Err(RuntimeError::NotSupported) => {
            fail(cell, Cause::new(Code::Internal, "the runtime cannot start projects")).await
        }
    }
}

/// Turns what a runtime tells into events.
struct Steps {
    since: Time,
    clock: Arc<dyn crate::port::Clock>,
    steps: mpsc::UnboundedSender<EventBody>,
}

impl Progress for Steps {
    fn step(&self, step: gaggle_shared::Step, state: gaggle_shared::StepState, message: &str) {
        let elapsed_ms = self.clock.now().duration_since(self.since).as_millis().max(0) as u64;
        // The receiver ends only after this.
        let _ =
            self.steps.send(EventBody::ActivationStep { step, state, message: message.into(), elapsed_ms });
    }
}

async fn stop(cell: &Arc<Cell>) -> Result<(), Error> {
    let engine = &cell.engine;
    let running = |turn: &crate::record::LiveTurn| matches!(turn.stage, TurnStage::Running { .. });
    let drained =
        cell.until(|record| !record.turns.iter().any(running) || record.desired != DesiredState::Inactive);
    let until = later(engine.parts.clock.now(), DRAIN);
    tokio::select! {
        drained = drained => { drained?; }
        () = engine.parts.clock.sleep_until(until) => {}
    }
    if cell.record().desired != DesiredState::Inactive {
        return Ok(());
    }
    let stopped = tokio::select! {
        stopped = engine.parts.runtime.stop(&cell.id, GRACE) => stopped,
        // A stop may wait for long for what does not end. A removal takes all away, so nothing that a stop has left
        // under way can stand against it; a start waits for the stop's end.
        gone = cell.until(|record| record.desired == DesiredState::Deleted) => return gone.map(drop),
    };
    match stopped {
        Ok(()) | Err(RuntimeError::NotSupported) => {
            engine.parts.gateway.dismiss(&cell.id).await;
            write(cell, writes::stop).await
        }
        Err(RuntimeError::Cause(cause)) => {
            write(cell, move |draft| draft.record.note_stuck(&cause, draft.now)).await
        }
    }
}

async fn remove(cell: &Arc<Cell>) -> Result<(), Error> {
    let engine = &cell.engine;
    let owner = cell.record().user.clone();
    let removed = match engine.parts.runtime.remove(&cell.id, Some(&owner)).await {
        Ok(removed) => removed,
        Err(RuntimeError::NotSupported) => Vec::new(),
        Err(RuntimeError::Cause(cause)) => {
            return write(cell, move |draft| draft.record.note_stuck(&cause, draft.now)).await;
        }
    };
    // Not before: a relay that is told so ends by itself, and what runs it would start it again.
    engine.parts.gateway.dismiss(&cell.id).await;
    // What went is written down before more goes, so that a crash forgets nothing of the receipt.
    write(cell, move |draft| draft.record.note_removed(removed)).await?;
    cell.journal.flush().await?;
    engine.parts.store.erase(&cell.id, None).await?;
    let id = cell.id.to_string();
    write(cell, move |draft| {
        let records = [("Journal", &id), ("Turns", &id)]
            .map(|(kind, name)| Removed { kind: kind.into(), name: name.clone() });
        draft.record.note_removed(records.into());
        let receipt = draft.record.receipt();
        draft.record.turns.clear();
        draft.record.outbox.clear();
        draft.record.link = crate::record::LinkRecord::default();
        draft.emit(EventBody::ProjectDeleted { removed: receipt.removed.clone(), remaining: Vec::new() });
        draft.record.tombstone = Some(Tombstone { receipt, at: draft.now });
    })
    .await?;
    cell.journal.discard().await;
    engine.parts.store.erase(&cell.id, None).await?;
    Ok(())
}
