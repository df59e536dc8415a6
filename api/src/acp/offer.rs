//! What this agent says of itself.

use gaggle_shared::{Mode, Session, SlashCommand};
use serde_json::{Value, json};

/// The one version of the protocol that is spoken.
const VERSION: u16 = 1;

/// Answers `initialize`: what is offered is what is done, and what this client may have done.
pub(super) fn initialize(may_delete: bool) -> Value {
    let mut sessions = json!({"list": {}, "close": {}, "resume": {}});
    if may_delete {
        sessions["delete"] = json!({});
    }
    json!({
        "protocolVersion": VERSION,
        "agentCapabilities": {
            "loadSession": true,
            // Of a resource the text is taken; images and sound are not.
            "promptCapabilities": {"image": false, "audio": false, "embeddedContext": true},
            "mcpCapabilities": {"http": false, "sse": false},
            "sessionCapabilities": sessions,
        },
        "agentInfo": {"name": "gaggle", "title": "Gaggle", "version": env!("CARGO_PKG_VERSION")},
        "authMethods": [],
    })
}

/// The modes of a session and the one it is in.
pub(super) fn modes(current: Mode) -> Value {
    let mode = |mode: Mode, name: &str, description: &str| json!({"id": mode.as_str(), "name": name, "description": description});
    json!({
        "currentModeId": current.as_str(),
        "availableModes": [
            mode(Mode::SmartApprove, "Smart approve", "Asks before what changes something"),
            mode(Mode::Approve, "Approve", "Asks before every tool"),
            mode(Mode::Auto, "Auto", "Asks nothing"),
            mode(Mode::Chat, "Chat", "Uses no tools"),
        ],
    })
}

/// The mode of this name.
pub(super) fn mode(id: &str) -> Option<Mode> {
    [Mode::Auto, Mode::Approve, Mode::SmartApprove, Mode::Chat].into_iter().find(|mode| mode.as_str() == id)
}

/// A row of `session/list`.
pub(super) fn row(session: &Session, cwd: &str) -> Value {
    json!({
        "sessionId": session.id,
        "cwd": cwd,
        "title": session.title,
        "updatedAt": session.last_activity_at,
        "_meta": {"gaggle": {"default": session.is_default}},
    })
}

/// What can be said with a `/` in front.
pub(super) fn commands(commands: &[SlashCommand]) -> Value {
    let one = |command: &SlashCommand| {
        let mut told = json!({"name": command.name, "description": command.description});
        if let Some(hint) = &command.hint {
            told["input"] = json!({"hint": hint});
        }
        told
    };
    json!({
        "sessionUpdate": "available_commands_update",
        "availableCommands": commands.iter().map(one).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use agent_client_protocol_schema::v1::{InitializeResponse, SessionModeState};

    #[test]
    fn the_protocols_own_types_read_it() {
        let told: InitializeResponse = serde_json::from_value(initialize(true)).unwrap();
        let can = told.agent_capabilities;
        assert!(can.load_session && can.prompt_capabilities.embedded_context);
        assert!(!can.prompt_capabilities.image && !can.prompt_capabilities.audio);
        let sessions = can.session_capabilities;
        assert!(sessions.list.is_some() && sessions.close.is_some());
        assert!(sessions.delete.is_some() && sessions.resume.is_some());
        let told: SessionModeState = serde_json::from_value(modes(Mode::Auto)).unwrap();
        assert_eq!(told.available_modes.len(), 4);
        for offered in told.available_modes {
            assert!(mode(&offered.id.0).is_some());
        }
        assert_eq!(mode("turbo"), None);
    }
}
