//! What the real Goose cannot be made to do: an agent that does as it is told, in its place.

use crate::kit::{Conn, Home, Relay, acp, eventually, note, processes_of, says};
use gaggle_relay_protocol::{Frame, Note};
use gaggle_testkit::agent::{INITIALIZE, binary};

async fn started(prepare: impl FnOnce(&mut Relay)) -> (Home, Relay, Conn) {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.launch.goose = binary().unwrap_or_else(|why| panic!("{why}"));
    prepare(&mut relay);
    relay.start();
    let conn = home.welcome(Default::default()).await;
    (home, relay, conn)
}

async fn begin() -> (Home, Relay, Conn, String) {
    let (home, relay, mut conn) = started(|relay| relay.launch.spool_bytes = 256 * 1024 * 1024).await;
    conn.up(1).await;
    let session = conn.session().await;
    (home, relay, conn, session)
}

fn asked_to(initialize: &'static str) -> impl FnOnce(&mut Relay) {
    move |relay: &mut Relay| {
        relay.launch.initialize_ms = 500;
        relay.launch.env.insert(INITIALIZE.into(), initialize.into());
    }
}

/// The agent's processes.
fn agents(relay: &Relay) -> Vec<i32> {
    let agent = relay.launch.goose.to_str().unwrap();
    let all = processes_of(relay.dir.path()).into_iter();
    all.filter(|(_, line)| line.starts_with(agent)).map(|(pid, _)| pid).collect()
}

async fn health(relay: &Relay, conn: &Conn) -> (u16, String) {
    relay.health(conn.hello.endpoint.as_deref().unwrap()).await
}

/// The relay lives, and so does what it holds.
async fn still_answers(conn: &mut Conn, session: &str) {
    conn.prompt("t9", session, "still there").await;
    assert_eq!(conn.turn_end("t9").await, "end_turn");
    assert!(conn.text().ends_with("still there"));
}

#[tokio::test]
async fn one_that_never_answers_initialize_is_unresponsive_and_its_process_gone() {
    let (_home, relay, mut conn) = started(asked_to("hang")).await;
    let pid = eventually("it runs", || agents(&relay).first().copied()).await;
    conn.until(|frame| matches!(note(frame), Some(Note::AgentUnresponsive { start: 1, last: false, .. })))
        .await;
    eventually("its process is gone", || (!agents(&relay).contains(&pid)).then_some(())).await;
    assert_eq!(health(&relay, &conn).await.0, 503);
}

#[tokio::test]
async fn one_that_refuses_initialize_is_down_and_its_reason_told() {
    let (_home, relay, mut conn) = started(asked_to("refuse")).await;
    let down = conn.until(|frame| matches!(note(frame), Some(Note::AgentDown { start: 1, .. }))).await;
    let Some(Note::AgentDown { last_lines, .. }) = note(&down) else { unreachable!() };
    assert!(last_lines.starts_with("initialize: ") && last_lines.contains("told to refuse"), "{last_lines}");
    assert!(!conn.got.frames.iter().any(|frame| matches!(note(frame), Some(Note::AgentUp { .. }))));
    assert_eq!(health(&relay, &conn).await.0, 503);
}

#[tokio::test]
async fn garbage_in_mid_turn_is_passed_over_and_the_turn_goes_on() {
    let (_home, relay, mut conn, session) = begin().await;
    conn.prompt("t1", &session, "@say before\n@garbage\n@say after").await;
    assert_eq!(conn.turn_end("t1").await, "end_turn");
    assert_eq!(conn.text(), "beforeafter");
    still_answers(&mut conn, &session).await;
    assert_eq!(health(&relay, &conn).await.0, 200);
}

/// Longer than a frame home may be.
#[tokio::test]
async fn a_message_that_is_too_long_to_be_carried_ends_the_turn_visibly() {
    let (_home, relay, mut conn, session) = begin().await;
    conn.prompt("t1", &session, "@say before \n@huge 40\n@hang").await;
    conn.until(|frame| matches!(note(frame), Some(Note::SpoolFull))).await;
    assert_eq!(conn.turn_end("t1").await, "cancelled");
    conn.ack().await;
    still_answers(&mut conn, &session).await;
    assert!(conn.text().len() < 1000, "what was too long has come");
    assert_eq!(health(&relay, &conn).await.0, 200);
}

