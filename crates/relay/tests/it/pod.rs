//! What a relay does in a pod: TLS to a pinned server, a rest when that stays away, and being dialled. The
//! server's side is the real hub.

use crate::kit::{Home, Relay, note, processes_of};
use async_trait::async_trait;
use gaggle_agent::{Dial, Dialling, Hub, Identity, Stream};
use gaggle_core::port::{Admission, AgentEvent, AgentGateway, Inbound, LinkCursor};
use gaggle_relay_protocol::{CommandBody, Note};
use gaggle_shared::ProjectId;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(20);

async fn hub(identity: &Identity) -> Hub {
    Hub::bind_tls("127.0.0.1:0".parse().unwrap(), identity).await.unwrap()
}

async fn admitted(hub: &Hub, relay: &Relay) -> mpsc::Receiver<Inbound> {
    let received = LinkCursor { incarnation: 0, frame: 0 };
    let token_hash = Sha256::digest(&relay.launch.token).into();
    hub.admit(&relay.launch.project, Admission { token_hash, epoch: 1, received }).await
}

/// Reads until the agent is up.
async fn up(inbound: &mut mpsc::Receiver<Inbound>) {
    let until = async {
        while let Some(inbound) = inbound.recv().await {
            if let Inbound::Frame(frame) = inbound
                && matches!(frame.event, AgentEvent::Up { .. })
            {
                return;
            }
        }
        panic!("the admission ended");
    };
    timeout(LONG, until).await.expect("the agent did not come up");
}

/// A port of loopback that is free now.
fn free() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_pinned_server_is_called_over_tls_and_stays_pinned_when_it_returns() {
    let identity = Identity::make([1; 32]).unwrap();
    let first = hub(&identity).await;
    assert!(first.home().starts_with("wss://"));
    let mut relay = Relay::new(&first.home());
    relay.launch.home_cert = Some(identity.pin());
    let mut inbound = admitted(&first, &relay).await;
    relay.start();
    up(&mut inbound).await;
    let address = first.local_addr();
    first.shutdown().await;
    // What was kept serves at the same place.
    let kept = Identity { cert: identity.cert.clone(), key: identity.key.clone() };
    let second = Hub::bind_tls(address, &kept).await.unwrap();
    let mut inbound = admitted(&second, &relay).await;
    up(&mut inbound).await;
}

#[tokio::test]
async fn a_server_with_another_certificate_learns_nothing() {
    let hub = hub(&Identity::make([1; 32]).unwrap()).await;
    hub.ready();
    let mut relay = Relay::new(&hub.home());
    relay.launch.home_cert = Some(Identity::make([2; 32]).unwrap().pin());
    relay.launch.patience_ms = 1_000;
    let mut inbound = admitted(&hub, &relay).await;
    relay.start();
    // Not even that its token is known: patience ends it, not the server.
    assert_eq!(relay.ended().await.code(), Some(4));
    assert!(inbound.try_recv().is_err() && !inbound.is_closed());
    assert!(relay.log().contains("invalid peer certificate"), "{}", relay.log());
}

#[tokio::test]
async fn where_it_stays_goose_rests_until_the_server_says_start() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.launch.stay = true;
    relay.launch.patience_ms = 300;
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    let session = conn.session().await;
    conn.prompt("t1", &session, "count to 1000 slowly").await;
    conn.until(|frame| crate::kit::says(frame).is_some()).await;
    let (endpoint, got) = (conn.hello.endpoint.clone().unwrap(), conn.got);
    assert!(!conn.hello.resting);
    // The port stays taken, and every call is closed without an answer.
    drop(conn.socket);
    while relay.health(&endpoint).await.0 == 200 {
        drop(home.call().await);
    }
    let (status, why) = relay.health(&endpoint).await;
    assert!(status == 503 && why.contains("the server stayed away"), "{status} {why}");
    assert_eq!(relay.probe(&endpoint, "/livez").await, (200, "ok".to_owned()));
    assert!(processes_of(relay.dir.path()).is_empty());
    let mut conn = home.welcome(got).await;
    assert!(conn.hello.resting && conn.hello.incarnation == 1);
    let down = conn
        .until(|frame| {
            matches!(note(frame), Some(Note::AgentDown { start: 1, resting: true, last: false, .. }))
        })
        .await;
    assert!(!conn.got.frames.iter().any(|frame| frame.n > down.n), "it starts only when told");
    conn.command("wake:1", CommandBody::Start).await;
    conn.up(2).await;
    let params = serde_json::json!({ "sessionId": session, "cwd": conn.hello.workspace, "mcpServers": [] });
    conn.request("load:1", "session/load", params).await;
    conn.prompt("t2", &session, "count to 3").await;
    assert_eq!(conn.turn_end("t2").await, "end_turn");
}

#[tokio::test]
async fn the_hub_wakes_a_resting_relay_of_an_admitted_project() {
    let identity = Identity::make([3; 32]).unwrap();
    let first = hub(&identity).await;
    let mut relay = Relay::new(&first.home());
    relay.launch.home_cert = Some(identity.pin());
    relay.launch.stay = true;
    relay.launch.patience_ms = 200;
    let mut inbound = admitted(&first, &relay).await;
    relay.start();
    up(&mut inbound).await;
    let address = first.local_addr();
    first.shutdown().await;
    relay.logged("starts again when the server says so").await;
    let second = Hub::bind_tls(address, &identity).await.unwrap();
    let mut inbound = admitted(&second, &relay).await;
    let mut rested = false;
    let until = async {
        while let Some(inbound) = inbound.recv().await {
            match inbound {
                Inbound::Frame(frame) => match frame.event {
                    AgentEvent::Rested { start: 1, .. } => rested = true,
                    AgentEvent::Up { start: 2, .. } => return,
                    _ => {}
                },
                _ => continue,
            }
        }
    };
    timeout(LONG, until).await.expect("the agent was not started again");
    assert!(rested);
}

