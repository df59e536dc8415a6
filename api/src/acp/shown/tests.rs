use super::*;
use agent_client_protocol_schema::v1::SessionUpdate;
use gaggle_shared::{Event, SessionId, StopReason, Turn, TurnState};
use serde_json::json;

fn event(body: Value) -> EventBody {
    let mut body = body;
    body["seq"] = json!(1);
    body["at"] = json!("2026-01-01T00:00:00Z");
    serde_json::from_value::<Event>(body).unwrap().body
}

fn delta(offset: u64, text: &str) -> EventBody {
    event(json!({"type": "message.delta", "turnId": "t1", "messageId": "t1-a", "role": "assistant",
        "part": 0, "offset": offset, "text": text}))
}

fn tool(status: &str) -> Value {
    json!({"id": "c", "title": "shell", "kind": "execute", "name": "shell", "status": status,
        "input": {"command": "ls"}, "diffs": [{"path": "/a", "oldText": null, "newText": "x"}],
        "startedAt": "2026-01-01T00:00:00Z", "endedAt": null})
}

fn tool_event(kind: &str, status: &str) -> EventBody {
    event(json!({"type": kind, "turnId": "t1", "messageId": "t1-a", "toolCall": tool(status)}))
}

fn printed(offset: u64, text: &str) -> EventBody {
    event(json!({"type": "tool.output", "turnId": "t1", "toolCallId": "c", "stream": "stdout",
        "offset": offset, "text": text}))
}

/// The texts of chunks; the protocol's own types must read each.
fn texts(updates: &[Value]) -> Vec<String> {
    for update in updates {
        serde_json::from_value::<SessionUpdate>(update.clone()).unwrap_or_else(|e| panic!("{e}: {update}"));
    }
    updates.iter().map(|update| update["content"]["text"].as_str().unwrap_or_default().to_owned()).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "tests write the parts where they are used")]
fn message(parts: Value) -> Message {
    serde_json::from_value(json!({"id": "t1-a", "sessionId": "s1", "turnId": "t1", "role": "assistant",
        "parts": parts, "createdAt": "2026-01-01T00:00:00Z", "state": "streaming", "failure": null}))
    .unwrap()
}

fn turn(state: TurnState) -> Turn {
    Turn {
        id: TurnId::parse("t1").unwrap(),
        session_id: SessionId::parse("s1").unwrap(),
        state,
        stop_reason: Some(StopReason::EndTurn),
        ..serde_json::from_value(
            json!({"id": "t1", "sessionId": "s1", "state": "running", "stopReason": null,
            "prompt": "hi", "usage": null, "failure": null, "createdAt": "2026-01-01T00:00:00Z",
            "startedAt": null, "endedAt": null}),
        )
        .unwrap()
    }
}

#[test]
fn what_the_transcript_told_is_not_told_again_live() {
    let mut shown = Shown::default();
    assert_eq!(texts(&shown.message(&message(json!([{"type": "text", "text": "one tw"}])))), ["one tw"]);
    assert!(shown.event(&delta(0, "one ")).is_empty());
    assert_eq!(texts(&shown.event(&delta(4, "two"))), ["o"], "only the tail is new");
    assert_eq!(texts(&shown.event(&delta(7, " three"))), [" three"]);
    assert!(shown.message(&message(json!([{"type": "text", "text": "one two three"}]))).is_empty());
    shown.event(&EventBody::TurnEnded { turn: turn(TurnState::Ended) });
    assert!(shown.event(&delta(13, " late")).is_empty());
    assert!(shown.message(&message(json!([{"type": "text", "text": "one two three"}]))).is_empty());
}

#[test]
fn a_prompt_of_another_is_told_and_the_clients_own_is_not() {
    let started = EventBody::TurnStarted { turn: turn(TurnState::Running) };
    let told = Shown::default().event(&started);
    assert_eq!(told[0]["sessionUpdate"], "user_message_chunk");
    assert_eq!(texts(&told), ["hi"]);
    let mut own = Shown::default();
    own.knows_prompt(&TurnId::parse("t1").unwrap());
    assert!(own.event(&started).is_empty());
}

#[test]
fn a_tool_is_called_once_then_updated_with_all_it_said() {
    let mut shown = Shown::default();
    let told = shown.event(&tool_event("tool.call", "pending"));
    assert_eq!((&told[0]["sessionUpdate"], &told[0]["toolCallId"]), (&json!("tool_call"), &json!("t1:c")));
    assert_eq!(told[0]["content"][0]["type"], "diff");
    texts(&told);
    let told = shown.event(&printed(0, "a"));
    assert_eq!(told[0]["content"][1]["content"]["text"], "a");
    let told = shown.event(&printed(1, "b"));
    assert_eq!(told[0]["content"][1]["content"]["text"], "ab");
    texts(&told);
    let told = shown.event(&tool_event("tool.update", "completed"));
    assert_eq!(
        (&told[0]["sessionUpdate"], &told[0]["status"]),
        (&json!("tool_call_update"), &json!("completed"))
    );
    texts(&told);
    assert!(shown.event(&tool_event("tool.update", "running")).is_empty(), "what is over stays over");
    let told = shown.event(&printed(2, "c"));
    assert_eq!(told[0]["content"][1]["content"]["text"], "abc", "the last lines come after the end");
}

#[test]
fn long_output_is_told_as_it_doubles_and_is_bounded() {
    let mut shown = Shown::default();
    shown.event(&tool_event("tool.call", "running"));
    let line = "x".repeat(1024);
    let told = (0..1000).filter(|n| !shown.event(&printed(n * 1024, &line)).is_empty()).count();
    assert!((4..20).contains(&told), "{told}");
    let end = shown.event(&tool_event("tool.update", "completed"));
    assert_eq!(end[0]["content"][1]["content"]["text"].as_str().unwrap().len(), OUTPUT);
}

#[test]
fn what_has_no_event_of_ours_is_passed_on() {
    let plan = json!({"sessionUpdate": "plan", "entries": [{"content": "a", "priority": "high", "status": "pending"}]});
    let told =
        Shown::default().event(&event(json!({"type": "agent.update", "turnId": "t1", "update": plan})));
    assert_eq!(told, [plan]);
    texts(&told);
    assert!(
        Shown::default()
            .event(&event(json!({"type": "agent.update", "turnId": null, "update": {"thinned": 1}})))
            .is_empty()
    );
}