/// Longer than is read at all: its connection is no good any more, and so the agent is started anew.
#[tokio::test]
async fn a_message_that_is_too_long_to_be_read_ends_the_agent_and_not_the_relay() {
    let (_home, relay, mut conn, session) = begin().await;
    let pid = agents(&relay);
    conn.prompt("t1", &session, "@say before \n@huge 130\n@hang").await;
    let down = conn.until(|frame| matches!(note(frame), Some(Note::AgentDown { .. }))).await;
    let Some(Note::AgentDown { last_lines, last: false, .. }) = note(&down) else { panic!("{down:?}") };
    assert!(last_lines.contains("its connection broke"), "{last_lines}");
    conn.up(2).await;
    assert!(agents(&relay).iter().all(|now| !pid.contains(now)), "the old one lives");
    still_answers(&mut conn, &session).await;
}

#[tokio::test]
async fn one_that_cuts_its_connection_in_mid_turn_is_started_anew() {
    let (_home, relay, mut conn, session) = begin().await;
    let pid = agents(&relay);
    conn.prompt("t1", &session, "@words 3\n@cut").await;
    let down = conn.until(|frame| matches!(note(frame), Some(Note::AgentDown { .. }))).await;
    assert!(conn.got.frames.iter().all(|frame| says(frame).is_none() || frame.n < down.n));
    conn.up(2).await;
    assert!(agents(&relay).iter().all(|now| !pid.contains(now)), "the old one lives");
    still_answers(&mut conn, &session).await;
}

#[tokio::test]
async fn one_that_dies_in_mid_turn_is_told_with_its_exit_code_and_last_lines() {
    let (_home, _relay, mut conn, session) = begin().await;
    conn.prompt("t1", &session, "@words 3\n@log the disk is on fire\n@die 7").await;
    let down = conn.until(|frame| matches!(note(frame), Some(Note::AgentDown { .. }))).await;
    let Some(Note::AgentDown { exit_code, last_lines, last, .. }) = note(&down) else { unreachable!() };
    assert_eq!((*exit_code, last_lines.as_str(), *last), (Some(7), "the disk is on fire\n", false));
    assert_eq!(conn.text(), "w1 w2 w3");
    conn.up(2).await;
    still_answers(&mut conn, &session).await;
}

#[tokio::test]
async fn an_update_of_a_kind_that_nobody_knows_is_carried_as_it_is() {
    let (_home, _relay, mut conn, session) = begin().await;
    conn.prompt("t1", &session, "@unknown weather_update\n@say after").await;
    assert_eq!(conn.turn_end("t1").await, "end_turn");
    let unknown = |frame: &Frame| {
        acp(frame).is_some_and(|message| message["params"]["update"]["sessionUpdate"] == "weather_update")
    };
    assert_eq!(conn.got.frames.iter().filter(|frame| unknown(frame)).count(), 1);
}

#[tokio::test]
async fn answers_that_come_in_another_order_than_their_prompts_reach_their_own_turns() {
    let (_home, _relay, mut conn, first) = begin().await;
    let params = serde_json::json!({ "cwd": conn.hello.workspace, "mcpServers": [] });
    let second = conn.request("new:2", "session/new", params).await["sessionId"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    conn.prompt("t1", &first, "@say one \n@late").await;
    conn.until(|frame| says(frame) == Some("one ") || says(frame) == Some("one")).await;
    conn.prompt("t2", &second, "@error -32000").await;
    let end = |turn: &'static str| {
        move |frame: &Frame| acp(frame).is_some_and(|message| message["id"] == format!("prompt:{turn}"))
    };
    let (one, two) = (conn.until(end("t1")).await, conn.until(end("t2")).await);
    assert!(two.n < one.n, "the second is answered first");
    assert_eq!(acp(&one).unwrap()["result"]["stopReason"], "end_turn");
    assert_eq!(acp(&two).unwrap()["error"]["code"], -32000);
}