#[derive(Debug)]
struct Tcp(SocketAddr);

#[async_trait]
impl Dial for Tcp {
    async fn dial(&self, _: &ProjectId) -> std::io::Result<Box<dyn Stream>> {
        Ok(Box::new(TcpStream::connect(self.0).await?))
    }
}

/// The hub's own listener is where the relay cannot reach it.
async fn unreachable(identity: &Identity) -> (Hub, Relay, SocketAddr) {
    let hub = hub(identity).await;
    let nobody = free();
    let mut relay = Relay::new(&format!("wss://{nobody}/relay"));
    relay.launch.home_cert = Some(identity.pin());
    let port = free();
    relay.launch.listen = Some(port);
    (hub, relay, port)
}

#[tokio::test]
async fn a_relay_that_cannot_call_is_dialled_and_dialled_again_after_a_break() {
    let identity = Identity::make([4; 32]).unwrap();
    let (hub, mut relay, port) = unreachable(&identity).await;
    hub.dial_with(Arc::new(Tcp(port)), Dialling::Auto(Duration::from_millis(50)));
    let mut inbound = admitted(&hub, &relay).await;
    relay.start();
    up(&mut inbound).await;
    assert_eq!(hub.link(&relay.launch.project).map(|link| link.incarnation), Some(1));
    std::fs::write(relay.launch.workspace.join("a.txt"), "x").unwrap();
    let found = || hub.files(&relay.launch.project, "A", 9);
    assert_eq!(found().await, Ok(vec!["a.txt".to_owned()]));
    // Admitted again with the same token, the link is cut; nothing but dialling brings it back.
    let mut again = admitted(&hub, &relay).await;
    up(&mut again).await;
    assert_eq!(found().await, Ok(vec!["a.txt".to_owned()]));
}

#[tokio::test]
async fn why_a_relay_is_not_reached_is_known_until_it_is_linked() {
    let identity = Identity::make([12; 32]).unwrap();
    let (hub, mut relay, port) = unreachable(&identity).await;
    hub.dial_with(Arc::new(Tcp(port)), Dialling::Always);
    let mut inbound = admitted(&hub, &relay).await;
    let known = async {
        // Nobody listens there yet.
        loop {
            if let Some(why) = hub.unreached(&relay.launch.project) {
                return why;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let why = timeout(LONG, known).await.expect("nobody says why");
    assert!(why.contains("refused"), "{why}");
    relay.start();
    up(&mut inbound).await;
    assert_eq!(hub.unreached(&relay.launch.project), None);
}

#[tokio::test]
async fn a_relay_that_calls_is_not_dialled() {
    let identity = Identity::make([5; 32]).unwrap();
    let hub = hub(&identity).await;
    let mut relay = Relay::new(&hub.home());
    relay.launch.home_cert = Some(identity.pin());
    let dialled = Arc::new(Count::default());
    hub.dial_with(dialled.clone(), Dialling::Auto(Duration::from_secs(10)));
    let mut inbound = admitted(&hub, &relay).await;
    relay.start();
    up(&mut inbound).await;
    assert_eq!(dialled.0.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[derive(Debug, Default)]
struct Count(std::sync::atomic::AtomicUsize);

#[async_trait]
impl Dial for Count {
    async fn dial(&self, _: &ProjectId) -> std::io::Result<Box<dyn Stream>> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Err(std::io::ErrorKind::ConnectionRefused.into())
    }
}

#[tokio::test]
async fn whoever_else_dials_gets_nothing_and_another_projects_relay_is_no_use() {
    let identity = Identity::make([6; 32]).unwrap();
    let (hub, mut relay, port) = unreachable(&identity).await;
    let mut inbound = admitted(&hub, &relay).await;
    relay.start();
    relay.logged("goose start 1").await;
    // Another server, with another certificate.
    let stranger = self::hub(&Identity::make([7; 32]).unwrap()).await;
    let _strange = admitted(&stranger, &relay).await;
    let dialed = stranger.dialed(&relay.launch.project, TcpStream::connect(port).await.unwrap()).await;
    assert!(dialed.is_err(), "{dialed:?}");
    relay.logged("a connection that somebody dialled is no use").await;
    // The right server, looking for another project (a pod's address that was used again).
    let other = ProjectId::parse("p2").unwrap();
    let dialed = hub.dialed(&other, TcpStream::connect(port).await.unwrap()).await;
    assert!(dialed.is_err(), "{dialed:?}");
    assert!(inbound.try_recv().is_err());
    // And at last for this one.
    let (link, id) = (hub.clone(), relay.launch.project.clone());
    let stream = TcpStream::connect(port).await.unwrap();
    let linked = tokio::spawn(async move { link.dialed(&id, stream).await });
    up(&mut inbound).await;
    hub.dismiss(&relay.launch.project).await;
    assert!(linked.await.unwrap().is_ok());
    assert_eq!(relay.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_relay_without_a_certificate_calls_nobody_back_and_acp_asks_for_the_key() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.launch.acp_key = Some("k".into());
    relay.start();
    let conn = home.welcome(Default::default()).await;
    let endpoint = conn.hello.endpoint.clone().unwrap();
    assert_eq!(relay.probe(&endpoint, "/relay").await.0, 404);
    assert_eq!(relay.probe(&endpoint, "/acp").await.0, 401);
    assert_eq!(relay.probe(&endpoint, "/acp HTTP/1.1\r\nAuthorization: Bearer k\r\nX: ").await.0, 426);
    assert_eq!(relay.probe(&endpoint, "/").await.0, 404);
}
