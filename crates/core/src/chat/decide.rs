//! What agents and relays say that changes the record.

mod answered;
mod asks;
mod refused;
mod relay;

pub(crate) use relay::{missing, relay_connected, relay_outdated};

use crate::{
    draft::Draft,
    port::{AgentCommand, AgentEvent, AgentFrame, AgentUpdate},
    record::{Listing, LiveTurn, PhaseState, TurnStage},
};
use answered::answered;
use asks::{asks, stray};
use gaggle_shared::{Code, DesiredState, EventBody, Failure, Step, StepState, Time, TurnId};
use refused::refused;
use relay::{down, give_up, rested, step};
use serde_json::Value;

/// True for what streams: it makes events of a running turn and changes no record.
pub(crate) fn streams(event: &AgentEvent) -> bool {
    match event {
        AgentEvent::Update { update, .. } => {
            use AgentUpdate::{ActiveRun, Commands, Mode, ModelFailed, Title, Usage};
            // Money is kept in the record: a crash must not make a turn look free.
            let costs = matches!(update, Usage(usage) if usage.cost.is_some());
            !costs && !matches!(update, Title(_) | ActiveRun(_) | Commands(_) | Mode(_) | ModelFailed(_))
        }
        AgentEvent::Thinned { .. } | AgentEvent::Unknown => true,
        _ => false,
    }
}

/// Takes one frame that decides something.
pub(crate) fn decide(draft: &mut Draft<'_>, frame: AgentFrame) {
    if frame.cursor <= draft.record.link.cursor {
        repeated(draft, frame.event);
        return;
    }
    draft.record.link.cursor = frame.cursor;
    match frame.event {
        AgentEvent::Up { start, accepts } => {
            draft.record.link.agent_start = Some(start);
            draft.record.link.ending = false;
            draft.record.link.listing = Some(Listing::default());
            let link = draft.record.link.clone();
            draft.record.abandoned.retain(|one| one.is_live(&link));
            draft.record.accepts = Some(accepts);
            super::attached::refuse(draft, accepts);
            draft.emit(EventBody::AgentProcess { running: true, detail: None });
            step(draft, Step::Agent, StepState::Done, "the agent answered initialize");
            // What the reconciler would do next, in the same write: whoever waits has it one write sooner.
            let activating = matches!(draft.record.phase, PhaseState::Activating { .. });
            if activating && draft.record.desired == DesiredState::Active {
                draft.record.note_ready(draft.now);
            }
        }
        AgentEvent::Ending { start } => {
            draft.record.link.ending = draft.record.link.agent_start == Some(start);
        }
        AgentEvent::Down { how, last_lines, last, unresponsive, .. } => {
            down(draft, &how, &last_lines, last, unresponsive);
        }
        AgentEvent::Rested { last_lines, .. } => rested(draft, &last_lines),
        AgentEvent::PromptWritten { turn, agent_session } => {
            let (at, cursor, first_seq) = (frame.at, frame.cursor, draft.next_seq());
            let waiting = |stage: &TurnStage| matches!(stage, TurnStage::Queued | TurnStage::Sent { .. });
            match draft.record.turns.iter_mut().find(|live| live.id == turn && waiting(&live.stage)) {
                Some(live) => {
                    live.stage = TurnStage::Running { at, cursor, agent_session, first_seq };
                    let turn = super::turn_view(live, None);
                    let id = turn.id.clone();
                    draft.emit(EventBody::TurnStarted { turn });
                    tell_lost(draft, &id);
                }
                // It was taken back, or its project put to sleep, while the prompt was on its way.
                None => draft.commands.push(AgentCommand::Cancel { turn, agent_session }),
            }
        }
        AgentEvent::Refused { command, turn, reason } => refused(draft, command, turn, reason),
        AgentEvent::Asked(asked) => asks(draft, *asked, frame.source),
        AgentEvent::Answered { command, outcome } => answered(draft, &command, outcome),
        AgentEvent::Update { agent_session, update } => {
            let event = AgentEvent::Update { agent_session: agent_session.clone(), update: update.clone() };
            let said = super::stream(&draft.record, draft.answers, &event, frame.source.as_ref(), draft.now);
            draft.bodies.extend(said);
            updated(draft, &agent_session, update, frame.source);
        }
        AgentEvent::SpoolFull => {
            let failure = Failure {
                hint: Some(
                    "the server was away too long, or the agent said too much; send the message again".into(),
                ),
                ..gone(draft.now, "the relay ran out of room for what the agent said", None)
            };
            give_up(draft, &failure, |stage| matches!(stage, TurnStage::Running { .. }));
        }
        AgentEvent::Thinned { .. } | AgentEvent::Unknown => {}
    }
}

