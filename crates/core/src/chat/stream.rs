//! What streams: pure, from a frame and the answer so far to events. The same frame after the same answer makes the
//! same events, whenever it comes.

use super::source::{without_output, without_text};
use crate::{
    port::{AgentEvent, AgentUpdate, ToolPatch},
    record::{LiveTurn, ProjectRecord, TurnStage},
};
use gaggle_shared::{
    EventBody, MessageId, OutputStream, Part, Role, Time, ToolCall, ToolStatus, TurnId,
    transcript::{Answer, shortened},
};
use serde_json::Value;

/// The running turn of an agent's session.
pub(super) fn running_turn<'a>(turns: &'a mut [LiveTurn], agent_session: &str) -> Option<&'a mut LiveTurn> {
    turns.iter_mut().find(
        |turn| matches!(&turn.stage, TurnStage::Running { agent_session: theirs, .. } if theirs == agent_session),
    )
}

/// The events that a frame makes, the first of them with the agent's message. Updates outside a turn (the replay of
/// `session/load`) make none.
pub(crate) fn stream(
    record: &ProjectRecord,
    answers: &crate::draft::Answers,
    event: &AgentEvent,
    source: Option<&Value>,
    at: Time,
) -> Vec<(EventBody, Option<Value>)> {
    let (agent_session, update) = match event {
        AgentEvent::Update { agent_session, update } => (agent_session, update),
        AgentEvent::Thinned { bytes } => {
            let update = serde_json::json!({ "thinned": bytes });
            return vec![(EventBody::AgentUpdate { turn_id: None, update }, None)];
        }
        _ => return Vec::new(),
    };
    let running = |turn: &&LiveTurn| matches!(&turn.stage, TurnStage::Running { agent_session: theirs, .. } if theirs == agent_session);
    let Some(turn) = record.turns.iter().find(running) else { return Vec::new() };
    let empty = Answer::default();
    let answer = answers.get(&turn.id).unwrap_or(&empty);
    let turn_id = turn.id.clone();
    match update {
        AgentUpdate::Text(text) | AgentUpdate::ModelFailed(text) => {
            vec![(text_event(turn_id, answer, text, false), without_text(source))]
        }
        AgentUpdate::Thought(text) => vec![(text_event(turn_id, answer, text, true), without_text(source))],
        AgentUpdate::Output { call, stream, text } => match answer.tool(call) {
            Some(_) => vec![(output_event(turn_id, answer, call, *stream, text), without_output(source))],
            None => Vec::new(),
        },
        AgentUpdate::Tool(patch) => tool(turn_id, answer, patch.clone(), source, at),
        AgentUpdate::Usage(usage) => {
            vec![(EventBody::Usage { turn_id: Some(turn_id), usage: usage.clone() }, source.cloned())]
        }
        AgentUpdate::Other => {
            let update =
                source.and_then(|source| source.pointer("/params/update")).cloned().unwrap_or_default();
            vec![(EventBody::AgentUpdate { turn_id: Some(turn_id), update }, source.cloned())]
        }
        AgentUpdate::UserText(_)
        | AgentUpdate::Title(_)
        | AgentUpdate::Commands(_)
        | AgentUpdate::ActiveRun(_)
        | AgentUpdate::Mode(_) => Vec::new(),
    }
}

/// Text continues the last part if that is of its kind, else begins the next.
fn text_event(turn_id: TurnId, answer: &Answer, text: &str, thought: bool) -> EventBody {
    let parts = answer.parts();
    let (part, offset) = match parts.last() {
        Some(Part::Text { text }) if !thought => (parts.len() - 1, text.len()),
        Some(Part::Thought { text }) if thought => (parts.len() - 1, text.len()),
        _ => (parts.len(), 0),
    };
    let (part, offset, text) = (part as u32, offset as u64, text.to_owned());
    let message_id = MessageId::of_agent(&turn_id);
    let role = Role::Assistant;
    match thought {
        true => EventBody::MessageThought { turn_id, message_id, role, part, offset, text },
        false => EventBody::MessageDelta { turn_id, message_id, role, part, offset, text },
    }
}

fn output_event(turn_id: TurnId, answer: &Answer, call: &str, stream: OutputStream, text: &str) -> EventBody {
    let offset = answer.output_len(call);
    let text = text.to_owned();
    EventBody::ToolOutput { turn_id, tool_call_id: call.into(), stream, offset, text, whole: false }
}

fn tool(
    turn_id: TurnId,
    answer: &Answer,
    patch: ToolPatch,
    source: Option<&Value>,
    at: Time,
) -> Vec<(EventBody, Option<Value>)> {
    let known = answer.tool(&patch.id).cloned();
    let (id, output, is_new) = (patch.id.clone(), patch.output.clone(), known.is_none());
    let tool_call = patched(known, patch, at);
    let message_id = MessageId::of_agent(&turn_id);
    let mut events = Vec::new();
    let body = match is_new {
        true => EventBody::ToolCall { turn_id: turn_id.clone(), message_id, tool_call },
        false => EventBody::ToolUpdate { turn_id: turn_id.clone(), message_id, tool_call },
    };
    events.push((body, source.cloned()));
    // The call must be known before its output; its end comes before it, which harms nobody.
    events
        .extend(output.and_then(|whole| ended_output(turn_id, answer, &id, &whole)).map(|body| (body, None)));
    events
}

/// The whole output comes at the end. Where what came live is its beginning, the rest follows; where it is not (two
/// streams came in another order, or a part was left out), all of it takes its place.
fn ended_output(turn_id: TurnId, answer: &Answer, call: &str, whole: &str) -> Option<EventBody> {
    let (tool_call_id, stream) = (call.to_owned(), OutputStream::Stdout);
    if let Some(rest) = answer.output_goes_on(call, whole) {
        let (offset, text) = (answer.output_len(call), rest.to_owned());
        let more = EventBody::ToolOutput { turn_id, tool_call_id, stream, offset, text, whole: false };
        return (!rest.is_empty()).then_some(more);
    }
    let (live, text) = (answer.tool(call).map(|call| call.output.trim_end()), shortened(whole));
    // An agent may leave out the end of the last line.
    let news = live != Some(text.trim_end());
    news.then_some(EventBody::ToolOutput { turn_id, tool_call_id, stream, offset: 0, text, whole: true })
}

/// A call with what an update says of it.
pub(super) fn patched(known: Option<ToolCall>, patch: ToolPatch, at: Time) -> ToolCall {
    let mut call = known.unwrap_or_else(|| ToolCall {
        id: patch.id.clone(),
        title: String::new(),
        kind: gaggle_shared::ToolKind::Other,
        name: None,
        status: ToolStatus::Pending,
        input: Value::Null,
        output: String::new(),
        exit_code: None,
        diffs: Vec::new(),
        started_at: at,
        ended_at: None,
    });
    if let Some(title) = patch.title {
        call.title = title;
    }
    call.kind = patch.kind.unwrap_or(call.kind);
    call.name = patch.name.or(call.name);
    call.input = patch.input.unwrap_or(call.input);
    call.exit_code = patch.exit_code.or(call.exit_code);
    call.diffs = patch.diffs.unwrap_or(call.diffs);
    if let Some(status) = patch.status {
        call.status = status;
        let over = matches!(status, ToolStatus::Completed | ToolStatus::Failed | ToolStatus::Rejected);
        if over && call.ended_at.is_none() {
            call.ended_at = Some(at);
        }
    }
    call.output = String::new();
    call
}
