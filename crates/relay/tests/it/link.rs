//! The link to the server breaks, in every way.

use crate::kit::{Conn, Home, Relay};
use gaggle_relay_protocol::FromServer;

/// Cut after each frame of a turn with text and a tool; nothing is missing, doubled or out of order (each
/// connection asserts that), and what the agent said is whole.
#[tokio::test]
async fn the_link_is_cut_at_every_frame() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    let session = conn.session().await;
    conn.prompt("t1", &session, "count to 60").await;
    let mut cuts = 0;
    let end = |conn: &Conn| {
        conn.got.frames.iter().any(|frame| {
            matches!(&frame.payload, gaggle_relay_protocol::Payload::Acp(message) if message["id"] == "prompt:t1")
        })
    };
    while !end(&conn) {
        let n = conn.got.last();
        while conn.got.last() == n {
            conn.next().await.expect("a frame");
        }
        // Every third cut has all acknowledged, every third nothing of the last connection.
        if cuts % 3 == 0 {
            conn.ack().await;
        }
        let Conn { socket, mut got, .. } = conn;
        drop(socket);
        if cuts % 3 == 1 {
            // It was never made durable: the server asks for it again.
            got.frames.pop();
        }
        conn = home.welcome(got).await;
        if cuts % 3 == 1 {
            conn.next().await.expect("the lost frame again");
        }
        cuts += 1;
    }
    assert!(cuts > 30, "{cuts}");
    let numbers: Vec<String> = (1..=60).map(|i| i.to_string()).collect();
    assert!(conn.text().ends_with(&numbers.join(" ")), "{}", conn.text());
}

#[tokio::test]
async fn a_lower_epoch_is_refused_and_an_equal_one_obeyed() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.call().await;
    assert_eq!(conn.hello.epoch, 0);
    conn.send(FromServer::Welcome { epoch: 5, received: 0 }).await;
    conn.up(1).await;
    let got = conn.got;
    drop(conn.socket);
    let mut stale = home.call().await;
    assert_eq!(stale.hello.epoch, 5);
    stale.send(FromServer::Welcome { epoch: 4, received: got.last() }).await;
    stale.send(FromServer::Gone { reason: "you are not to listen".into() }).await;
    assert!(stale.next().await.is_none(), "it parts without a word");
    let mut right = home.call().await;
    right.send(FromServer::Welcome { epoch: 5, received: got.last() }).await;
    right.got = got;
    right.session().await;
}

#[tokio::test]
async fn a_server_that_stays_away_ends_the_agent_and_later_does_not() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.launch.patience_ms = 1_500;
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    drop(conn);
    for _ in 0..4 {
        // Each one counts as contact: together they take longer than the patience.
        let mut conn = home.call().await;
        conn.send(FromServer::Later).await;
        assert!(conn.next().await.is_none());
    }
    drop(home);
    assert_eq!(relay.ended().await.code(), Some(4));
    assert!(crate::kit::processes_of(relay.dir.path()).is_empty());
}

/// A closed lid: everything stands still for longer than the patience, and the link is dead after it.
#[tokio::test]
async fn a_machine_that_slept_for_longer_than_the_patience_goes_on() {
    use rustix::process::{Pid, Signal, kill_process};
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.launch.patience_ms = 1_500;
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    let session = conn.session().await;
    conn.prompt("t1", &session, "count to 30 slowly").await;
    conn.until(|frame| crate::kit::says(frame).is_some()).await;
    let mut all: Vec<i32> =
        crate::kit::processes_of(relay.dir.path()).into_iter().map(|(pid, _)| pid).collect();
    all.push(relay.pid() as i32);
    let tell =
        |signal| all.iter().for_each(|pid| kill_process(Pid::from_raw(*pid).unwrap(), signal).unwrap());
    tell(Signal::STOP);
    let Conn { socket, got, .. } = conn;
    drop(socket);
    // What passes here is time itself.
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    tell(Signal::CONT);
    let mut conn = home.welcome(got).await;
    assert_eq!(conn.turn_end("t1").await, "end_turn");
    assert!(conn.text().ends_with(" 29 30"), "{}", conn.text());
}

#[tokio::test]
async fn gone_ends_it_all() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    conn.send(FromServer::Gone { reason: "deleted".into() }).await;
    assert_eq!(relay.ended().await.code(), Some(0));
    assert!(crate::kit::processes_of(relay.dir.path()).is_empty());
    assert!(relay.log().contains("deleted"));
}
