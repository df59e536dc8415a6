//! `plan(record, seen, now)`: the next step, from nothing but what is wished and what is.

use super::writes::waits;
use crate::{
    port::{Cause, Workload},
    record::{PhaseState, ProjectRecord, TurnStage},
};
use gaggle_shared::{Code, DesiredState, PermissionId, PermissionState, Span, Time};
use std::time::Duration;

/// How long a tombstone keeps its receipt.
pub(crate) const RECEIPT_KEPT: Duration = Duration::from_secs(24 * 3600);

/// How often a pull in progress puts an activation's deadline off.
pub(crate) const EXTENSIONS: u32 = 10;

/// How often a workload may vanish before its activation is given up.
pub(crate) const STARTS: u32 = 3;

/// What the world looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What the runtime sees.
    pub workload: Workload,
    /// The relay is connected and its agent has answered `initialize`.
    pub agent: bool,
    /// An active project's objects are not as they should be, or it is time to see whether they are.
    pub astray: bool,
}

/// The server's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `GAGGLE_IDLE_TIMEOUT`, unless the project says otherwise.
    pub idle: Span,
    /// `GAGGLE_READY_TIMEOUT`
    pub ready: Duration,
}

/// One step. Each is idempotent; after it the plan is made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// All is as wished: look again when told, or at this time.
    Rest(Option<Time>),
    /// Make what a sleeping project has in the cluster.
    Place,
    /// Enter `activating`.
    BeginActivation,
    /// An image is being pulled: put the deadline off.
    Extend,
    /// Start the workload.
    Start,
    /// The agent can chat: enter `active`.
    Ready,
    /// Put right what somebody changed at an active project's objects; its agent works on.
    Tend,
    /// The workload of an active project is gone: what ran is interrupted, and it is activated again.
    Lost,
    /// Give the activation up for this cause (or put it off, if the cause may pass).
    Fail(Cause),
    /// Wish it asleep: it was idle for long enough.
    Sleep,
    /// Wish it awake: a message waits, and nobody wished it asleep since.
    Wake,
    /// Enter `deactivating`.
    BeginStop,
    /// End the workload.
    Stop,
    /// Nobody answered this approval in time.
    Expire(PermissionId),
    /// Enter `deleting`.
    BeginDelete,
    /// Remove everything that is left, then write the receipt.
    Remove,
    /// Forget the receipt.
    Forget,
}

/// Decides the next step.
pub fn plan(record: &ProjectRecord, seen: &Seen, now: Time, limits: Limits) -> Step {
    if let Some(tombstone) = &record.tombstone {
        return due(after(tombstone.at, RECEIPT_KEPT), now).map_or(Step::Forget, |at| Step::Rest(Some(at)));
    }
    match record.desired {
        DesiredState::Deleted => delete(record, now),
        DesiredState::Inactive => sleep(record, seen, now),
        DesiredState::Active => wake(record, seen, now, limits),
    }
}

fn delete(record: &ProjectRecord, now: Time) -> Step {
    match &record.phase {
        PhaseState::Deleting { retry_at, .. } => {
            retry_at.and_then(|at| due(at, now)).map_or(Step::Remove, |at| Step::Rest(Some(at)))
        }
        _ => Step::BeginDelete,
    }
}

fn sleep(record: &ProjectRecord, seen: &Seen, now: Time) -> Step {
    let there = record.link.workload || seen.workload != Workload::Absent;
    match &record.phase {
        PhaseState::Inactive if there => Step::BeginStop,
        PhaseState::Failed { retry_at, .. } if there => {
            retry_at.and_then(|at| due(at, now)).map_or(Step::Stop, |at| Step::Rest(Some(at)))
        }
        // Who puts it to sleep ends what waits in the same write, so this one came without being heard.
        PhaseState::Inactive | PhaseState::Failed { .. } if record.turns.iter().any(waits) => Step::Wake,
        PhaseState::Inactive | PhaseState::Failed { .. } => match record.unplaced {
            None => Step::Rest(None),
            Some(unplaced) => {
                unplaced.retry_at.and_then(|at| due(at, now)).map_or(Step::Place, |at| Step::Rest(Some(at)))
            }
        },
        PhaseState::Deactivating { retry_at, .. } => {
            retry_at.and_then(|at| due(at, now)).map_or(Step::Stop, |at| Step::Rest(Some(at)))
        }
        PhaseState::Activating { .. } | PhaseState::Active { .. } => Step::BeginStop,
        // A deletion is never taken back; the record cannot say so, but a wish would not undo it.
        PhaseState::Deleting { .. } => Step::BeginDelete,
    }
}

