//! The relay and its agent come and go.

use super::gone;
use crate::{
    chat::{self, interrupt_running, turns::end_turn},
    draft::Draft,
    port::{Link, LinkCursor},
    record::{LiveTurn, PhaseState, TurnStage},
};
use gaggle_shared::{Code, EventBody, Failure, Step, StepState, StopReason, TurnId};

/// A relay has called home. One of a higher incarnation means that the one before, and its agent, are gone.
pub(crate) fn relay_connected(draft: &mut Draft<'_>, link: &Link) {
    draft.record.link.endpoint = link.endpoint.clone();
    if link.incarnation > draft.record.link.cursor.incarnation {
        draft.record.link.cursor = LinkCursor { incarnation: link.incarnation, frame: 0 };
        draft.record.link.agent_start = None;
        let failure = gone(draft.now, "the agent's process was replaced by another", None);
        interrupt_running(draft, &failure);
        unsend(draft);
        step(draft, Step::Relay, StepState::Done, "the relay called home");
        step(draft, Step::Agent, StepState::Started, "waiting for the agent to answer initialize");
    }
}

/// A relay called that is too old to be talked with: no agent will come up in this workload.
pub(crate) fn relay_outdated(draft: &mut Draft<'_>, release: String) {
    let hint = "activate it again, so that it gets a relay of this release; where its image brings a relay of its own, \
                rebuild the image or set GAGGLE_RELAY_INJECT=always";
    draft.record.link.fault.get_or_insert(Failure {
        code: Code::ContainerConfigError,
        message: "the relay beside the agent is too old for this server".into(),
        hint: Some(hint.into()),
        detail: Some(release),
        since: draft.now,
    });
}

/// Frames were lost for ever: what runs cannot be shown whole.
pub(crate) fn missing(draft: &mut Draft<'_>, first: u64) {
    let detail = format!("the next frame is {first}");
    let failure = gone(draft.now, "a part of what the agent said was lost", Some(detail));
    // What was sent may have been begun in what was lost.
    give_up(draft, &failure, |stage| matches!(stage, TurnStage::Sent { .. } | TurnStage::Running { .. }));
}

/// Interrupts turns that the agent has, or may have, and has it stopped: it does not know that it is not heard.
pub(super) fn give_up(draft: &mut Draft<'_>, failure: &Failure, which: impl Fn(&TurnStage) -> bool) {
    let turns = draft.record.turns.iter().filter(|turn| which(&turn.stage));
    for turn in turns.cloned().collect::<Vec<_>>() {
        chat::abandon::abandon(draft, &turn);
        if matches!(turn.stage, TurnStage::Sent { .. }) {
            end_turn(draft, &turn.id, StopReason::Interrupted, Some(failure.clone()));
        }
    }
    interrupt_running(draft, failure);
}

pub(super) fn down(draft: &mut Draft<'_>, how: &str, last_lines: &str, last: bool, unresponsive: bool) {
    draft.record.link.agent_start = None;
    let detail = format!("{how}\n{last_lines}").trim().to_owned();
    draft.emit(EventBody::AgentProcess { running: false, detail: Some(detail.clone()) });
    let failure =
        gone(draft.now, &format!("the agent ended in the middle of the turn ({how})"), Some(detail.clone()));
    interrupt_running(draft, &failure);
    unsend(draft);
    // One that hung for all its time in a start would hang in the next: that is the cause, told before the deadline.
    let hung = unresponsive && matches!(draft.record.phase, PhaseState::Activating { .. });
    if last || hung {
        let (code, message) = match unresponsive {
            true => (Code::AgentUnresponsive, "the agent started but did not answer".to_owned()),
            false => (Code::CrashLoop, format!("the agent ended again and again ({how})")),
        };
        let hint = Some("look at the project's log; activate it to try again".into());
        draft.record.link.fault =
            Some(Failure { code, message, hint, detail: Some(detail), since: draft.now });
    }
}

/// The server was away for so long that the relay ended the agent; it is started again now.
pub(super) fn rested(draft: &mut Draft<'_>, last_lines: &str) {
    draft.record.link.agent_start = None;
    let detail = Some(format!("ended by its relay\n{last_lines}").trim().to_owned());
    draft.emit(EventBody::AgentProcess { running: false, detail: detail.clone() });
    let failure = Failure {
        code: Code::ServerWasAway,
        message: "the server was away for longer than an agent waits, so the agent was ended".into(),
        hint: Some("send the message again if its work is not done".into()),
        detail,
        since: draft.now,
    };
    interrupt_running(draft, &failure);
    unsend(draft);
}

/// What was sent but not written goes back to waiting: a new agent must have its session at hand first.
fn unsend(draft: &mut Draft<'_>) {
    let sent = draft.record.turns.iter().filter(|turn| matches!(turn.stage, TurnStage::Sent { .. }));
    let sent: Vec<_> = sent.map(|turn| turn.id.clone()).collect();
    sent.iter().for_each(|id| not_written(draft, id));
}

/// The agent has not got this message: it waits again, or is over if it shall stop.
pub(super) fn not_written(draft: &mut Draft<'_>, id: &TurnId) {
    let sent = |live: &&mut LiveTurn| live.id == *id && matches!(live.stage, TurnStage::Sent { .. });
    let Some(turn) = draft.record.turns.iter_mut().find(sent) else { return };
    match turn.stopping {
        Some(stop) => end_turn(draft, id, stop, None),
        None => turn.stage = TurnStage::Queued,
    }
    draft.resend.push(format!("prompt:{id}"));
}

/// A step of an activation that comes over the link.
pub(super) fn step(draft: &mut Draft<'_>, step: Step, state: StepState, message: &str) {
    if let PhaseState::Activating { since, .. } = &draft.record.phase {
        let elapsed_ms = draft.now.duration_since(*since).as_millis().max(0) as u64;
        draft.emit(EventBody::ActivationStep { step, state, message: message.into(), elapsed_ms });
    }
}
