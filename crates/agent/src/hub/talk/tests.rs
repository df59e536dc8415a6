//! How long a link is believed in without a sign of life. The clock stands, and goes on by itself whenever everybody
//! waits; so the link is one in memory, where nothing is under way while everybody does.

use super::*;
use crate::hub::{Hub, Stream};
use gaggle_core::port::{Admission, AgentGateway as _, LinkCursor};
use gaggle_relay_protocol::PROTOCOL;
use gaggle_shared::ProjectId;
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio_tungstenite::{WebSocketStream, tungstenite::protocol::Role};

type Relay = WebSocketStream<DuplexStream>;

/// A relay that was welcomed, and what the core hears of it.
async fn linked() -> (Hub, mpsc::Receiver<Inbound>, Relay) {
    let hub = Hub::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let project = ProjectId::parse("p1").unwrap();
    let received = LinkCursor { incarnation: 0, frame: 0 };
    let inbound = hub.admit(&project, Admission { token_hash: [0; 32], epoch: 1, received }).await;
    let shared = Arc::clone(&hub.shared);
    let line = shared.lines().of(&project).map(Arc::clone).unwrap();
    let hello = Hello {
        protocol: PROTOCOL,
        version: "test".into(),
        incarnation: 1,
        epoch: 0,
        first: 1,
        last: 0,
        pid: 1,
        endpoint: None,
        workspace: "/workspace".into(),
        project: None,
        resting: false,
    };
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let ours: Box<dyn Stream> = Box::new(ours);
    let socket = WebSocketStream::from_raw_socket(ours, Role::Server, None).await;
    tokio::spawn(async move { with(&shared, &line, hello, socket).await });
    let mut relay = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
    assert_eq!(heard(&mut relay).await, Some(FromServer::Welcome { epoch: 1, received: 0 }));
    (hub, inbound, relay)
}

/// What the server says next; none: it closed.
async fn heard(relay: &mut Relay) -> Option<FromServer> {
    match relay.next().await {
        Some(Ok(Message::Text(text))) => Some(serde_json::from_str(&text).unwrap()),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_gives_no_sign_of_life_is_away_after_three_pings() {
    let (_hub, mut inbound, mut relay) = linked().await;
    assert!(matches!(inbound.recv().await, Some(Inbound::Connected(_))));
    let began = Instant::now();
    for n in 1..=3 {
        assert_eq!(heard(&mut relay).await, Some(FromServer::Ping));
        assert_eq!(began.elapsed().as_secs(), n * 10);
    }
    assert_eq!(heard(&mut relay).await, None);
    assert_eq!(began.elapsed().as_secs(), 40);
    assert_eq!(inbound.recv().await, Some(Inbound::Disconnected));
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_answers_pings_stays_linked_however_long_it_has_nothing_to_say() {
    let (_hub, mut inbound, mut relay) = linked().await;
    assert!(matches!(inbound.recv().await, Some(Inbound::Connected(_))));
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(heard(&mut relay).await, Some(FromServer::Ping));
        relay.send(Message::text(r#"{"type": "pong"}"#)).await.unwrap();
    }
    assert_eq!(began.elapsed().as_secs(), 1000);
    assert!(inbound.try_recv().is_err(), "the same link, and nothing of it for the core");
}
