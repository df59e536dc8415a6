use super::*;
use gaggle_relay_protocol::{Command, CommandBody, Frame};
use serde_json::json;

struct Rig {
    core: Core,
    goose: mpsc::Receiver<String>,
    cursor: Cursor,
    dir: tempfile::TempDir,
}

fn open(dir: &std::path::Path, cap: u64) -> Core {
    Core::new(Spool::create(&dir.join("spool"), cap).unwrap(), Noted::open(dir).unwrap(), || 7)
}

fn rig(cap: u64) -> Rig {
    let dir = tempfile::tempdir().unwrap();
    let core = open(dir.path(), cap);
    let cursor = core.resume(0);
    let (to, goose) = mpsc::channel(8);
    core.agent_up(1, json!({"protocolVersion": 1}), to);
    Rig { core, goose, cursor, dir }
}

impl Rig {
    fn said(&mut self) -> Vec<FromRelay> {
        let texts = std::iter::from_fn(|| self.core.next(&mut self.cursor).unwrap());
        texts.map(|text| serde_json::from_str(&text).unwrap()).collect()
    }

    fn notes(&mut self) -> Vec<Note> {
        let note = |said| match said {
            FromRelay::Frame(Frame { payload: Payload::Note(note), .. }) => Some(note),
            _ => None,
        };
        self.said().into_iter().filter_map(note).collect()
    }
}

fn turn(id: &str) -> TurnId {
    TurnId::parse(id).unwrap()
}

fn prompt(id: &str) -> Command {
    prompt_for(id, None)
}

fn prompt_for(id: &str, start: Option<u64>) -> Command {
    let request = json!({"jsonrpc": "2.0", "id": format!("prompt:{id}"), "method": "session/prompt"});
    let body = CommandBody::Prompt { turn_id: turn(id), agent_session: "s1".into(), start, request };
    Command { id: format!("prompt:{id}"), body }
}

fn cancel(id: &str, n: u32) -> Command {
    let notification = json!({"jsonrpc": "2.0", "method": "session/cancel"});
    Command { id: format!("cancel:{n}"), body: CommandBody::Cancel { turn_id: turn(id), notification } }
}

fn refused(id: &str, turn_id: Option<&str>, reason: &str) -> Note {
    Note::Refused { id: id.into(), turn_id: turn_id.map(turn), reason: reason.into() }
}

#[test]
fn what_goose_says_is_carried_as_it_is_in_order() {
    let mut rig = rig(10_000);
    let message = r#"{"jsonrpc":"2.0","method":"session/update","params":{"b":1,"a":"é\n"}}"#;
    assert!(rig.core.agent_said(message));
    assert!(!rig.core.agent_said("no json"));
    let said = rig.said();
    assert_eq!(said.len(), 2);
    let expected = Frame { n: 2, at: 7, payload: Payload::Acp(serde_json::from_str(message).unwrap()) };
    assert_eq!(said[1], FromRelay::Frame(expected));
}

#[test]
fn a_prompt_runs_once_ever() {
    let mut rig = rig(10_000);
    rig.core.command(prompt("t1"));
    rig.core.command(prompt("t1"));
    assert!(rig.goose.try_recv().unwrap().contains("prompt:t1"));
    assert!(rig.goose.try_recv().is_err());
    let said = rig.said();
    let written = Note::PromptWritten { turn_id: turn("t1"), agent_session: "s1".into() };
    assert_eq!(said[1], FromRelay::Frame(Frame { n: 2, at: 7, payload: Payload::Note(written) }));
    assert_eq!(
        said[2..],
        [FromRelay::Done { id: "prompt:t1".into() }, FromRelay::Done { id: "prompt:t1".into() }]
    );

    let next = open(rig.dir.path(), 10_000);
    let (to, mut goose) = mpsc::channel(8);
    next.agent_up(1, Value::Null, to);
    next.command(prompt("t1"));
    assert!(goose.try_recv().is_err());
    (rig.core, rig.cursor) = (next, rig.cursor);
    rig.cursor = rig.core.resume(0);
    assert_eq!(rig.notes().last(), Some(&refused("prompt:t1", Some("t1"), "noted")));
}

