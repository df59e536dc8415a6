//! The hand-written readers against serde's: the same values from the same JSON.

use super::{Read, from_json};
use crate::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::fmt::Debug;

const AT: &str = "2026-11-23T18:41:07.25Z";

/// Both readers agree on this value and on it without each of its fields.
fn agree<T: Read + DeserializeOwned + Serialize + PartialEq + Debug>(json: &Value) {
    let one: T = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(from_json::<T>(&json.to_string()), Some(one), "{json}");
    for name in json.as_object().into_iter().flat_map(|object| object.keys()) {
        let mut less = json.clone();
        less.as_object_mut().unwrap().remove(name);
        assert_eq!(from_json::<T>(&less.to_string()), serde_json::from_value(less).ok(), "without {name}");
    }
}

fn failure() -> Value {
    json!({"code": "crash_loop", "message": "m", "hint": "h", "detail": "d", "since": AT})
}

fn usage() -> Value {
    json!({"inputTokens": 1, "outputTokens": 2, "totalTokens": 3, "contextUsed": 4, "contextSize": 5,
        "cost": {"amount": 0.5, "currency": "USD"}})
}

fn tool() -> Value {
    json!({"id": "c1", "title": "t", "kind": "execute", "name": "shell", "status": "running",
        "input": {"command": "ls"}, "output": "o", "exitCode": -1,
        "diffs": [{"path": "a", "oldText": null, "newText": "n"}], "startedAt": AT, "endedAt": AT})
}

fn parts() -> Value {
    json!([{"type": "text", "text": "a"}, {"type": "thought", "text": "b"},
        {"type": "tool", "toolCall": tool()}, {"type": "permission", "permissionId": "t1-p0"}])
}

fn attachments() -> Value {
    json!([{"name": "a.png", "mimeType": "image/png", "size": 3}])
}

fn session() -> Value {
    json!({"id": "s1", "title": "t", "createdAt": AT, "lastActivityAt": AT, "mode": "chat", "model": "m",
        "isDefault": true, "accepts": {"images": true, "texts": false}})
}

fn turn() -> Value {
    json!({"id": "t1", "sessionId": "s1", "state": "ended", "stopReason": "failed", "prompt": "p", "text": "x",
        "attachments": attachments(),
        "parts": parts(), "usage": usage(), "failure": failure(), "createdAt": AT, "startedAt": AT, "endedAt": AT})
}

fn permission() -> Value {
    json!({"id": "t1-p0", "projectId": "p1", "sessionId": "s1", "turnId": "t1", "toolCall": tool(),
        "options": [{"id": "a", "name": "Allow", "kind": "allow_once"}, {"id": "b", "name": "B", "kind": "new"}],
        "state": "answered", "optionId": "a", "answeredBy": "alice", "comment": "c", "createdAt": AT,
        "expiresAt": AT, "answeredAt": AT})
}

fn project() -> Value {
    json!({"id": "p1", "userId": "alice", "name": "n", "createdAt": AT, "desiredState": "active",
        "phase": "activating", "failure": failure(), "endpoint": {"url": "u", "via": "loadBalancer"},
        "resources": {"namespace": "n", "deployment": "d", "service": "s", "ingress": null, "pod": "p"},
        "activity": {"state": "working", "summary": "s", "turnId": "t1", "pendingPermissions": ["t1-p0"],
            "awakeReason": "never_sleeps", "tokensToday": 7, "costToday": 0.25},
        "defaultSessionId": "s1", "lastActivityAt": AT, "sleepsAt": AT, "restartNeeded": true,
        "warnings": ["endpoint_pending"], "settings": {"mode": "smart_approve", "idleTimeout": "30m", "cpu": "1"},
        "start": {"seq": 7, "at": AT, "readyAt": null, "step": {"step": "image", "message": "m", "since": AT}}})
}

