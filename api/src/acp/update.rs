//! From what the journal says of a turn to the protocol's `session/update`. Pure.

use gaggle_shared::{
    Failure, Permission, PermissionOption, StopReason, ToolCall, ToolStatus, Turn, TurnId, Usage,
};
use serde_json::{Value, json};

/// Who says a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    User,
    Agent,
    Thought,
}

/// A piece of a message.
pub(super) fn chunk(voice: Voice, message: &str, text: &str) -> Value {
    let kind = match voice {
        Voice::User => "user_message_chunk",
        Voice::Agent => "agent_message_chunk",
        Voice::Thought => "agent_thought_chunk",
    };
    json!({"sessionUpdate": kind, "messageId": message, "content": {"type": "text", "text": text}})
}

/// Goose's ids of calls may come again in another turn; this one does not.
pub(super) fn tool_id(turn: &TurnId, call: &str) -> String {
    format!("{turn}:{call}")
}

/// A tool call with what it has said, for the first time or again.
pub(super) fn tool(turn: &TurnId, call: &ToolCall, output: &str, first: bool) -> Value {
    let mut told = described(turn, call);
    told["sessionUpdate"] = json!(if first { "tool_call" } else { "tool_call_update" });
    let content = content(call, output);
    if !content.is_empty() {
        told["content"] = Value::Array(content);
    }
    if call.exit_code.is_some() {
        told["rawOutput"] = json!({"exitCode": call.exit_code});
    }
    told
}

/// New output of a call: the protocol wants all of it each time.
pub(super) fn output(turn: &TurnId, call: &ToolCall, output: &str) -> Value {
    json!({
        "sessionUpdate": "tool_call_update",
        "toolCallId": tool_id(turn, &call.id),
        "content": content(call, output),
    })
}

fn content(call: &ToolCall, output: &str) -> Vec<Value> {
    let diff = |diff: &gaggle_shared::Diff| json!({"type": "diff", "path": diff.path, "oldText": diff.old_text, "newText": diff.new_text});
    let mut content: Vec<Value> = call.diffs.iter().map(diff).collect();
    if !output.is_empty() {
        content.push(json!({"type": "content", "content": {"type": "text", "text": output}}));
    }
    content
}

fn described(turn: &TurnId, call: &ToolCall) -> Value {
    let (status, rejected) = match call.status {
        ToolStatus::Pending => ("pending", false),
        ToolStatus::Running => ("in_progress", false),
        ToolStatus::Completed => ("completed", false),
        ToolStatus::Failed => ("failed", false),
        ToolStatus::Rejected => ("failed", true),
    };
    let title = if call.title.is_empty() { call.name.as_deref().unwrap_or("tool") } else { &call.title };
    let locations: Vec<Value> = call.diffs.iter().map(|diff| json!({"path": diff.path})).collect();
    json!({
        "toolCallId": tool_id(turn, &call.id),
        "title": title,
        "kind": call.kind,
        "status": status,
        "rawInput": call.input,
        "locations": locations,
        "_meta": {"gaggle": {"toolName": call.name, "rejected": rejected}},
    })
}

/// Context and cost of a session; none where the agent did not say.
pub(super) fn usage(usage: &Usage) -> Option<Value> {
    (usage.context_size > 0).then(|| {
        json!({
            "sessionUpdate": "usage_update",
            "used": usage.context_used,
            "size": usage.context_size,
            "cost": usage.cost.as_ref().map(|cost| json!({"amount": cost.amount, "currency": cost.currency})),
        })
    })
}

/// The parameters of `session/request_permission`.
pub(super) fn question(permission: &Permission) -> Value {
    let call = &permission.tool_call;
    let mut tool_call = described(&permission.turn_id, call);
    tool_call["content"] = Value::Array(content(call, &call.output));
    json!({
        "sessionId": permission.session_id,
        "toolCall": tool_call,
        "options": permission.options.iter().map(option).collect::<Vec<_>>(),
        "_meta": {"gaggle": {"permissionId": permission.id, "expiresAt": permission.expires_at}},
    })
}

fn option(option: &PermissionOption) -> Value {
    let kind = match option.kind {
        // The protocol knows no others, and nobody may allow by accident what nobody knows.
        gaggle_shared::OptionKind::Other => json!("reject_once"),
        known => json!(known),
    };
    json!({"optionId": option.id, "name": option.name, "kind": kind})
}

/// What a prompt came to: its result, or why its turn failed.
pub(super) fn outcome(turn: &Turn) -> Result<Value, Option<&Failure>> {
    let stop = match turn.stop_reason {
        Some(StopReason::Failed | StopReason::Interrupted) => return Err(turn.failure.as_ref()),
        Some(StopReason::MaxTokens) => "max_tokens",
        Some(StopReason::MaxTurnRequests) => "max_turn_requests",
        Some(StopReason::Refusal) => "refusal",
        Some(StopReason::Cancelled | StopReason::PermissionTimeout) => "cancelled",
        Some(StopReason::EndTurn) | None => "end_turn",
    };
    Ok(json!({
        "stopReason": stop,
        "_meta": {"gaggle": {"turnId": turn.id, "stopReason": turn.stop_reason, "usage": turn.usage}},
    }))
}
