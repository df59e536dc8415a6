//! How long a link is believed in without a sign of life. The clock stands, and goes on by itself whenever everybody
//! waits.

use crate::relay::{Relay, admitted, connected, hub, inbound};
use futures_util::StreamExt as _;
use gaggle_core::port::Inbound;
use gaggle_relay_protocol::FromServer;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// What the server says next, pings too; none: it closed.
async fn raw(relay: &mut Relay) -> Option<FromServer> {
    loop {
        match relay.socket.next().await {
            Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_gives_no_sign_of_life_is_away_after_three_pings() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let mut relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    let began = Instant::now();
    for n in 1..=3 {
        assert_eq!(raw(&mut relay).await, Some(FromServer::Ping));
        assert_eq!(began.elapsed().as_secs(), n * 10);
    }
    assert_eq!(raw(&mut relay).await, None);
    assert_eq!(began.elapsed().as_secs(), 40);
    assert_eq!(inbound(&mut receiver).await, Some(Inbound::Disconnected));
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_answers_pings_stays_linked_however_long_it_has_nothing_to_say() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let mut relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(raw(&mut relay).await, Some(FromServer::Ping));
        relay.say(&json!({"type": "pong"})).await;
    }
    assert!(began.elapsed() >= Duration::from_secs(1000));
    relay.frame(1).await;
    assert!(matches!(inbound(&mut receiver).await, Some(Inbound::Frame(_))), "the same link");
}