/// A frame that the record has already: its write took effect, though the answer to it was lost. Nothing is decided twice;
/// what it had the agent told, and no record holds, is told.
fn repeated(draft: &mut Draft<'_>, event: AgentEvent) {
    match event {
        AgentEvent::PromptWritten { turn, agent_session } => {
            let runs = |live: &LiveTurn| live.id == turn && matches!(live.stage, TurnStage::Running { .. });
            if !draft.record.turns.iter().any(runs) {
                draft.commands.push(AgentCommand::Cancel { turn, agent_session });
            }
        }
        AgentEvent::Asked(asked) => {
            let known = draft.record.abandoned.iter().any(|one| one.agent_session == asked.agent_session);
            if !known && super::stream::running_turn(&mut draft.record.turns, &asked.agent_session).is_none()
            {
                stray(draft, asked.request);
            }
        }
        _ => {}
    }
}

/// Says that the agent begins anew, before its answer.
fn tell_lost(draft: &mut Draft<'_>, turn: &TurnId) {
    let Some(session) = session_of(draft, turn).filter(|session| session.lost) else { return };
    session.lost = false;
    draft.emit(EventBody::MessageThought {
        turn_id: turn.clone(),
        message_id: gaggle_shared::MessageId::of_agent(turn),
        role: gaggle_shared::Role::Assistant,
        part: 0,
        offset: 0,
        text: "The agent no longer has this conversation. It begins anew, and does not know what was said before."
            .into(),
    });
}

fn updated(draft: &mut Draft<'_>, agent_session: &str, update: AgentUpdate, source: Option<Value>) {
    match update {
        AgentUpdate::Title(title) => {
            let title: String = title.chars().take(200).collect();
            let session = draft
                .record
                .sessions
                .iter_mut()
                .find(|one| one.agent_session.as_deref() == Some(agent_session));
            if let Some(session) = session {
                session.agent_title = Some(title);
            }
        }
        AgentUpdate::Commands(commands) => {
            let sessions = &mut draft.record.sessions;
            if let Some(session) =
                sessions.iter_mut().find(|one| one.agent_session.as_deref() == Some(agent_session))
            {
                session.offers.get_or_insert_default().commands = super::offers::bounded(commands);
            }
        }
        AgentUpdate::ActiveRun(Some(run)) => {
            if let Some(turn) = super::stream::running_turn(&mut draft.record.turns, agent_session) {
                turn.run = Some(run);
            }
        }
        AgentUpdate::Usage(usage) => {
            if let Some(turn) = super::stream::running_turn(&mut draft.record.turns, agent_session) {
                turn.told = Some(usage);
            }
        }
        AgentUpdate::ModelFailed(words) => {
            if let Some(turn) = super::stream::running_turn(&mut draft.record.turns, agent_session) {
                turn.model_failed = Some(words);
            }
        }
        AgentUpdate::Mode(mode) => super::modes::changed(draft, agent_session, mode, source),
        _ => {}
    }
}

/// The turn that a command's id names: `prompt:<turn>`, `load:<turn>:<start>`, …
fn command_turn(command: &str) -> Option<TurnId> {
    TurnId::parse(command.split(':').nth(1)?).ok()
}

fn session_of<'a>(draft: &'a mut Draft<'_>, turn: &TurnId) -> Option<&'a mut crate::record::SessionRecord> {
    let session = draft.record.turns.iter().find(|live| live.id == *turn)?.session.clone();
    draft.record.sessions.iter_mut().find(|one| one.id == session)
}

fn gone(since: Time, message: &str, detail: Option<String>) -> Failure {
    let hint = Some("send the message again if its work is not done".to_owned());
    Failure { code: Code::AgentDisconnected, message: message.into(), hint, detail, since }
}
