//! Turns through the real Goose.

use crate::kit::{Conn, Home, Relay, note};
use gaggle_relay_protocol::{CommandBody, Frame, FromRelay, FromServer, Note, Payload};
use gaggle_shared::TurnId;
use serde_json::json;

async fn begin() -> (Home, Relay, Conn, String) {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    let session = conn.session().await;
    (home, relay, conn, session)
}

fn position(conn: &Conn, wanted: impl Fn(&Frame) -> bool) -> usize {
    conn.got.frames.iter().position(wanted).unwrap()
}

#[tokio::test]
async fn a_prompt_streams_and_ends() {
    let (_home, relay, mut conn, session) = begin().await;
    assert_eq!(conn.hello.incarnation, 1);
    assert_eq!(relay.health(conn.hello.endpoint.as_deref().unwrap()).await, (200, "ok".into()));
    conn.prompt("t1", &session, "count to 50").await;
    assert_eq!(conn.turn_end("t1").await, "end_turn");
    let numbers: Vec<String> = (1..=50).map(|i| i.to_string()).collect();
    let text = conn.text();
    assert!(text.contains("demo model") && text.ends_with(&numbers.join(" ")), "{text}");
    let written = position(&conn, |frame| matches!(note(frame), Some(Note::PromptWritten { .. })));
    let first = position(&conn, |frame| crate::kit::says(frame).is_some());
    assert!(written < first);
    assert!(conn.got.frames.iter().filter(|frame| crate::kit::says(frame).is_some()).count() > 20);
}

#[tokio::test]
async fn a_prompt_that_is_sent_again_runs_once() {
    let (home, _relay, mut conn, session) = begin().await;
    conn.prompt("t1", &session, "run echo once >> ran.txt").await;
    conn.prompt("t1", &session, "run echo once >> ran.txt").await;
    conn.turn_end("t1").await;
    let mut conn = home_again(&home, conn).await;
    conn.prompt("t1", &session, "run echo once >> ran.txt").await;
    conn.done("prompt:t1").await;
    conn.prompt("t2", &session, "run cat ran.txt").await;
    conn.turn_end("t2").await;
    let ran = std::fs::read_to_string(format!("{}/ran.txt", conn.hello.workspace)).unwrap();
    assert_eq!(ran, "once\n");
    let ends =
        |frame: &&Frame| matches!(&frame.payload, Payload::Acp(message) if message["id"] == "prompt:t1");
    assert_eq!(conn.got.frames.iter().filter(ends).count(), 1);
}

async fn home_again(home: &Home, conn: Conn) -> Conn {
    let Conn { socket, got, .. } = conn;
    drop(socket);
    let mut again = home.welcome(got).await;
    again.got.done.clear();
    again
}

#[tokio::test]
async fn a_noted_prompt_is_refused_by_the_next_relay() {
    let (home, mut relay, mut conn, session) = begin().await;
    conn.prompt("t1", &session, "count to 1000 slowly").await;
    conn.until(|frame| matches!(note(frame), Some(Note::PromptWritten { .. }))).await;
    relay.signal(rustix::process::Signal::KILL);
    relay.ended().await;
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    assert_eq!((conn.hello.incarnation, conn.hello.first), (2, 1));
    conn.up(1).await;
    conn.prompt("t1", &session, "count to 1000 slowly").await;
    let frame = conn.until(|frame| matches!(note(frame), Some(Note::Refused { .. }))).await;
    let turn_id = Some(TurnId::parse("t1").unwrap());
    let refused = Note::Refused { id: "prompt:t1".into(), turn_id, reason: "noted".into() };
    assert_eq!(note(&frame), Some(&refused));
    conn.done("prompt:t1").await;
}

#[tokio::test]
async fn a_cancel_ends_its_turn_and_no_other() {
    let (_home, _relay, mut conn, session) = begin().await;
    let notification =
        json!({"jsonrpc": "2.0", "method": "session/cancel", "params": {"sessionId": session}});
    let cancel = |turn: &str| CommandBody::Cancel {
        turn_id: TurnId::parse(turn).unwrap(),
        notification: notification.clone(),
    };
    conn.prompt("t1", &session, "count to 1000 slowly").await;
    conn.until(|frame| crate::kit::says(frame).is_some()).await;
    conn.command("cancel:t1", cancel("t1")).await;
    assert_eq!(conn.turn_end("t1").await, "cancelled");
    conn.prompt("t2", &session, "count to 20").await;
    conn.command("cancel:t1:again", cancel("t1")).await;
    assert_eq!(conn.turn_end("t2").await, "end_turn");
    let refused =
        |frame: &Frame| matches!(note(frame), Some(Note::Refused { reason, .. }) if reason == "not_running");
    conn.until(refused).await;
}

#[tokio::test]
async fn a_newer_servers_command_is_refused_and_its_other_words_are_ignored() {
    use futures_util::SinkExt;
    let (_home, _relay, mut conn, _session) = begin().await;
    for text in [
        r#"{"type":"weather","sun":true}"#,
        r#"{"type":"command","id":"c9","do":"fly","where":"south"}"#,
        "no json",
    ] {
        conn.socket.send(tokio_tungstenite::tungstenite::Message::text(text)).await.unwrap();
    }
    let refused = Note::Refused { id: "c9".into(), turn_id: None, reason: "unknown".into() };
    conn.until(|frame| note(frame) == Some(&refused)).await;
    conn.done("c9").await;
    conn.send(FromServer::Ping).await;
    while conn.next().await.expect("the link stands") != FromRelay::Pong {}
}
