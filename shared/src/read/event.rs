//! What is told apart by its `type`.

use super::{Fields, Read, Value};
use crate::{Event, EventBody, Part};

impl Read for Part {
    fn read(from: Value) -> Option<Self> {
        let mut from = Fields::of(from)?;
        Some(match from.take::<String>("type")?.as_str() {
            "text" => Self::Text { text: from.take("text")? },
            "thought" => Self::Thought { text: from.take("text")? },
            "tool" => Self::Tool { tool_call: from.take("toolCall")? },
            "permission" => Self::Permission { permission_id: from.take("permissionId")? },
            _ => return None,
        })
    }
}

impl Read for Event {
    fn read(from: Value) -> Option<Self> {
        let mut from = Fields::of(from)?;
        Some(Self { seq: from.take("seq")?, at: from.take("at")?, body: body(&mut from)? })
    }
}

fn body(from: &mut Fields) -> Option<EventBody> {
    Some(match from.take::<String>("type")?.as_str() {
        "project.phase" => EventBody::ProjectPhase {
            phase: from.take("phase")?,
            desired_state: from.take("desiredState")?,
            failure: from.take("failure")?,
        },
        "project.deleted" => {
            EventBody::ProjectDeleted { removed: from.take("removed")?, remaining: from.take("remaining")? }
        }
        "activation.step" => EventBody::ActivationStep {
            step: from.take("step")?,
            state: from.take("state")?,
            message: from.take("message")?,
            elapsed_ms: from.take("elapsedMs")?,
        },
        "cluster.event" => EventBody::ClusterEvent {
            reason: from.take("reason")?,
            message: from.take("message")?,
            object: from.take("object")?,
            severity: from.take("severity")?,
        },
        "turn.queued" => EventBody::TurnQueued { turn: from.take("turn")? },
        "turn.started" => EventBody::TurnStarted { turn: from.take("turn")? },
        "turn.ended" => EventBody::TurnEnded { turn: from.take("turn")? },
        "message.delta" => EventBody::MessageDelta {
            turn_id: from.take("turnId")?,
            message_id: from.take("messageId")?,
            role: from.take("role")?,
            part: from.take("part")?,
            offset: from.take("offset")?,
            text: from.take("text")?,
        },
        "message.thought" => EventBody::MessageThought {
            turn_id: from.take("turnId")?,
            message_id: from.take("messageId")?,
            role: from.take("role")?,
            part: from.take("part")?,
            offset: from.take("offset")?,
            text: from.take("text")?,
        },
        "tool.call" => EventBody::ToolCall {
            turn_id: from.take("turnId")?,
            message_id: from.take("messageId")?,
            tool_call: from.take("toolCall")?,
        },
        "tool.update" => EventBody::ToolUpdate {
            turn_id: from.take("turnId")?,
            message_id: from.take("messageId")?,
            tool_call: from.take("toolCall")?,
        },
        "tool.output" => EventBody::ToolOutput {
            turn_id: from.take("turnId")?,
            tool_call_id: from.take("toolCallId")?,
            stream: from.take("stream")?,
            offset: from.take("offset")?,
            text: from.take("text")?,
            whole: from.or_default("whole")?,
        },
        "permission.requested" => EventBody::PermissionRequested { permission: from.take("permission")? },
        "permission.resolved" => EventBody::PermissionResolved { permission: from.take("permission")? },
        "usage" => EventBody::Usage { turn_id: from.take("turnId")?, usage: from.take("usage")? },
        "agent.update" => {
            EventBody::AgentUpdate { turn_id: from.take("turnId")?, update: from.take("update")? }
        }
        "agent.process" => {
            EventBody::AgentProcess { running: from.take("running")?, detail: from.take("detail")? }
        }
        "session.changed" => EventBody::SessionChanged { session: from.take("session")? },
        "reset" => EventBody::Reset { reason: from.take("reason")? },
        _ => return None,
    })
}
