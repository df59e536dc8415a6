//! Who is let in.

use crate::relay::{Relay, admission, admitted, connected, hello, hub, inbound, numbered, project};
use futures_util::StreamExt as _;
use gaggle_core::port::{AgentGateway as _, Inbound};
use gaggle_relay_protocol::{FromServer, Hello, OLDEST_PROTOCOL, PROTOCOL, SUBPROTOCOL};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn is_gone(answer: Option<&FromServer>) -> bool {
    matches!(answer, Some(FromServer::Gone { .. }))
}

#[tokio::test]
async fn an_unknown_token_is_told_later_until_ready_and_then_gone() {
    let hub = hub().await;
    let (_, answer) = Relay::call(&hub, "strange", hello(1, 1, 0)).await;
    assert_eq!(answer, Some(FromServer::Later));
    hub.ready();
    let (_, answer) = Relay::call(&hub, "strange", hello(1, 1, 0)).await;
    assert!(is_gone(answer.as_ref()), "{answer:?}");
}

#[tokio::test]
async fn a_dismissed_relay_is_gone_at_once_and_for_good_even_before_ready() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let mut relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    hub.dismiss(&project()).await;
    let word = relay.next().await;
    assert!(is_gone(word.as_ref()), "{word:?}");
    assert_eq!(hub.link(&project()), None);
    // The channel ends with the admission; a last `Disconnected` may be in it.
    while let Some(last) = inbound(&mut receiver).await {
        assert_eq!(last, Inbound::Disconnected);
    }
    let (_, answer) = Relay::call(&hub, "token", hello(1, 1, 0)).await;
    assert!(is_gone(answer.as_ref()), "{answer:?}");
}

#[tokio::test]
async fn a_lower_incarnation_is_gone_and_a_higher_one_takes_over() {
    let hub = hub().await;
    let mut receiver = hub.admit(&project(), admission("token", 4, 9)).await;
    let (_, answer) = Relay::call(&hub, "token", hello(3, 1, 0)).await;
    assert!(is_gone(answer.as_ref()), "{answer:?}");
    let (mut fourth, answer) = Relay::call(&hub, "token", hello(4, 10, 9)).await;
    assert_eq!(answer, Some(FromServer::Welcome { epoch: 3, received: 9 }));
    connected(&mut receiver).await;
    let (mut fifth, answer) = Relay::call(&hub, "token", hello(5, 1, 0)).await;
    assert_eq!(answer, Some(FromServer::Welcome { epoch: 3, received: 0 }));
    let word = fourth.next().await;
    assert!(is_gone(word.as_ref()), "{word:?}");
    assert_eq!(inbound(&mut receiver).await, Some(Inbound::Disconnected));
    connected(&mut receiver).await;
    fifth.frame(1).await;
    assert_eq!(numbered(&mut receiver).await, 1);
    assert_eq!(hub.link(&project()).map(|link| link.incarnation), Some(5));
}

#[tokio::test]
async fn a_newer_connection_of_the_same_relay_replaces_the_older() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let mut first = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    let _second = Relay::welcomed(&hub).await;
    // Closed, but not sent away: it is the same relay.
    assert_eq!(first.next().await, None);
    assert_eq!(inbound(&mut receiver).await, Some(Inbound::Disconnected));
    connected(&mut receiver).await;
}

#[tokio::test]
async fn admitting_again_ends_the_channel_and_sends_the_older_token_away() {
    let hub = hub().await;
    let mut before = admitted(&hub).await;
    let mut relay = Relay::welcomed(&hub).await;
    connected(&mut before).await;
    let mut after = hub.admit(&project(), admission("newer", 1, 0)).await;
    let word = relay.next().await;
    assert!(is_gone(word.as_ref()), "{word:?}");
    while inbound(&mut before).await.is_some() {}
    let (_, answer) = Relay::call(&hub, "token", hello(1, 1, 0)).await;
    assert!(is_gone(answer.as_ref()), "{answer:?}");
    let (_relay, answer) = Relay::call(&hub, "newer", hello(2, 1, 0)).await;
    assert!(matches!(answer, Some(FromServer::Welcome { .. })), "{answer:?}");
    connected(&mut after).await;
}

#[tokio::test]
async fn a_relay_too_old_is_sent_away_and_told_of_and_a_newer_one_is_welcome() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let old = Hello { protocol: OLDEST_PROTOCOL - 1, version: "0.0.1\n".repeat(20), ..hello(1, 1, 0) };
    let (_, answer) = Relay::call(&hub, "token", old).await;
    assert!(is_gone(answer.as_ref()), "{answer:?}");
    let Some(Inbound::Outdated { release }) = inbound(&mut receiver).await else { panic!("not told of") };
    assert!(release.starts_with("release 0.0.10.0.1"), "{release}");
    assert!(release.len() < 120 && !release.contains('\n'), "{release}");
    assert_eq!(hub.link(&project()), None);
    // Neighbouring releases work together: a newer one speaks this one's protocol too.
    let newer = Hello { protocol: PROTOCOL + 1, ..hello(1, 1, 0) };
    let (_relay, answer) = Relay::call(&hub, "token", newer).await;
    assert_eq!(answer, Some(FromServer::Welcome { epoch: 3, received: 0 }));
    connected(&mut receiver).await;
}

#[tokio::test]
async fn a_core_that_does_not_listen_is_away_for_a_while() {
    let hub = hub().await;
    drop(admitted(&hub).await);
    hub.ready();
    let (_, answer) = Relay::call(&hub, "token", hello(1, 1, 0)).await;
    assert_eq!(answer, Some(FromServer::Later));
}

/// The status line of a plain request.
async fn status(hub: &gaggle_agent::Hub, path: &str, headers: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(hub.local_addr()).await.unwrap();
    let upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{upgrade}{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

#[tokio::test]
async fn nothing_else_is_served() {
    let hub = hub().await;
    let protocol = format!("Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n");
    let bearer = "Authorization: Bearer token\r\n";
    assert_eq!(status(&hub, "/", &format!("{protocol}{bearer}")).await, "404");
    assert_eq!(status(&hub, "/relay", &protocol).await, "401");
    assert_eq!(status(&hub, "/relay", bearer).await, "400");
    assert_eq!(status(&hub, "/relay", &format!("{protocol}{bearer}")).await, "101");
}

#[tokio::test]
async fn callers_that_say_nothing_keep_nobody_out_for_long() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let mut silent = Vec::new();
    for _ in 0..64 {
        silent.push(tokio::net::TcpStream::connect(hub.local_addr()).await.unwrap());
    }
    let _relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    let mut closed = [0; 1];
    assert!(matches!(silent[0].read(&mut closed).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_shutdown_closes_the_links_without_sending_relays_away() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let mut relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    hub.shutdown().await;
    assert_eq!(relay.next().await, None);
    assert!(relay.socket.next().await.is_none_or(|message| message.is_err()));
    assert!(tokio::net::TcpStream::connect(hub.local_addr()).await.is_err());
}
