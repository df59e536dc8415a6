//! Whatever a relay says, nothing panics, and the next frame is understood.

use crate::relay::{Relay, admitted, connected, hub, inbound, numbered};
use gaggle_agent::translate::{Message, acp_event, message};
use gaggle_core::port::{AgentEvent, Inbound, Refusal};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Any JSON, with the words that the translator looks for among its keys and values.
fn value() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "session/update",
        "session/request_permission",
        "agent_message_chunk",
        "tool_call",
        "tool_call_update",
        "usage_update",
        "session_info_update",
        "current_mode_update",
        "live_output",
        "text",
        "prompt:t1",
        "new:s:1",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "jsonrpc",
        "id",
        "method",
        "params",
        "result",
        "error",
        "sessionId",
        "update",
        "sessionUpdate",
        "content",
        "type",
        "text",
        "toolCallId",
        "toolCall",
        "options",
        "optionId",
        "_meta",
        "goose",
        "toolNotification",
        "chunks",
        "rawInput",
        "rawOutput",
        "status",
        "stopReason",
        "usage",
        "used",
        "size",
        "cost",
        "code",
        "message",
        "locations",
    ]);
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(keys.clone().prop_map(String::from), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_json_is_understood_as_something(value in value()) {
        acp_event(&value);
        for (method, key) in [("session/update", "update"), ("session/request_permission", "toolCall")] {
            let mut params = json!({"sessionId": "g1"});
            params[key] = value.clone();
            acp_event(&json!({"id": 1, "method": method, "params": params}));
        }
        for id in ["prompt:t1", "new:s1:1", "load:s1:1", "steer:t1:0"] {
            acp_event(&json!({"id": id, "result": value}));
            acp_event(&json!({"id": id, "error": value}));
        }
        let text = json!({"type": "frame", "n": 7, "at": i64::MAX, "acp": value, "note": value}).to_string();
        let Message::Frame(frame) = message(&text) else { panic!("{text}") };
        prop_assert_eq!(frame.understand(1).cursor.frame, 7);
    }

    #[test]
    fn any_text_is_read(text in ".{0,200}") {
        message(&text);
    }

    #[test]
    fn any_kind_of_update_is_understood(kind in "[a-z_]{1,20}", value in value()) {
        let mut update = if value.is_object() { value } else { json!({}) };
        update["sessionUpdate"] = json!(kind);
        let event = acp_event(&json!({"method": "session/update", "params": {"sessionId": "g1", "update": update}}));
        let is_update = matches!(event, AgentEvent::Update { .. });
        prop_assert!(is_update);
    }
}

#[test]
fn a_frame_that_is_nested_too_deeply_still_has_its_number() {
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let Message::Frame(frame) = message(&format!(r#"{{"type":"frame","n":3,"at":1,"acp":{deep}}}"#)) else {
        panic!("no frame")
    };
    let frame = frame.understand(1);
    assert_eq!((frame.cursor.frame, frame.event), (3, AgentEvent::Unknown));
}

#[test]
fn the_relays_notes() {
    let said = |note: Value| {
        let text = json!({"type": "frame", "n": 1, "at": 0, "note": note}).to_string();
        let Message::Frame(frame) = message(&text) else { panic!("{text}") };
        let frame = frame.understand(1);
        assert_eq!(frame.source, None);
        frame.event
    };
    let up = said(json!({"note": "agent_up", "start": 2, "initialize": {}}));
    assert_eq!(up, AgentEvent::Up { start: 2, accepts: Default::default() });
    let able = json!({"agentCapabilities": {"promptCapabilities": {"image": true, "embeddedContext": true}}});
    let up = said(json!({"note": "agent_up", "start": 2, "initialize": able}));
    let accepts = gaggle_shared::Accepts { images: true, texts: true };
    assert_eq!(up, AgentEvent::Up { start: 2, accepts });
    let down = json!({"note": "agent_down", "start": 2, "exitCode": null, "signal": 9, "lastLines": "x", "last": true});
    let (how, last_lines) = ("signal 9".into(), "x".into());
    assert_eq!(said(down), AgentEvent::Down { start: 2, how, last_lines, last: true, unresponsive: false });
    let refused = json!({"note": "refused", "id": "prompt:t1", "turnId": "t1", "reason": "noted"});
    let turn = gaggle_shared::TurnId::parse("t1").ok();
    assert_eq!(
        said(refused),
        AgentEvent::Refused { command: "prompt:t1".into(), turn, reason: Refusal::Noted }
    );
    assert_eq!(said(json!({"note": "of a newer release"})), AgentEvent::Unknown);
}

#[tokio::test]
async fn after_garbage_the_link_goes_on() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let mut relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    for text in ["", "{", "[]", "null", r#"{"type":"hello"}"#, r#"{"type":7}"#, r#"{"type":"frame","n":-1}"#]
    {
        relay.raw(text).await;
    }
    relay.raw(r#"{"type":"frame","n":1,"at":0,"acp":"?"}"#).await;
    let Some(Inbound::Frame(frame)) = inbound(&mut receiver).await else { panic!("no frame") };
    assert_eq!((frame.event, frame.source), (AgentEvent::Unknown, Some(json!("?"))));
    relay.raw(&format!(r#"{{"type":"frame","n":{},"at":0}}"#, u64::MAX)).await;
    assert_eq!(inbound(&mut receiver).await, Some(Inbound::Missing { first: u64::MAX }));
    assert!(matches!(inbound(&mut receiver).await, Some(Inbound::Frame(_))));
    // It has used its numbers up; a new start of the relay begins anew.
    let (mut next, _) = Relay::call(&hub, "token", crate::relay::hello(2, 1, 0)).await;
    assert_eq!(inbound(&mut receiver).await, Some(Inbound::Disconnected));
    connected(&mut receiver).await;
    next.frame(1).await;
    assert_eq!(numbered(&mut receiver).await, 1);
}
