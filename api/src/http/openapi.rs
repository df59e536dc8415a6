//! The description of the API, generated from the handlers.

use gaggle_shared::{Code, Event, Problem};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use utoipa::OpenApi;

/// What is not said at a handler.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Gaggle",
        description = "Every project of every user has its own Goose agent; this is the door to all of them.\n\nA call that wishes something waits for it; `Prefer: respond-async` answers 202 at once, `Prefer: wait=N` after N seconds. A POST with an `Idempotency-Key` runs once."
    ),
    components(schemas(Code, Event, Problem)),
    tags(
        (name = "users", description = "Who owns projects"),
        (name = "projects", description = "Projects and their lifecycle"),
        (name = "chat", description = "Messages and turns"),
        (name = "sessions", description = "Conversations of a project"),
        (name = "permissions", description = "Approvals"),
        (name = "events", description = "Event streams and logs"),
        (name = "server", description = "The server itself")
    )
)]
pub(super) struct Description;

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut document = serde_json::to_value(super::description()).unwrap_or_default();
    complete(&mut document);
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
});

/// The description as JSON.
pub fn text() -> &'static str {
    &TEXT
}

/// Adds to each operation what follows from its address, its method and its answers.
fn complete(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, operations) in paths {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                describe(path, method, operation);
            }
        }
    }
}

fn describe(path: &str, method: &str, operation: &mut Map<String, Value>) {
    // Handlers of different tags have the same names; ids must differ.
    if let (Some(tag), Some(id)) = (operation["tags"][0].as_str(), operation["operationId"].as_str()) {
        let id = if tag == id { id.to_owned() } else { format!("{tag}_{id}") };
        operation.insert("operationId".into(), id.into());
    }
    let mut parameters: Vec<Value> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    if let Some(Value::Array(more)) = operation.remove("parameters") {
        parameters.extend(more);
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    if responses.get("202").is_some() {
        parameters.push(json!({
            "name": "Prefer", "in": "header", "required": false, "schema": { "type": "string" },
            "description": "`respond-async`: 202 at once. `wait=N`: 202 after N seconds."
        }));
    }
    if method == "post" {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
            "description": "Runs once per user and route for 24 hours; a repeat joins or gets the answer."
        }));
    }
    if path.starts_with("/api/") {
        responses["default"] = json!({
            "description": "A problem (RFC 9457)",
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
        });
    }
    if !parameters.is_empty() {
        operation.insert("parameters".into(), parameters.into());
    }
}
