//! The agent asks for leave.

use crate::{
    chat::{self, turns::expires_at},
    draft::Draft,
    port::{AgentCommand, Asked, PermissionChoice},
    record::Asking,
};
use gaggle_shared::{EventBody, Permission, PermissionId, PermissionState, TurnId};
use serde_json::Value;

pub(super) fn asks(draft: &mut Draft<'_>, asked: Asked, source: Option<Value>) {
    let expires_at = expires_at(draft);
    let (project_id, now, answers) = (draft.record.id.clone(), draft.now, draft.answers);
    let Some(turn) = chat::stream::running_turn(&mut draft.record.turns, &asked.agent_session) else {
        if chat::abandon::asks(draft, &asked.agent_session, &asked.request) {
            return;
        }
        stray(draft, asked.request);
        return;
    };
    let known = answers.get(&turn.id).and_then(|answer| answer.tool(&asked.tool.id)).cloned();
    let is_new = known.is_none();
    let call = chat::stream::patched(known, asked.tool, now);
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

/// Nobody answers a question of no turn.
pub(super) fn stray(draft: &mut Draft<'_>, request: Value) {
    let id = format!("stray-{request}").to_lowercase();
    let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    if let (Ok(turn), Ok(permission)) = (TurnId::parse("none"), PermissionId::parse(id.trim_matches('-'))) {
        let choice = PermissionChoice::Cancelled;
        draft.commands.push(AgentCommand::Answer { turn, permission, request, choice });
    }
}
