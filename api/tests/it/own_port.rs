//! Other clients that come in at an agent's own port, with the project's key: through the real hub, over a relay that
//! does nothing but pass them on.

use crate::{client::Acp, world::World};
use futures_util::{SinkExt as _, StreamExt as _};
use gaggle_agent::Hub;
use gaggle_core::port::{Admission, AgentGateway as _, Inbound, LinkCursor};
use gaggle_relay_protocol::{FromRelay, FromServer, Hello, PROTOCOL, Pass, SUBPROTOCOL};
use gaggle_shared::ProjectId;
use gaggle_testkit::Act;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, accept_async, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

type Link = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An agent's port whose clients come to this server; what the core would hear of the link is kept alive.
async fn port(world: &World, project: &ProjectId) -> (SocketAddr, Hub, mpsc::Receiver<Inbound>) {
    let hub = Hub::bind((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    tokio::spawn(gaggle_api::acp::serve_tunnels(world.app.clone(), hub.tunnels()));
    let received = LinkCursor { incarnation: 0, frame: 0 };
    let admission = Admission { token_hash: Sha256::digest("token").into(), epoch: 1, received };
    let inbound = hub.admit(project, admission).await;
    let mut link = call(&hub).await;
    while heard(&mut link).await != FromServer::Pass(Pass::Ready) {}
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(pass_on(listener, link));
    (address, hub, inbound)
}

async fn call(hub: &Hub) -> Link {
    let mut request = hub.home().into_client_request().unwrap();
    request.headers_mut().insert("authorization", "Bearer token".parse().unwrap());
    request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
    let (mut link, _) = connect_async(request).await.unwrap();
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
        finds: false,
    };
    say(&mut link, FromRelay::Hello(hello)).await;
    link
}

async fn say(link: &mut Link, word: FromRelay) {
    link.send(Message::text(serde_json::to_string(&word).unwrap())).await.unwrap();
}

async fn heard(link: &mut Link) -> FromServer {
    loop {
        if let Message::Text(text) = link.next().await.unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

/// Passes one client on, as a relay does.
async fn pass_on(listener: TcpListener, mut link: Link) {
    let (tcp, _) = listener.accept().await.unwrap();
    let mut client = accept_async(tcp).await.unwrap();
    say(&mut link, FromRelay::Pass(Pass::Open { client: 1 })).await;
    loop {
        tokio::select! {
            said = client.next() => match said {
                Some(Ok(Message::Text(text))) => {
                    let text = text.as_str().to_owned();
                    say(&mut link, FromRelay::Pass(Pass::Text { client: 1, text })).await;
                }
                _ => return,
            },
            word = heard(&mut link) => match word {
                FromServer::Pass(Pass::Text { text, .. }) => {
                    client.send(Message::text(text)).await.unwrap();
                    say(&mut link, FromRelay::Pass(Pass::Taken { client: 1, count: 1 })).await;
                }
                FromServer::Ping => say(&mut link, FromRelay::Pong).await,
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn who_has_only_the_projects_key_talks_and_leaves_answers_to_people() {
    let world = World::new().await;
    let path = world.project("a").await;
    let id = ProjectId::parse(path.rsplit('/').next().unwrap()).unwrap();
    let (address, _hub, _inbound) = port(&world, &id).await;
    world.gateway.script(|_| vec![Act::ask("rm"), Act::say("done")]);
    let mut client = Acp::greeted(address, "/acp", &[]).await;
    let session = client.session().await;
    let prompt = client.prompt(&session, "hi").await;
    client.until("the tool that asks", |one| !one.of("tool_call").is_empty()).await;
    let pending = loop {
        let list = world.get(&format!("{path}/permissions?state=pending")).await.ok(200).json();
        if let Some(one) = list["items"].as_array().unwrap().first() {
            break one.clone();
        }
        tokio::task::yield_now().await;
    };
    let question = pending["id"].as_str().unwrap();
    // As if it had been asked: what it says does not count.
    client.choose(&json!({"id": format!("permission:{question}")}), "allow_once").await;
    for (method, params) in [
        ("session/set_mode", json!({"sessionId": session, "modeId": "auto"})),
        ("session/delete", json!({"sessionId": session})),
    ] {
        let refused = client.call(method, params).await.unwrap_err();
        assert_eq!(refused["data"]["code"], "forbidden", "{method}: {refused}");
    }
    let still = world.get(&format!("{path}/permissions")).await.ok(200).json();
    assert_eq!(still["items"][0]["state"], "pending", "{still}");
    let answer = json!({"optionId": "allow_once"});
    world.post(&format!("{path}/permissions/{question}"), answer).await.ok(200);
    assert_eq!(client.end_of(prompt).await.unwrap()["stopReason"], "end_turn");
    assert_eq!(client.said(&session, "agent_message_chunk"), "done");
    assert!(client.asked.is_empty(), "it was asked what it may not answer");
    let initialized = client.call("initialize", json!({"protocolVersion": 1})).await.unwrap();
    let offered = &initialized["agentCapabilities"]["sessionCapabilities"];
    assert!(offered["list"].is_object() && offered["delete"].is_null(), "{offered}");
}
