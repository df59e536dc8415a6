//! From the core's commands to what a relay is told: ACP requests whose JSON-RPC id is the command's id.

use gaggle_core::port::{AgentCommand, PermissionChoice};
use gaggle_relay_protocol::{Command, CommandBody};
use gaggle_shared::{Attachment, TurnId};
use serde_json::{Value, json};

/// How Goose calls sessions that were made over ACP.
pub(crate) const MADE_BY_US: &str = "acp";

/// The command as a relay is told it; `workspace` is the folder that new and loaded sessions work in, as the
/// relay calls it.
pub fn command(command: &AgentCommand, workspace: &str) -> Command {
    let id = command.id();
    let call = |method: &str, params: Value| json!({"jsonrpc": "2.0", "id": &id, "method": method, "params": params});
    let request = |start: Option<u64>, method: &str, params| CommandBody::Request {
        start,
        request: call(method, params),
    };
    let body = match command {
        AgentCommand::NewSession { start, .. } => {
            request(Some(*start), "session/new", json!({"cwd": workspace, "mcpServers": []}))
        }
        AgentCommand::LoadSession { agent_session, start, .. } => request(
            Some(*start),
            "session/load",
            json!({"sessionId": agent_session, "cwd": workspace, "mcpServers": []}),
        ),
        AgentCommand::SetMode { agent_session, mode, start, .. } => request(
            Some(*start),
            "session/set_mode",
            json!({"sessionId": agent_session, "modeId": mode.as_str()}),
        ),
        AgentCommand::SetModel { agent_session, model, start, .. } => request(
            Some(*start),
            "session/set_config_option",
            json!({"sessionId": agent_session, "configId": "model", "value": model}),
        ),
        AgentCommand::ListSessions { start, cursor, .. } => {
            // Goose's own types: what a person began in a terminal is not ours.
            let mut params = json!({"_meta": {"types": [MADE_BY_US]}});
            if let Some(cursor) = cursor {
                params["cursor"] = json!(cursor);
            }
            request(Some(*start), "session/list", params)
        }
        AgentCommand::DeleteSession { agent_session, start } => {
            request(Some(*start), "session/delete", json!({"sessionId": agent_session}))
        }
        AgentCommand::Prompt { turn, agent_session, text, attachments, start } => CommandBody::Prompt {
            turn_id: turn.clone(),
            agent_session: agent_session.clone(),
            start: Some(*start),
            request: call(
                "session/prompt",
                json!({"sessionId": agent_session, "prompt": blocks(turn, text, attachments)}),
            ),
        },
        AgentCommand::Steer { agent_session, run, text, .. } => request(
            None,
            "_goose/unstable/session/steer",
            json!({"sessionId": agent_session, "expectedRunId": run, "prompt": text_block(text)}),
        ),
        AgentCommand::Cancel { turn, agent_session } => CommandBody::Cancel {
            turn_id: turn.clone(),
            notification: json!({
                "jsonrpc": "2.0",
                "method": "session/cancel",
                "params": {"sessionId": agent_session},
            }),
        },
        AgentCommand::Answer { turn, permission, request, choice } => CommandBody::Answer {
            turn_id: turn.clone(),
            permission_id: permission.clone(),
            response: json!({"jsonrpc": "2.0", "id": request, "result": {"outcome": outcome(choice)}}),
        },
        AgentCommand::Stop { grace } => {
            CommandBody::Stop { grace_ms: u64::try_from(grace.as_millis()).unwrap_or(u64::MAX) }
        }
    };
    Command { id, body }
}

/// The words, then what comes with them: images as they are, texts as embedded resources (ACP `ContentBlock`).
fn blocks(turn: &TurnId, text: &str, attachments: &[Attachment]) -> Value {
    let words = (!text.trim().is_empty()).then(|| json!({"type": "text", "text": text}));
    let attached = attachments.iter().map(|one| match (&one.data, &one.text) {
        (Some(data), _) => json!({"type": "image", "mimeType": one.mime_type, "data": data}),
        (None, text) => {
            // An address of its own: there is no such file.
            let uri = format!("attachment:///{turn}/{}", escaped(&one.name));
            json!({"type": "resource", "resource": {"uri": uri, "mimeType": one.mime_type, "text": text}})
        }
    });
    words.into_iter().chain(attached).collect()
}