#[test]
fn records_are_read_as_serde_reads_them() {
    agree::<Project>(&project());
    agree::<Turn>(&turn());
    agree::<Permission>(&permission());
    agree::<ToolCall>(&tool());
    agree::<Usage>(&usage());
    agree::<Failure>(&failure());
    agree::<User>(&json!({"id": "alice", "name": "Alice"}));
    agree::<Session>(
        &json!({"id": "s1", "title": "t", "createdAt": AT, "lastActivityAt": AT, "mode": "chat",
        "isDefault": true}),
    );
    agree::<Session>(&json!({"id": "s1", "title": null, "createdAt": AT, "lastActivityAt": AT, "mode": null,
        "isDefault": false, "options": {"modes": [{"id": "auto", "name": "auto", "description": "d"}],
        "models": [{"id": "m", "name": "M", "description": null}], "model": "m",
        "commands": [{"name": "compact", "description": "d", "hint": "h"}]}}));
    agree::<Message>(
        &json!({"id": "t1-a", "sessionId": "s1", "turnId": "t1", "role": "assistant", "parts": parts(),
        "attachments": attachments(), "createdAt": AT, "state": "streaming", "failure": null}),
    );
    agree::<Message>(
        &json!({"id": "t1-a", "sessionId": "s1", "turnId": "t1", "role": "assistant", "parts": [],
        "createdAt": AT, "state": "complete", "failure": null, "stopReason": "end_turn", "endedAt": AT,
        "usage": usage()}),
    );
    agree::<Session>(&session());
    agree::<Attachment>(&json!({"name": "a.md", "mimeType": "text/markdown", "text": "# a"}));
    agree::<Attachment>(&json!({"name": "a.png", "mimeType": "image/png", "data": "AAAA"}));
    agree::<WorkspaceFile>(&json!({"path": "src/a.rs"}));
    agree::<List<User>>(&json!({"items": [{"id": "alice", "name": "Alice"}], "nextCursor": "c"}));
    agree::<Problem>(
        &json!({"type": "urn:x", "title": "t", "status": 404, "detail": "d", "code": "not_found",
        "hint": "h", "cause": "c", "turnId": "t1", "requestId": "r"}),
    );
    for isolation in [
        json!("none"),
        json!({"policies": ["p"], "enforced": true, "since": AT}),
        json!({"policies": ["p"], "enforced": null, "since": null}),
        json!({"policies": ["p"]}),
    ] {
        agree::<Info>(&json!({"version": "1", "instance": "i1", "runtime": "local", "store": "embedded",
            "provider": "p", "model": null, "demo": true, "isolation": isolation,
            "approvals": {"boundary": false, "why": "w"}, "host": "h", "defaults": {"mode": "approve",
            "idleTimeout": "30m", "permissionTimeout": "10m", "cpu": "2", "memory": null}}));
    }
}

#[test]
fn every_event_is_read_as_serde_reads_it() {
    let delta =
        json!({"turnId": "t1", "messageId": "t1-a", "role": "user", "part": 1, "offset": 2, "text": "x"});
    let call = json!({"turnId": "t1", "messageId": "t1-a", "toolCall": tool()});
    let of_turn = json!({"turn": turn()});
    let asked = json!({"permission": permission()});
    let removed = json!([{"kind": "Process", "name": "x"}]);
    for (kind, mut event) in [
        ("project.phase", json!({"phase": "failed", "desiredState": "inactive", "failure": failure()})),
        ("project.deleted", json!({"removed": removed, "remaining": []})),
        ("activation.step", json!({"step": "relay", "state": "done", "message": "m", "elapsedMs": 9})),
        ("cluster.event", json!({"reason": "r", "message": "m", "object": "o", "severity": "warning"})),
        ("turn.queued", of_turn.clone()),
        ("turn.started", of_turn.clone()),
        ("turn.ended", of_turn),
        ("message.delta", delta.clone()),
        ("message.thought", delta),
        ("tool.call", call.clone()),
        ("tool.update", call),
        (
            "tool.output",
            json!({"turnId": "t1", "toolCallId": "c1", "stream": "stderr", "offset": 0, "text": "x"}),
        ),
        (
            "tool.output",
            json!({"turnId": "t1", "toolCallId": "c1", "stream": "stdout", "offset": 0, "text": "x", "whole": true}),
        ),
        ("permission.requested", asked.clone()),
        ("permission.resolved", asked),
        ("usage", json!({"turnId": null, "usage": usage()})),
        ("agent.update", json!({"turnId": "t1", "update": {"any": [1]}})),
        ("agent.process", json!({"running": false, "detail": "d"})),
        ("session.changed", json!({"session": session()})),
        ("reset", json!({"reason": "r"})),
    ] {
        event["seq"] = json!(7);
        event["at"] = json!(AT);
        event["type"] = json!(kind);
        agree::<Event>(&event);
        assert_eq!(from_json::<Event>(&event.to_string()).unwrap().body.kind(), kind);
    }
    assert_eq!(from_json::<Event>(&json!({"seq": 1, "at": AT, "type": "of.tomorrow"}).to_string()), None);
}

