//! Tool calls, and what the agent says of them over time.

use agent_client_protocol_schema::v1;
use gaggle_core::port::ToolPatch;
use gaggle_shared::{Diff, ToolKind, ToolStatus};
use serde::Deserialize as _;
use serde_json::Value;

/// How Goose 1.52 begins the result of a tool that a person did not allow.
const DECLINED: &str = "The user has declined to run this tool.";

/// What a `tool_call`, a `tool_call_update` or the `toolCall` of a question says; none without an id.
pub(super) fn patch(call: &Value) -> Option<ToolPatch> {
    let id = call["toolCallId"].as_str()?.to_owned();
    // Every field is optional here and bad ones are left out, for `tool_call` too: the agent is not trusted.
    let fields = v1::ToolCallUpdateFields::deserialize(call).unwrap_or_default();
    let content = fields.content.unwrap_or_default();
    let raw = fields.raw_output.as_ref();
    let name = fields.name.or_else(|| goose_name(call));
    let input = fields.raw_input;
    let output = output(&content, raw);
    let declined = output.as_deref().is_some_and(|text| text.starts_with(DECLINED));
    let status = fields.status.map(|status| match status {
        v1::ToolCallStatus::InProgress => ToolStatus::Running,
        v1::ToolCallStatus::Completed => ToolStatus::Completed,
        v1::ToolCallStatus::Failed if declined => ToolStatus::Rejected,
        v1::ToolCallStatus::Failed => ToolStatus::Failed,
        _ => ToolStatus::Pending,
    });
    Some(ToolPatch {
        id,
        title: fields.title,
        kind: kind(call, name.as_deref()),
        status,
        exit_code: raw.and_then(|raw| raw["exit_code"].as_i64()),
        output,
        diffs: diffs(&content).or_else(|| edit(name.as_deref(), input.as_ref())),
        input,
        name,
    })
}

/// The text of a content block.
pub(super) fn text(block: &Value) -> Option<String> {
    (block["type"] == "text").then(|| block["text"].as_str().map(str::to_owned)).flatten()
}

fn goose_name(call: &Value) -> Option<String> {
    call["_meta"]["goose"]["toolCall"]["toolName"].as_str().map(str::to_owned)
}

/// Goose 1.52 gives no kind, or `other`: then its tool's name tells.
fn kind(call: &Value, name: Option<&str>) -> Option<ToolKind> {
    let said = call.get("kind").and_then(|kind| ToolKind::deserialize(kind).ok());
    let known = match name {
        Some("shell") => Some(ToolKind::Execute),
        Some("write" | "edit" | "text_editor") => Some(ToolKind::Edit),
        Some("analyze" | "read" | "read_file" | "tree") => Some(ToolKind::Read),
        _ => None,
    };
    // A question has `other` and no name: that says nothing.
    said.filter(|said| *said != ToolKind::Other).or(known)
}

fn output(content: &[v1::ToolCallContent], raw: Option<&Value>) -> Option<String> {
    let block = |content: &v1::ToolCallContent| match content {
        v1::ToolCallContent::Content(content) => match &content.content {
            v1::ContentBlock::Text(text) => Some(text.text.clone()),
            _ => None,
        },
        _ => None,
    };
    let texts: Vec<String> = content.iter().filter_map(block).collect();
    if !texts.is_empty() {
        return Some(texts.join("\n"));
    }
    let raw = raw?;
    let streams: Vec<&str> = ["stdout", "stderr"].iter().filter_map(|name| raw[*name].as_str()).collect();
    match raw {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        _ if !streams.is_empty() => Some(streams.join("\n")),
        other => Some(other.to_string()),
    }
}

fn diffs(content: &[v1::ToolCallContent]) -> Option<Vec<Diff>> {
    let diff = |content: &v1::ToolCallContent| match content {
        v1::ToolCallContent::Diff(diff) => Some(Diff {
            path: diff.path.to_string_lossy().into_owned(),
            old_text: diff.old_text.clone(),
            new_text: diff.new_text.clone(),
        }),
        _ => None,
    };
    let diffs: Vec<Diff> = content.iter().filter_map(diff).collect();
    (!diffs.is_empty()).then_some(diffs)
}

/// Goose 1.52 sends no diffs, but its `edit` says what it replaces by what.
fn edit(name: Option<&str>, input: Option<&Value>) -> Option<Vec<Diff>> {
    let input = input.filter(|_| name == Some("edit"))?;
    let field = |name: &str| input[name].as_str().map(str::to_owned);
    Some(vec![Diff { path: field("path")?, old_text: Some(field("before")?), new_text: field("after")? }])
}