/// A name as a part of an address (RFC 3986).
fn escaped(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn text_block(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

fn outcome(choice: &PermissionChoice) -> Value {
    match choice {
        PermissionChoice::Option(option) => json!({"outcome": "selected", "optionId": option}),
        PermissionChoice::Cancelled => json!({"outcome": "cancelled"}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::{Mode, PermissionId};
    use std::time::Duration;

    fn told(wanted: &AgentCommand) -> Value {
        serde_json::to_value(command(wanted, "/workspace")).unwrap()
    }

    #[test]
    fn requests_carry_the_commands_id_and_the_links_workspace() {
        let turn = TurnId::parse("t1").unwrap();
        let new = told(&AgentCommand::NewSession { turn: turn.clone(), start: 2 });
        assert_eq!(
            (&new["do"], &new["id"], &new["start"]),
            (&json!("request"), &json!("new:t1:2"), &json!(2))
        );
        assert_eq!(new["request"]["id"], "new:t1:2");
        assert_eq!(new["request"]["params"], json!({"cwd": "/workspace", "mcpServers": []}));
        let load =
            told(&AgentCommand::LoadSession { turn: turn.clone(), agent_session: "g1".into(), start: 2 });
        assert_eq!(
            load["request"]["params"],
            json!({"sessionId": "g1", "cwd": "/workspace", "mcpServers": []})
        );
        let list = |page, cursor| told(&AgentCommand::ListSessions { start: 2, page, cursor });
        assert_eq!(list(0, None)["request"]["params"], json!({"_meta": {"types": ["acp"]}}));
        let next = list(1, Some("c".into()));
        assert_eq!((&next["id"], &next["request"]["method"]), (&json!("list:2:1"), &json!("session/list")));
        assert_eq!(next["request"]["params"]["cursor"], "c");
        let model = AgentCommand::SetModel {
            turn: turn.clone(),
            agent_session: "g1".into(),
            model: "gpt-4o".into(),
            start: 2,
            wish: 3,
        };
        assert_eq!(model.id(), "model:t1:2:3");
        assert_eq!(
            told(&model)["request"]["params"],
            json!({"sessionId": "g1", "configId": "model", "value": "gpt-4o"})
        );
        let mode = AgentCommand::SetMode {
            turn,
            agent_session: "g1".into(),
            mode: Mode::SmartApprove,
            start: 2,
            wish: 0,
        };
        assert_eq!(mode.id(), "mode:t1:2");
        assert_eq!(told(&mode)["request"]["params"], json!({"sessionId": "g1", "modeId": "smart_approve"}));
    }

    #[test]
    fn what_belongs_to_a_turn_names_it() {
        let turn = TurnId::parse("t1").unwrap();
        let prompt = told(&AgentCommand::Prompt {
            turn: turn.clone(),
            agent_session: "g1".into(),
            text: "hi".into(),
            attachments: Vec::new(),
            start: 2,
        });
        assert_eq!((&prompt["do"], &prompt["turnId"]), (&json!("prompt"), &json!("t1")));
        assert_eq!(prompt["start"], 2);
        assert_eq!(prompt["request"]["params"]["prompt"], json!([{"type": "text", "text": "hi"}]));
        let image = Attachment {
            name: "a.png".into(),
            mime_type: "image/png".into(),
            text: None,
            data: Some("AAAA".into()),
        };
        let notes = Attachment {
            name: "my notes.md".into(),
            mime_type: "text/markdown".into(),
            text: Some("# So".into()),
            data: None,
        };
        assert_eq!(
            blocks(&turn, "hi", &[image, notes]),
            json!([
                {"type": "text", "text": "hi"},
                {"type": "image", "mimeType": "image/png", "data": "AAAA"},
                {"type": "resource", "resource": {"uri": "attachment:///t1/my%20notes.md",
                    "mimeType": "text/markdown", "text": "# So"}},
            ])
        );
        let permission = PermissionId::of_turn(&turn, 0);
        let choice = PermissionChoice::Option("allow_once".into());
        let answer =
            told(&AgentCommand::Answer { turn: turn.clone(), permission, request: json!(7), choice });
        let result = json!({"outcome": {"outcome": "selected", "optionId": "allow_once"}});
        assert_eq!(answer["response"], json!({"jsonrpc": "2.0", "id": 7, "result": result}));
        let cancel = told(&AgentCommand::Cancel { turn, agent_session: "g1".into() });
        assert_eq!(cancel["notification"].get("id"), None);
        assert_eq!(told(&AgentCommand::Stop { grace: Duration::from_secs(5) })["graceMs"], 5000);
    }
}