#[test]
fn a_late_cancel_never_hits_the_next_turn() {
    let mut rig = rig(10_000);
    rig.core.command(prompt("t1"));
    rig.core.command(cancel("t1", 1));
    rig.core.agent_said(r#"{"jsonrpc":"2.0","id":"prompt:t1","result":{"stopReason":"cancelled"}}"#);
    rig.core.command(prompt("t2"));
    rig.core.command(cancel("t1", 2));
    rig.core.command(cancel("t1", 1));
    let sent: Vec<_> = std::iter::from_fn(|| rig.goose.try_recv().ok()).collect();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert_eq!(rig.notes().last(), Some(&refused("cancel:2", None, "not_running")));
}

fn ask(id: u32) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": "session/request_permission", "params": {"sessionId": "s1"}})
        .to_string()
}

fn answer(turn_id: &str, id: u32) -> Command {
    let response = json!({"jsonrpc": "2.0", "id": id, "result": {"outcome": {"outcome": "cancelled"}}});
    let permission_id = gaggle_shared::PermissionId::parse(&format!("{turn_id}-p{id}")).unwrap();
    let body = CommandBody::Answer { turn_id: turn(turn_id), permission_id, response };
    Command { id: format!("answer:{turn_id}-p{id}"), body }
}

#[test]
fn a_question_that_waits_is_answered_whatever_the_server_knows_of_its_turn() {
    let mut rig = rig(10_000);
    rig.core.command(prompt("t1"));
    rig.goose.try_recv().unwrap();
    rig.core.agent_said(&ask(7));
    rig.core.command(answer("none", 7));
    assert!(rig.goose.try_recv().unwrap().contains(r#""id":7"#));
    rig.core.command(answer("none", 8));
    assert_eq!(rig.notes().last(), Some(&refused("answer:none-p8", None, "not_running")));
    // Once it is answered it waits no more.
    rig.core.command(answer("other", 7));
    assert_eq!(rig.notes().last(), Some(&refused("answer:other-p7", None, "not_running")));
}

#[test]
fn a_cancel_answers_what_waits_first() {
    let mut rig = rig(10_000);
    rig.core.command(prompt("t1"));
    rig.goose.try_recv().unwrap();
    rig.core.agent_said(&ask(7));
    rig.core.command(cancel("t1", 1));
    let told: Vec<serde_json::Value> = std::iter::from_fn(|| rig.goose.try_recv().ok())
        .map(|text| serde_json::from_str(&text).unwrap())
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((&told[0]["id"], &told[0]["result"]["outcome"]["outcome"]), (&json!(7), &json!("cancelled")));
    assert_eq!(told[1]["method"], "session/cancel");
    // The turn is over: its questions are too.
    rig.core.agent_said(&ask(8));
    rig.core.agent_said(r#"{"jsonrpc":"2.0","id":"prompt:t1","result":{"stopReason":"cancelled"}}"#);
    rig.core.command(answer("none", 8));
    assert_eq!(rig.notes().last(), Some(&refused("answer:none-p8", None, "not_running")));
}

#[test]
fn without_goose_a_prompt_is_refused_unnoted_and_may_come_again() {
    let mut rig = rig(10_000);
    let down = Note::AgentDown {
        start: 1,
        exit_code: Some(1),
        signal: None,
        last_lines: String::new(),
        last: false,
        resting: false,
    };
    rig.core.agent_gone(down, "ended".into());
    rig.core.command(prompt("t1"));
    assert_eq!(rig.notes().last(), Some(&refused("prompt:t1", Some("t1"), "no_agent")));
    let (to, mut goose) = mpsc::channel(8);
    rig.core.agent_up(2, Value::Null, to);
    let load = |id: &str, start| Command {
        id: id.into(),
        body: CommandBody::Request { start: Some(start), request: json!({"id": id}) },
    };
    rig.core.command(load("load:s:1", 1));
    assert_eq!(rig.notes().last(), Some(&refused("load:s:1", None, "no_agent")));
    // The next start does not have the session that this prompt is for.
    rig.core.command(prompt_for("t1", Some(1)));
    assert_eq!(rig.notes().last(), Some(&refused("prompt:t1", Some("t1"), "no_agent")));
    rig.core.command(load("load:s:2", 2));
    rig.core.command(prompt_for("t1", Some(2)));
    assert!(goose.try_recv().unwrap().contains("load:s:2"));
    assert!(goose.try_recv().unwrap().contains("prompt:t1"));
}

#[test]
fn live_output_goes_first_and_a_full_spool_cancels_the_turn() {
    let mut rig = rig(8_000);
    rig.core.command(prompt("t1"));
    rig.goose.try_recv().unwrap();
    let pad = "x".repeat(400);
    let update = |rest: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","method":"session/update","params":{{"sessionId":"s1","update":{{{rest},"pad":"{pad}"}}}}}}"#
        )
    };
    let live = update(
        r#""sessionUpdate":"tool_call_update","status":"in_progress","_meta":{"toolNotification":{"type":"live_output"}}"#,
    );
    for _ in 0..20 {
        rig.core.agent_said(&live);
    }
    rig.core.agent_said(&update(r#""sessionUpdate":"agent_message_chunk""#));
    assert!(matches!(rig.notes().last(), Some(Note::Thinned { bytes }) if *bytes % live.len() as u64 == 0));
    for _ in 0..20 {
        rig.core.agent_said(&update(r#""sessionUpdate":"agent_message_chunk""#));
    }
    assert_eq!(rig.notes().last(), Some(&Note::SpoolFull));
    assert!(rig.goose.try_recv().unwrap().contains("session/cancel"));
    assert!(rig.goose.try_recv().is_err(), "cancelled once");
    rig.core.command(prompt("t2"));
    assert_eq!(rig.notes().last(), Some(&refused("prompt:t2", Some("t2"), "full")));
    rig.core.agent_said(r#"{"jsonrpc":"2.0","id":"prompt:t1","result":{"stopReason":"cancelled"}}"#);
    assert!(matches!(rig.said().last(), Some(FromRelay::Frame(Frame { payload: Payload::Acp(_), .. }))));
    rig.core.acknowledge(rig.core.range().1);
    rig.core.command(prompt("t2"));
    assert!(rig.goose.try_recv().unwrap().contains("prompt:t2"));
}

#[test]
fn what_another_conversation_waits_for_comes_though_the_spool_is_full() {
    let mut rig = rig(400_000);
    rig.core.command(prompt("t1"));
    let pad = "x".repeat(10_000);
    let said = format!(
        r#"{{"jsonrpc":"2.0","method":"session/update","params":{{"sessionId":"s1","pad":"{pad}"}}}}"#
    );
    for _ in 0..50 {
        rig.core.agent_said(&said);
    }
    assert_eq!(rig.notes().last(), Some(&Note::SpoolFull));
    // A new conversation, with all the models that there are.
    rig.core.agent_said(&format!(r#"{{"jsonrpc":"2.0","id":"new:t2:1","result":{{"pad":"{pad}"}}}}"#));
    assert!(matches!(rig.said().last(), Some(FromRelay::Frame(Frame { payload: Payload::Acp(_), .. }))));
    // One that would leave no room for what must be said does not.
    let huge = "x".repeat(40_000);
    rig.core.agent_said(&format!(r#"{{"jsonrpc":"2.0","id":"new:t3:1","result":{{"pad":"{huge}"}}}}"#));
    assert!(rig.said().is_empty());
}