/// The names of every unit enum: serde writes them, both read them back.
#[test]
fn every_name_is_known() {
    fn all<T: Read + DeserializeOwned + Serialize + PartialEq + Debug + Copy>(names: &[T]) {
        for name in names {
            assert_eq!(T::read(serde_json::to_value(name).unwrap()), Some(*name));
        }
    }
    all(Code::ALL);
    use {AwakeReason as A, EndpointVia as E, MessageState as M, Phase as P, Step as S, StopReason as R};
    use {OptionKind as O, PermissionState as Q, ToolKind as K, ToolStatus as T};
    all(&[P::Inactive, P::Activating, P::Active, P::Deactivating, P::Failed, P::Deleting]);
    all(&[DesiredState::Active, DesiredState::Inactive, DesiredState::Deleted]);
    all(&[A::Turn, A::Queue, A::Permission, A::RecentActivity, A::NeverSleeps]);
    all(&[E::Ingress, E::LoadBalancer, E::Cluster, E::Local]);
    all(&[M::Queued, M::Streaming, M::Complete, M::Cancelled, M::Interrupted, M::Failed]);
    all(&[S::Namespace, S::Manifests, S::Scale, S::Schedule, S::Volume, S::Image]);
    all(&[S::Container, S::Workspace, S::Process, S::Relay, S::Agent, S::Endpoint]);
    all(&[R::EndTurn, R::MaxTokens, R::MaxTurnRequests, R::Refusal]);
    all(&[R::Cancelled, R::PermissionTimeout, R::Interrupted, R::Failed]);
    all(&[O::AllowOnce, O::AllowAlways, O::RejectOnce, O::RejectAlways, O::Other]);
    all(&[Q::Pending, Q::Answered, Q::Expired, Q::Cancelled]);
    all(&[
        K::Read,
        K::Edit,
        K::Delete,
        K::Move,
        K::Search,
        K::Execute,
        K::Think,
        K::Fetch,
        K::SwitchMode,
        K::Other,
    ]);
    all(&[T::Pending, T::Running, T::Completed, T::Failed, T::Rejected]);
    all(&[Mode::Auto, Mode::Approve, Mode::SmartApprove, Mode::Chat]);
    use ActivityState as X;
    all(&[X::Asleep, X::Starting, X::Ready, X::Working, X::Waiting]);
    all(&[TurnState::Queued, TurnState::Running, TurnState::Ended]);
    all(&[StepState::Started, StepState::Done, StepState::Failed]);
    all(&[Severity::Normal, Severity::Warning]);
    all(&[OutputStream::Stdout, OutputStream::Stderr]);
    all(&[RuntimeKind::Kubernetes, RuntimeKind::Local]);
    all(&[StoreKind::Embedded, StoreKind::Mongodb]);
    all(&[Role::User, Role::Assistant]);
}
