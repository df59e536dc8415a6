//! The agent's answers to what it was told.

use super::{command_turn, session_of};
use crate::{
    chat::{self, turns::end_turn},
    draft::Draft,
    port::{AgentAnswer, AgentError},
    record::Ready,
};
use gaggle_shared::{Code, Failure, Mode, StopReason, Time, TurnId};
use serde_json::Value;

/// ACP: what is asked for is not there.
const NOT_FOUND: i64 = -32002;

pub(super) fn answered(draft: &mut Draft<'_>, command: &str, outcome: Result<AgentAnswer, AgentError>) {
    if let Some((agent_session, _)) = command.strip_prefix("delete:").and_then(|rest| rest.rsplit_once(':')) {
        // Yes, or that there is none.
        return chat::doom::forgotten(draft, agent_session);
    }
    if command.starts_with("list:") {
        return chat::doom::listed(draft, command, outcome);
    }
    let Some(id) = command_turn(command) else { return };
    if command.starts_with("prompt:") {
        chat::abandon::stopped(draft, &id);
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
            None => return chat::doom::unused(draft, made),
        }
        chat::doom::forgotten(draft, &made);
    }
    let Some(session) = session_of(draft, turn) else { return };
    let commands = session.offers.take().map(|known| known.commands).unwrap_or_default();
    session.offers = Some(chat::offers::offers(options, commands));
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

fn mode_set(draft: &mut Draft<'_>, turn: &TurnId, command: &str) {
    let wanted = draft.record.turns.iter().find(|live| live.id == *turn);
    let wanted = wanted.map(|live| chat::wanted_mode(&draft.record, &draft.config, live));
    if let Some(session) = session_of(draft, turn).filter(|session| session.wish == wish(command))
        && let Some(ready) = &mut session.ready
    {
        ready.mode = wanted;
    }
}

fn model_set(draft: &mut Draft<'_>, turn: &TurnId, command: &str) {
    let Some(session) = session_of(draft, turn).map(|session| session.id.clone()) else { return };
    let found = draft.record.session(&session);
    let wanted = found.and_then(|session| chat::wanted_model(&draft.record, &draft.config, session));
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
        true => chat::steers::taken(draft, id, ordinal),
        false => chat::steers::too_late(draft, id, ordinal),
    }
}
