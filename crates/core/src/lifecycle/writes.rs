//! What steps write: pure changes of a draft, so that the plan can be tested with them. A step was planned with an
//! earlier record, so each looks again whether it is still called for.

use super::{Limits, sleeps_at};
use crate::{
    chat,
    draft::Draft,
    port::Cause,
    record::{PhaseState, TurnStage},
};
use gaggle_shared::{Code, DesiredState, EventBody, Failure, RuntimeKind, Step, StepState, StopReason, Time};
use std::time::Duration;

/// It was idle for long enough: wish it asleep, unless a message or another wish has come since the plan was made.
pub(super) fn fall_asleep(draft: &mut Draft<'_>, limits: Limits) {
    if sleeps_at(&draft.record, limits).is_some_and(|at| at <= draft.now) {
        draft.record.desired = DesiredState::Inactive;
    }
}

/// A message waits in a project that nobody wishes awake: a message wakes.
pub(super) fn wake(draft: &mut Draft<'_>) {
    if draft.record.desired == DesiredState::Inactive && draft.record.turns.iter().any(waits) {
        draft.wish_active();
    }
}

/// Enters `deactivating`.
pub(super) fn begin_stop(draft: &mut Draft<'_>) {
    if draft.record.desired == DesiredState::Inactive {
        draft.record.begin_stop(draft.now);
    }
}

/// The workload of an active project is gone; `met`: before this server's eyes.
pub(super) fn lose(draft: &mut Draft<'_>, met: bool, ready: Duration) {
    let failure = if met { lost(draft.now) } else { was_away(draft.now) };
    chat::interrupt_running(draft, &failure);
    draft.record.link.agent_start = None;
    draft.record.begin_activation(draft.now, ready);
}

/// As many starts as may be are under way: this one waits, and whoever looks is told.
pub(super) fn queue(draft: &mut Draft<'_>, kind: RuntimeKind) {
    if !draft.record.note_queued() {
        return;
    }
    let PhaseState::Activating { since, .. } = draft.record.phase else { return };
    let elapsed_ms = u64::try_from(draft.now.duration_since(since).as_millis()).unwrap_or_default();
    let message = format!("waits for its turn: {} other projects are starting", draft.config.activations);
    let step = match kind {
        RuntimeKind::Local => Step::Workspace,
        RuntimeKind::Kubernetes => Step::Namespace,
    };
    draft.emit(EventBody::ActivationStep { step, state: StepState::Started, message, elapsed_ms });
}

/// The activation is given up, or put off.
pub(super) fn fail(draft: &mut Draft<'_>, cause: &Cause) {
    if draft.record.desired != DesiredState::Active {
        return;
    }
    draft.record.note_failure(cause, draft.now);
    if draft.record.desired == DesiredState::Inactive {
        let failure = cause.failure(draft.now);
        let interrupted = (StopReason::Interrupted, Some(failure.clone()));
        chat::end_all(draft, &interrupted, &(StopReason::Failed, Some(failure)));
    }
}

/// Nothing runs any more. What began to wait on the way down (an addition that came too late) fails as all that
/// waited did; if the project was wished awake meanwhile it waits for that.
pub(super) fn stop(draft: &mut Draft<'_>) {
    draft.record.note_stopped();
    let failure = lost(draft.now);
    chat::interrupt_running(draft, &failure);
    if draft.record.desired == DesiredState::Inactive {
        fail_waiting(draft);
    }
}

/// Ends what waits, because the project is put to sleep.
pub(crate) fn fail_waiting(draft: &mut Draft<'_>) {
    let failure = Failure {
        code: Code::ProjectDeactivated,
        message: "the project was put to sleep before the agent got this message".into(),
        hint: Some("send it again: that wakes the project".into()),
        detail: None,
        since: draft.now,
    };
    let unknown = Failure {
        message: "the project was put to sleep before it was known whether the agent got this message".into(),
        hint: Some("look at what was done; then send it again, which wakes the project".into()),
        ..failure.clone()
    };
    let waiting = draft.record.turns.iter().filter(|turn| waits(turn));
    let waiting: Vec<_> = waiting.map(|turn| (turn.id.clone(), turn.stage == TurnStage::Queued)).collect();
    for (id, queued) in waiting {
        let why = if queued { &failure } else { &unknown };
        chat::end_turn(draft, &id, StopReason::Failed, Some(why.clone()));
    }
    chat::end_steers(draft, StopReason::Failed, Some(&failure));
}

/// A message that the agent has not got yet, as far as is known.
pub(super) fn waits(turn: &crate::record::LiveTurn) -> bool {
    matches!(turn.stage, TurnStage::Queued | TurnStage::Sent { .. })
}

fn lost(since: Time) -> Failure {
    Failure {
        code: Code::AgentDisconnected,
        message: "the agent's process is gone".into(),
        hint: Some("send the message again if its work is not done".into()),
        detail: None,
        since,
    }
}

/// This server never met the agent that a record says ran.
fn was_away(since: Time) -> Failure {
    Failure {
        code: Code::ServerWasAway,
        message: "the agent was gone when the server came back".into(),
        hint: Some(
            "it waits for the server as long as GAGGLE_RELAY_PATIENCE says; send the message again if its work \
             is not done"
                .into(),
        ),
        detail: None,
        since,
    }
}