fn wake(record: &ProjectRecord, seen: &Seen, now: Time, limits: Limits) -> Step {
    match &record.phase {
        PhaseState::Inactive | PhaseState::Failed { .. } | PhaseState::Deactivating { .. } => {
            Step::BeginActivation
        }
        PhaseState::Activating { attempt, retry_at, deadline, extended, queued, .. } => {
            if seen.agent {
                return Step::Ready;
            }
            if let Some(fault) = fault(record, seen) {
                // What may pass is told when it comes; then it is only looked at again, and after a while tried.
                let later = record.waits_until(&fault, now);
                return later.map_or(Step::Fail(fault), |at| Step::Rest(Some(at)));
            }
            let absent = matches!(seen.workload, Workload::Absent | Workload::Stopping);
            // No time is up before anything was tried, nor while it waits for its place among the starts.
            if absent && (*queued || *attempt == 0) {
                return Step::Start;
            }
            if *deadline <= now {
                let pulls = seen.workload == Workload::Starting(gaggle_shared::Step::Image);
                let more = pulls && *extended < EXTENSIONS;
                return if more { Step::Extend } else { Step::Fail(timeout(seen)) };
            }
            if let Some(at) = retry_at.and_then(|at| due(at, now)) {
                return Step::Rest(Some(at.min(*deadline)));
            }
            match seen.workload {
                Workload::Absent if *attempt >= STARTS => Step::Fail(vanished()),
                Workload::Absent | Workload::Stopping => Step::Start,
                _ => Step::Rest(Some(*deadline)),
            }
        }
        PhaseState::Active { .. } => {
            // Before what is seen of a pod is taken for the agent's: it may be one too many.
            if seen.astray {
                return Step::Tend;
            }
            match fault(record, seen) {
                Some(fault) if !fault.passing => return Step::Fail(fault),
                // A successor that cannot come up yet is waited for; an agent that can be talked to works on.
                Some(_) if !seen.agent => return Step::BeginActivation,
                _ => {}
            }
            match seen.workload {
                Workload::Absent | Workload::Stopping => Step::Lost,
                // Something else brings up a successor (a pod's): to be waited for, like any start. Or what the
                // cluster shows lags and this server was away: then the same agent calls again, and its turn goes
                // on. Which of the two, the relay's incarnation tells.
                Workload::Starting(_) if !seen.agent => Step::BeginActivation,
                _ => awake(record, now, limits),
            }
        }
        PhaseState::Deleting { .. } => Step::BeginDelete,
    }
}

/// An active project: expire what nobody answers, sleep when idle, else rest until either is due.
fn awake(record: &ProjectRecord, now: Time, limits: Limits) -> Step {
    let mut next: Option<Time> = None;
    for asking in record.turns.iter().flat_map(|turn| &turn.permissions) {
        let permission = &asking.permission;
        if permission.state != PermissionState::Pending {
            continue;
        }
        match due(permission.expires_at, now) {
            None => return Step::Expire(permission.id.clone()),
            Some(at) => next = Some(next.map_or(at, |soonest| soonest.min(at))),
        }
    }
    if let Some(idle) = sleeps_at(record, limits) {
        match due(idle, now) {
            None => return Step::Sleep,
            Some(at) => next = Some(next.map_or(at, |soonest| soonest.min(at))),
        }
    }
    Step::Rest(next)
}

/// When an active project falls asleep if nothing happens: never while a turn runs or waits.
pub(crate) fn sleeps_at(record: &ProjectRecord, limits: Limits) -> Option<Time> {
    let idle = record.settings.idle_timeout.unwrap_or(limits.idle);
    let busy = record.turns.iter().any(|turn| !matches!(turn.stage, TurnStage::Ended { .. }));
    let PhaseState::Active { since } = &record.phase else { return None };
    let active = record.desired == DesiredState::Active;
    (active && !busy && !idle.is_zero()).then(|| after(record.last_activity_at.max(*since), idle.duration()))
}

fn fault(record: &ProjectRecord, seen: &Seen) -> Option<Cause> {
    let said = record.link.fault.as_ref();
    if let Workload::Broken(cause) = &seen.workload
        // That it ends again and again is no cause where its relay has said why.
        && (cause.code != Code::CrashLoop || said.is_none())
    {
        return Some(cause.clone());
    }
    said.map(|failure| Cause {
        code: failure.code,
        message: failure.message.clone(),
        hint: failure.hint.clone(),
        detail: failure.detail.clone(),
        passing: false,
    })
}

fn timeout(seen: &Seen) -> Cause {
    use gaggle_shared::Step as At;
    let step = match seen.workload {
        Workload::Running => "the agent did not answer (step: agent)",
        Workload::Starting(At::Schedule) => "no node has taken its pod (step: schedule)",
        Workload::Starting(At::Volume) => "its volume is not there (step: volume)",
        Workload::Starting(At::Image) => "its image is still being pulled (step: image)",
        Workload::Starting(At::Container) => "its container has not started (step: container)",
        Workload::Starting(_) => "its process has not come up (step: relay)",
        _ => "its process is not there (step: process)",
    };
    Cause::new(Code::ActivationTimeout, format!("the agent was not ready in time: {step}"))
        .hint("look at the project's log; raise GAGGLE_READY_TIMEOUT if it just takes longer here")
}

fn vanished() -> Cause {
    Cause::new(Code::CrashLoop, "the agent's relay ended again and again").hint("look at the project's log")
}

/// The time itself if it is still to come.
fn due(at: Time, now: Time) -> Option<Time> {
    (at > now).then_some(at)
}

/// A time and a span later, at most the end of time.
pub(crate) fn after(at: Time, span: Duration) -> Time {
    at.checked_add(span).unwrap_or(Time::MAX)
}

#[cfg(test)]
mod tests;
