//! Other ACP clients at the relay's port: let in with the project's key, and passed through to the server. The
//! server's side is the real hub.

use crate::kit::{Relay, eventually};
use futures_util::{SinkExt, StreamExt};
use gaggle_agent::{Hub, Identity};
use gaggle_core::port::{Admission, AgentGateway, Inbound, LinkCursor};
use gaggle_relay_protocol::{CLIENTS, WINDOW};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

const LONG: Duration = Duration::from_secs(20);
type Client = WebSocketStream<TcpStream>;

async fn admitted(hub: &Hub, relay: &Relay) -> mpsc::Receiver<Inbound> {
    let received = LinkCursor { incarnation: 0, frame: 0 };
    let token_hash = Sha256::digest(&relay.launch.token).into();
    hub.admit(&relay.launch.project, Admission { token_hash, epoch: 1, received }).await
}

/// A relay whose port lets clients in.
fn with_key(hub: &Hub) -> Relay {
    let mut relay = Relay::new(&hub.home());
    relay.launch.listen = Some(std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    relay.launch.acp_key = Some("k".into());
    relay
}

/// A relay with a key, linked to a hub that answers each text with itself.
async fn begin() -> (Hub, Relay, mpsc::Receiver<Inbound>, SocketAddr) {
    let hub = Hub::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let mut relay = with_key(&hub);
    let address = relay.launch.listen.unwrap();
    serve(&hub);
    let inbound = admitted(&hub, &relay).await;
    relay.start();
    relay.logged("linked to the server").await;
    (hub, relay, inbound, address)
}

fn serve(hub: &Hub) {
    let mut tunnels = hub.tunnels();
    tokio::spawn(async move {
        while let Some(tunnel) = tunnels.next().await {
            assert_eq!(tunnel.project.as_str(), "p1", "known by its link");
            let (mut texts, to) = tunnel.accept();
            tokio::spawn(async move {
                while let Some(text) = texts.recv().await {
                    let many = text.strip_prefix("many ").map_or(1, |count| count.parse().unwrap());
                    for _ in 0..many {
                        if text == "bye" || to.send(text.clone()).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
}

/// Connects with this key; `Err`: the status and the words of the refusal.
async fn connect(address: SocketAddr, key: Option<&str>) -> Result<Client, (u16, String)> {
    let mut request = format!("ws://{address}/acp").into_client_request().unwrap();
    if let Some(key) = key {
        request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    }
    let tcp = TcpStream::connect(address).await.unwrap();
    match timeout(LONG, client_async(request, tcp)).await.unwrap() {
        Ok((client, _)) => Ok(client),
        Err(Error::Http(answer)) => {
            let body = answer.body().as_deref().unwrap_or_default();
            Err((answer.status().as_u16(), String::from_utf8_lossy(body).into_owned()))
        }
        Err(error) => panic!("{error}"),
    }
}

/// One that is let in; the server may not have said yet that it serves.
async fn let_in(address: SocketAddr) -> Client {
    let until = tokio::time::Instant::now() + LONG;
    loop {
        match connect(address, Some("k")).await {
            Ok(client) => return client,
            Err((503, _)) if tokio::time::Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(refusal) => panic!("{refusal:?}"),
        }
    }
}

async fn say(client: &mut Client, text: &str) {
    client.send(Message::text(text)).await.unwrap();
}

/// The next text; none: it hung up.
async fn hear(client: &mut Client) -> Option<String> {
    loop {
        match timeout(LONG, client.next()).await.expect("nothing comes") {
            Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

#[tokio::test]
async fn a_client_with_the_key_is_passed_through_and_others_are_not() {
    let (_hub, _relay, _inbound, address) = begin().await;
    for key in [None, Some("wrong"), Some("")] {
        assert_eq!(connect(address, key).await.unwrap_err().0, 401, "{key:?}");
    }
    let (mut one, mut two) = (let_in(address).await, let_in(address).await);
    say(&mut one, "one").await;
    say(&mut two, "two").await;
    assert_eq!(hear(&mut two).await.as_deref(), Some("two"));
    assert_eq!(hear(&mut one).await.as_deref(), Some("one"));
    // More than the window, both ways: nothing is lost and nothing stands still.
    let many = WINDOW * 5;
    say(&mut one, &format!("many {many}")).await;
    for _ in 0..many {
        assert!(hear(&mut one).await.unwrap().starts_with("many"));
    }
    for _ in 0..many {
        say(&mut two, "x").await;
    }
    for _ in 0..many {
        assert_eq!(hear(&mut two).await.as_deref(), Some("x"));
    }
    say(&mut one, "bye").await;
    assert_eq!(hear(&mut one).await, None, "the server hangs up");
    say(&mut two, "still").await;
    assert_eq!(hear(&mut two).await.as_deref(), Some("still"));
}

#[tokio::test]
async fn clients_are_bounded_and_a_place_is_free_again() {
    let (_hub, _relay, _inbound, address) = begin().await;
    let mut all = Vec::new();
    for _ in 0..CLIENTS {
        all.push(let_in(address).await);
    }
    let (status, words) = connect(address, Some("k")).await.unwrap_err();
    assert_eq!(status, 503);
    assert!(words.contains("too many"), "{words}");
    all.pop();
    let mut last = let_in(address).await;
    say(&mut last, "hi").await;
    assert_eq!(hear(&mut last).await.as_deref(), Some("hi"));
}

#[tokio::test]
async fn where_the_server_dials_though_it_is_linked_clients_of_before_end_and_others_are_served() {
    let identity = Identity::make([8; 32]).unwrap();
    let hub = Hub::bind_tls("127.0.0.1:0".parse().unwrap(), &identity).await.unwrap();
    let mut relay = with_key(&hub);
    relay.launch.home_cert = Some(identity.pin());
    let address = relay.launch.listen.unwrap();
    serve(&hub);
    let _inbound = admitted(&hub, &relay).await;
    relay.start();
    relay.logged("linked to the server").await;
    let mut client = let_in(address).await;
    say(&mut client, "hi").await;
    assert_eq!(hear(&mut client).await.as_deref(), Some("hi"));
    let (again, project) = (hub.clone(), relay.launch.project.clone());
    let stream = TcpStream::connect(address).await.unwrap();
    tokio::spawn(async move { again.dialed(&project, stream).await });
    assert_eq!(hear(&mut client).await, None, "its connection ends with the link");
    let mut client = let_in(address).await;
    say(&mut client, "back").await;
    assert_eq!(hear(&mut client).await.as_deref(), Some("back"));
}

#[tokio::test]
async fn while_the_server_is_away_clients_are_told_so_and_then_served_again() {
    let (hub, relay, _inbound, address) = begin().await;
    let mut client = let_in(address).await;
    let home = hub.local_addr();
    hub.shutdown().await;
    assert_eq!(hear(&mut client).await, None, "its connection ends with the link");
    let (status, words) = connect(address, Some("k")).await.unwrap_err();
    assert_eq!(status, 503);
    assert!(words.contains("the server is away"), "{words}");
    let again = Hub::bind(home).await.unwrap();
    serve(&again);
    let _inbound = admitted(&again, &relay).await;
    eventually("another link", || again.link(&relay.launch.project)).await;
    let mut client = let_in(address).await;
    say(&mut client, "back").await;
    assert_eq!(hear(&mut client).await.as_deref(), Some("back"));
}
