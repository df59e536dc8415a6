//! Messages of ACP as the agent writes them. Pure.

use super::Initialize;
use serde_json::{Value, json};

pub(super) fn result(id: &Value, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

pub(super) fn error(id: &Value, code: i64, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

/// What becomes of `initialize`; none: nothing.
pub(super) fn initialized(id: &Value, how: Initialize) -> Option<Value> {
    match how {
        Initialize::Hang => None,
        Initialize::Refuse => Some(error(id, -32603, "told to refuse")),
        Initialize::Answer => {
            let prompts = json!({"image": true, "audio": false, "embeddedContext": true});
            let capabilities = json!({"loadSession": true, "promptCapabilities": prompts});
            let info = json!({"name": "scripted-agent", "version": env!("CARGO_PKG_VERSION")});
            Some(result(
                id,
                &json!({"protocolVersion": 1, "agentCapabilities": capabilities, "agentInfo": info}),
            ))
        }
    }
}

pub(super) fn update(session: &str, update: &Value) -> Value {
    let params = json!({"sessionId": session, "update": update});
    json!({"jsonrpc": "2.0", "method": "session/update", "params": params})
}

pub(super) fn text(text: &str) -> Value {
    json!({"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}})
}

/// The run that is at work, as Goose tells it.
pub(super) fn run(run: Option<&str>) -> Value {
    json!({"sessionUpdate": "session_info_update", "_meta": {"goose": {"activeRunId": run}}})
}

fn called(call: &str, command: &str) -> Value {
    let title = format!("shell: {command}");
    json!({"toolCallId": call, "title": title, "kind": "execute", "rawInput": {"command": command}})
}

/// A tool that begins, prints, and ends, as Goose's shell does.
pub(super) fn shell(call: &str, command: &str, output: &str) -> [Value; 3] {
    let mut begun = called(call, command);
    begun["sessionUpdate"] = json!("tool_call");
    begun["status"] = json!("pending");
    let chunks = json!([{"stream": "stdout", "output": output}]);
    let live = json!({"type": "live_output", "params": {"chunks": chunks}});
    let change = |status: &str, more: Value| {
        let mut update = json!({"sessionUpdate": "tool_call_update", "toolCallId": call, "status": status});
        if let (Some(update), Value::Object(more)) = (update.as_object_mut(), more) {
            update.extend(more);
        }
        update
    };
    let content = json!([{"type": "content", "content": {"type": "text", "text": output}}]);
    let raw = json!({"stdout": output, "stderr": "", "exit_code": 0});
    let ended = change("completed", json!({"content": content, "rawOutput": raw}));
    [begun, change("in_progress", json!({"_meta": {"toolNotification": live}})), ended]
}

/// A question with Goose's four options.
pub(super) fn ask(id: &str, session: &str, command: &str) -> Value {
    let option = |id: &str| json!({"optionId": id, "name": id.replace('_', " "), "kind": id});
    let options = ["allow_always", "allow_once", "reject_once", "reject_always"].map(option);
    let params = json!({"sessionId": session, "toolCall": called(id, command), "options": options});
    json!({"jsonrpc": "2.0", "id": id, "method": "session/request_permission", "params": params})
}

/// The end of a turn.
pub(super) fn stopped(id: &Value, reason: &str) -> Value {
    result(id, &json!({"stopReason": reason}))
}

#[cfg(test)]
mod tests {
    use super::{ask, run, shell, text, update};
    use agent_client_protocol_schema::v1::{RequestPermissionRequest, SessionNotification};

    #[test]
    fn what_it_says_is_of_the_protocol() {
        let said = [text("hi"), run(Some("run-1"))].into_iter().chain(shell("call-1", "echo a", "a"));
        for one in said {
            let params = update("1", &one)["params"].take();
            serde_json::from_value::<SessionNotification>(params.clone())
                .unwrap_or_else(|e| panic!("{e}: {params}"));
        }
        serde_json::from_value::<RequestPermissionRequest>(ask("q1", "1", "rm x")["params"].take()).unwrap();
    }
}
