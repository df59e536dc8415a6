//! What agents and relays say that changes the record.

use super::turns::{end_turn, expires_at, interrupt_running};
use crate::{
    draft::Draft,
    port::{
        AgentAnswer, AgentCommand, AgentError, AgentEvent, AgentFrame, AgentUpdate, Asked, Link,
        PermissionChoice, Refusal,
    },
    record::{Asking, Listing, LiveTurn, PhaseState, Ready, TurnStage},
};
use gaggle_shared::{
    Code, DesiredState, EventBody, Failure, Mode, Permission, PermissionId, PermissionState, Step, StepState,
    StopReason, Time, TurnId,
};
use serde_json::Value;

/// ACP: what is asked for is not there.
const NOT_FOUND: i64 = -32002;

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

/// A relay has called home. One of a higher incarnation means that the one before, and its agent, are gone.
pub(crate) fn relay_connected(draft: &mut Draft<'_>, link: &Link) {
    draft.record.link.endpoint = link.endpoint.clone();
    if link.incarnation > draft.record.link.cursor.incarnation {
        draft.record.link.cursor = crate::port::LinkCursor { incarnation: link.incarnation, frame: 0 };
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
fn give_up(draft: &mut Draft<'_>, failure: &Failure, which: impl Fn(&TurnStage) -> bool) {
    let turns = draft.record.turns.iter().filter(|turn| which(&turn.stage));
    for turn in turns.cloned().collect::<Vec<_>>() {
        super::abandon::abandon(draft, &turn);
        if matches!(turn.stage, TurnStage::Sent { .. }) {
            end_turn(draft, &turn.id, StopReason::Interrupted, Some(failure.clone()));
        }
    }
    interrupt_running(draft, failure);
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

fn down(draft: &mut Draft<'_>, how: &str, last_lines: &str, last: bool, unresponsive: bool) {
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
fn rested(draft: &mut Draft<'_>, last_lines: &str) {
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
    for turn in &mut draft.record.turns {
        if matches!(turn.stage, TurnStage::Sent { .. }) {
            turn.stage = TurnStage::Queued;
            draft.resend.push(format!("prompt:{}", turn.id));
        }
    }
}

fn refused(draft: &mut Draft<'_>, command: String, turn: Option<TurnId>, reason: Refusal) {
    let sent = |stage: &TurnStage| matches!(stage, TurnStage::Sent { .. } | TurnStage::Queued);
    let runs_not =
        command.starts_with("prompt:") || reason == Refusal::NotRunning && command.starts_with("cancel:");
    if let Some(id) = command_turn(&command).filter(|_| runs_not) {
        super::abandon::stopped(draft, &id);
    }
    match (reason, turn) {
        (Refusal::Noted, Some(id)) => {
            if draft.record.turns.iter().any(|turn| turn.id == id && sent(&turn.stage)) {
                let failure = gone(
                    draft.now,
                    "the agent had this message when it was lost; what became of it is not known",
                    None,
                );
                end_turn(draft, &id, StopReason::Interrupted, Some(failure));
            }
        }
        (Refusal::NoAgent, turn) => {
            if let Some(turn) = draft.record.turns.iter_mut().find(|live| Some(&live.id) == turn.as_ref())
                && matches!(turn.stage, TurnStage::Sent { .. })
            {
                turn.stage = TurnStage::Queued;
            }
            draft.resend.push(command);
        }
        (Refusal::Unknown, turn) => {
            let of = turn.or_else(|| command_turn(&command));
            if let Some(id) = of {
                let message =
                    "the project's relay is older than the server and does not know what it was told";
                let hint = Some("put the project to sleep and wake it: it gets a new relay then".into());
                let failure = Failure {
                    code: Code::Internal,
                    message: message.into(),
                    hint,
                    detail: Some(command),
                    since: draft.now,
                };
                end_turn(draft, &id, StopReason::Failed, Some(failure));
            }
        }
        (Refusal::NoRoom, Some(id)) => {
            let message = "the project's volume has no room for another turn".to_owned();
            let hint = Some("free some space on it, then send the message again".into());
            let failure = Failure { code: Code::StoreFull, message, hint, detail: None, since: draft.now };
            end_turn(draft, &id, StopReason::Failed, Some(failure));
        }
        (Refusal::NotRunning | Refusal::Noted | Refusal::NoRoom, _) => {}
    }
}

/// Nobody answers a question of no turn.
fn stray(draft: &mut Draft<'_>, request: Value) {
    let id = format!("stray-{request}").to_lowercase();
    let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    if let (Ok(turn), Ok(permission)) = (TurnId::parse("none"), PermissionId::parse(id.trim_matches('-'))) {
        let choice = PermissionChoice::Cancelled;
        draft.commands.push(AgentCommand::Answer { turn, permission, request, choice });
    }
}

fn asks(draft: &mut Draft<'_>, asked: Asked, source: Option<Value>) {
    let expires_at = expires_at(draft);
    let (project_id, now, answers) = (draft.record.id.clone(), draft.now, draft.answers);
    let Some(turn) = super::stream::running_turn(&mut draft.record.turns, &asked.agent_session) else {
        if super::abandon::asks(draft, &asked.agent_session, &asked.request) {
            return;
        }
        stray(draft, asked.request);
        return;
    };
    let known = answers.get(&turn.id).and_then(|answer| answer.tool(&asked.tool.id)).cloned();
    let is_new = known.is_none();
    let call = super::stream::patched(known, asked.tool, now);
    let permission = Permission {
        id: PermissionId::of_turn(&turn.id, turn.permissions.len() as u32),
        project_id,
        session_id: turn.session.clone(),
        turn_id: turn.id.clone(),
        tool_call: call.clone(),
        options: asked.options,
        state: PermissionState::Pending,
        option_id: None,
        answered_by: None,
        comment: None,
        created_at: now,
        expires_at,
        answered_at: None,
    };
    turn.permissions.push(Asking {
        permission: permission.clone(),
        request: asked.request,
        watched_at: Some(now),
    });
    let turn_id = turn.id.clone();
    let message_id = gaggle_shared::MessageId::of_agent(&turn_id);
    if is_new {
        draft.emit(EventBody::ToolCall { turn_id, message_id, tool_call: call });
    }
    draft.bodies.push((EventBody::PermissionRequested { permission }, source));
}

fn answered(draft: &mut Draft<'_>, command: &str, outcome: Result<AgentAnswer, AgentError>) {
    if let Some((agent_session, _)) = command.strip_prefix("delete:").and_then(|rest| rest.rsplit_once(':')) {
        // Yes, or that there is none.
        return super::doom::forgotten(draft, agent_session);
    }
    if command.starts_with("list:") {
        return super::doom::listed(draft, command, outcome);
    }
    let Some(id) = command_turn(command) else { return };
    if command.starts_with("prompt:") {
        super::abandon::stopped(draft, &id);
    }
    match (command.split(':').next(), outcome) {
        (Some("prompt"), Ok(AgentAnswer::PromptEnded { stop, usage })) => {
            let Some(turn) = draft.record.turns.iter_mut().find(|turn| turn.id == id) else { return };
            turn.usage = usage.or(turn.usage.take());
            let stop = match (stop, turn.stopping) {
                // The rejection may end the turn before the cancel does.
                (_, Some(StopReason::PermissionTimeout)) => StopReason::PermissionTimeout,
                (StopReason::Cancelled, Some(wished)) => wished,
                (stop, _) => stop,
            };
            let failed = turn.model_failed.take().filter(|_| stop == StopReason::EndTurn);
            let failure = failed.map(|words| model_failure(&words, draft.now));
            let stop = if failure.is_some() { StopReason::Failed } else { stop };
            end_turn(draft, &id, stop, failure);
        }
        (Some("prompt"), Err(error)) => {
            fail(draft, &id, Code::ProviderError, "the model could not answer", &error);
        }
        (Some("new"), Ok(AgentAnswer::SessionMade { agent_session, options })) => {
            at_hand(draft, &id, Some(agent_session), &options);
        }
        (Some("load"), Ok(AgentAnswer::SessionLoaded { options })) => at_hand(draft, &id, None, &options),
        (Some("mode"), Ok(_)) => mode_set(draft, &id, command),
        (Some("model"), Ok(_)) => model_set(draft, &id, command),
        (Some("model"), Err(error)) => {
            fail(draft, &id, Code::ProviderError, "the agent does not take the chosen model", &error);
        }
        (Some("load"), Err(error)) if error.code == NOT_FOUND => lost(draft, &id),
        (Some("new" | "load" | "mode"), Err(error)) => {
            fail(draft, &id, Code::AgentUnresponsive, "the agent could not prepare the session", &error);
        }
        (Some("steer"), outcome) => steered(draft, &id, command, outcome.is_ok()),
        _ => {}
    }
}

/// The model failed, in the agent's words.
fn model_failure(words: &str, since: Time) -> Failure {
    let line = words.lines().next().unwrap_or_default();
    let hint = Some("check the model's name, key and limits, then send the message again".into());
    let message = format!("the model could not answer: {line}");
    Failure { code: Code::ProviderError, message, hint, detail: Some(words.into()), since }
}

fn fail(draft: &mut Draft<'_>, id: &TurnId, code: Code, what: &str, error: &AgentError) {
    let detail =
        error.data.as_ref().map(|data| data.as_str().map_or_else(|| data.to_string(), str::to_owned));
    let said = detail.as_deref().unwrap_or(&error.message);
    let hint = match code {
        Code::ProviderError => "check the model's name, key and limits, then send the message again",
        _ => "send the message again; if it stays, look at the project's log",
    };
    let hint = Some(hint.into());
    let message = format!("{what}: {}", said.lines().next().unwrap_or_default());
    let detail = Some(format!("{} ({}) {}", error.message, error.code, detail.unwrap_or_default()));
    end_turn(draft, id, StopReason::Failed, Some(Failure { code, message, hint, detail, since: draft.now }));
}

/// The agent has a session at hand: a new one, or one that was loaded.
fn at_hand(draft: &mut Draft<'_>, turn: &TurnId, agent_session: Option<String>, options: &Value) {
    let incarnation = draft.record.link.cursor.incarnation;
    let Some(start) = draft.record.link.agent_start else { return };
    let mode = options
        .pointer("/modes/currentModeId")
        .and_then(|mode| serde_json::from_value::<Mode>(mode.clone()).ok());
    if let Some(made) = agent_session {
        match session_of(draft, turn).filter(|session| session.agent_session.is_none()) {
            Some(session) => session.agent_session = Some(made.clone()),
            // The conversation is gone meanwhile, or was given another.
            None => return super::doom::unused(draft, made),
        }
        super::doom::forgotten(draft, &made);
    }
    let Some(session) = session_of(draft, turn) else { return };
    let commands = session.offers.take().map(|known| known.commands).unwrap_or_default();
    session.offers = Some(super::offers::offers(options, commands));
    session.ready = Some(Ready { incarnation, start, mode });
}

/// The agent has nothing of this conversation any more: it is given another, and who goes on with it is told.
fn lost(draft: &mut Draft<'_>, turn: &TurnId) {
    if let Some(session) = session_of(draft, turn) {
        session.agent_session = None;
        session.ready = None;
        session.cost = 0.0;
        session.lost = true;
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

fn mode_set(draft: &mut Draft<'_>, turn: &TurnId, command: &str) {
    let wanted = draft.record.turns.iter().find(|live| live.id == *turn);
    let wanted = wanted.map(|live| super::wanted_mode(&draft.record, &draft.config, live));
    if let Some(session) = session_of(draft, turn).filter(|session| session.wish == wish(command))
        && let Some(ready) = &mut session.ready
    {
        ready.mode = wanted;
    }
}

fn model_set(draft: &mut Draft<'_>, turn: &TurnId, command: &str) {
    let Some(session) = session_of(draft, turn).map(|session| session.id.clone()) else { return };
    let found = draft.record.session(&session);
    let wanted = found.and_then(|session| super::wanted_model(&draft.record, &draft.config, session));
    if let Some(session) = session_of(draft, turn).filter(|session| session.wish == wish(command)) {
        let offers = session.offers.get_or_insert_default();
        offers.model = wanted.or(offers.model.take());
    }
}

/// Which wish a command was for.
fn wish(command: &str) -> u32 {
    command.split(':').nth(3).and_then(|wish| wish.parse().ok()).unwrap_or_default()
}

/// The agent has answered an addition to a turn.
fn steered(draft: &mut Draft<'_>, id: &TurnId, command: &str, taken: bool) {
    let Some(ordinal) = command.rsplit(':').next().and_then(|ordinal| ordinal.parse().ok()) else { return };
    match taken {
        true => super::steers::taken(draft, id, ordinal),
        false => super::steers::too_late(draft, id, ordinal),
    }
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

/// A step of an activation that comes over the link.
fn step(draft: &mut Draft<'_>, step: Step, state: StepState, message: &str) {
    if let PhaseState::Activating { since, .. } = &draft.record.phase {
        let elapsed_ms = draft.now.duration_since(*since).as_millis().max(0) as u64;
        draft.emit(EventBody::ActivationStep { step, state, message: message.into(), elapsed_ms });
    }
}
