//! `session/update`: each of its kinds.

use super::tool;
use agent_client_protocol_schema::v1::UsageUpdate;
use gaggle_core::port::AgentUpdate;
use gaggle_shared::{Cost, Mode, OutputStream, SlashCommand, Usage};
use serde::Deserialize as _;
use serde_json::Value;

/// What an update says; [`AgentUpdate::Other`] for what has no event of its own.
pub(super) fn update(update: &Value) -> AgentUpdate {
    let known = match update["sessionUpdate"].as_str() {
        Some("agent_message_chunk") => tool::text(&update["content"]).map(said),
        Some("agent_thought_chunk") => tool::text(&update["content"]).map(AgentUpdate::Thought),
        Some("user_message_chunk") => tool::text(&update["content"]).map(AgentUpdate::UserText),
        Some("tool_call") => tool::patch(update).map(AgentUpdate::Tool),
        Some("tool_call_update") if update["_meta"]["toolNotification"]["type"] == "live_output" => {
            output(update)
        }
        Some("tool_call_update") => tool::patch(update).map(AgentUpdate::Tool),
        Some("usage_update") => usage(update).map(AgentUpdate::Usage),
        Some("session_info_update") => session_info(update),
        Some("available_commands_update") => commands(update).map(AgentUpdate::Commands),
        Some("current_mode_update") => {
            Mode::deserialize(&update["currentModeId"]).ok().map(AgentUpdate::Mode)
        }
        _ => None,
    };
    known.unwrap_or(AgentUpdate::Other)
}

/// What Goose 1.52 says in one piece when its model fails; its turn then ends as if all were well.
const MODEL_FAILED: [(&str, &str); 2] = [
    ("Ran into this error: ", "\n\nPlease retry if you think this is a transient or recoverable error."),
    ("Network error: ", "\n\nPlease resend your message to try again."),
];

fn said(text: String) -> AgentUpdate {
    let failed = |(head, tail): &(&str, &str)| text.starts_with(head) && text.ends_with(tail);
    match MODEL_FAILED.iter().any(failed) {
        true => AgentUpdate::ModelFailed(text),
        false => AgentUpdate::Text(text),
    }
}

/// The run that is at work, else the title: Goose sends one at a time.
fn session_info(update: &Value) -> Option<AgentUpdate> {
    if let Some(run) = update["_meta"]["goose"].get("activeRunId") {
        return Some(AgentUpdate::ActiveRun(run.as_str().map(str::to_owned)));
    }
    let title = update["title"].as_str()?.trim();
    (!title.is_empty()).then(|| AgentUpdate::Title(title.into()))
}

/// The chunks of one update, joined in their order; as `stderr` only if all of them are.
fn output(update: &Value) -> Option<AgentUpdate> {
    let chunks = update["_meta"]["toolNotification"]["params"]["chunks"].as_array()?;
    let text: String = chunks.iter().filter_map(|chunk| chunk["output"].as_str()).collect();
    let errors = chunks.iter().all(|chunk| chunk["stream"] == "stderr");
    let stream = if errors { OutputStream::Stderr } else { OutputStream::Stdout };
    let call = update["toolCallId"].as_str()?.to_owned();
    (!text.is_empty()).then_some(AgentUpdate::Output { call, stream, text })
}

fn commands(update: &Value) -> Option<Vec<SlashCommand>> {
    let command = |one: &Value| {
        let text = |name: &str| one[name].as_str().map(str::to_owned);
        let hint = one["input"]["hint"].as_str().map(str::to_owned);
        Some(SlashCommand { name: text("name")?, description: text("description").unwrap_or_default(), hint })
    };
    Some(update["availableCommands"].as_array()?.iter().filter_map(command).collect())
}

fn usage(update: &Value) -> Option<Usage> {
    let usage = UsageUpdate::deserialize(update).ok()?;
    let cost = usage.cost.map(|cost| Cost { amount: cost.amount, currency: cost.currency });
    Some(Usage { context_used: usage.used, context_size: usage.size, cost, ..Usage::default() })
}
