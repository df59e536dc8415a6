//! A spool without room.

use crate::kit::{Home, Relay, note};
use gaggle_relay_protocol::Note;

#[tokio::test]
async fn a_full_spool_ends_the_turn_and_heals_with_the_acks() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.launch.spool_bytes = 128 * 1024;
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    let session = conn.session().await;
    conn.ack().await;
    conn.prompt("t1", &session, "count to 10000").await;
    assert_eq!(conn.turn_end("t1").await, "cancelled");
    assert_eq!(conn.got.frames.iter().filter(|frame| note(frame) == Some(&Note::SpoolFull)).count(), 1);
    conn.ack().await;
    conn.prompt("t2", &session, "count to 30").await;
    assert_eq!(conn.turn_end("t2").await, "end_turn");
    assert!(conn.text().ends_with("29 30"));
}

#[tokio::test]
async fn live_output_is_thinned_first_and_the_result_still_comes() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.launch.spool_bytes = 256 * 1024;
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    let session = conn.session().await;
    conn.ack().await;
    let loud = "run for i in $(seq 300); do head -c 2000 /dev/zero | tr '\\0' x; echo; sleep 0.01; done; echo the end";
    conn.prompt("t1", &session, loud).await;
    assert_eq!(conn.turn_end("t1").await, "end_turn");
    let thinned = |frame: &_| match note(frame) {
        Some(Note::Thinned { bytes }) => Some(*bytes),
        _ => None,
    };
    let bytes: u64 = conn.got.frames.iter().filter_map(thinned).sum();
    assert!(bytes > 50_000, "{bytes}");
    assert!(conn.got.frames.iter().all(|frame| note(frame) != Some(&Note::SpoolFull)));
}
