//! A relay of the tests: it says what it is told to, and nothing by itself.

use futures_util::{SinkExt as _, StreamExt as _};
use gaggle_agent::Hub;
use gaggle_core::port::{Admission, AgentEvent, AgentGateway as _, AgentUpdate, Inbound, LinkCursor};
use gaggle_relay_protocol::{FromRelay, FromServer, Hello, PROTOCOL, SUBPROTOCOL};
use gaggle_shared::ProjectId;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

/// Nothing here takes long; what does hangs.
const LONG: Duration = Duration::from_secs(10);

pub(crate) struct Relay {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

pub(crate) fn project() -> ProjectId {
    ProjectId::parse("p1").unwrap()
}

pub(crate) fn admission(token: &str, incarnation: u64, frame: u64) -> Admission {
    let received = LinkCursor { incarnation, frame };
    Admission { token_hash: Sha256::digest(token).into(), epoch: 3, received }
}

pub(crate) async fn hub() -> Hub {
    Hub::bind("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

pub(crate) async fn admitted(hub: &Hub) -> mpsc::Receiver<Inbound> {
    hub.admit(&project(), admission("token", 0, 0)).await
}

pub(crate) fn hello(incarnation: u64, first: u64, last: u64) -> Hello {
    Hello {
        protocol: PROTOCOL,
        version: "test".into(),
        incarnation,
        epoch: 0,
        first,
        last,
        pid: 1,
        endpoint: None,
        workspace: "/workspace".into(),
        project: None,
        resting: false,
        finds: false,
    }
}

impl Relay {
    /// Calls and says hello.
    pub(crate) async fn call(hub: &Hub, token: &str, hello: Hello) -> (Self, Option<FromServer>) {
        let mut request = hub.home().into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        headers.insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
        let (socket, _) = connect_async(request).await.unwrap();
        let mut relay = Self { socket };
        let text = serde_json::to_string(&FromRelay::Hello(hello)).unwrap();
        // Whoever is turned away at once need not read it.
        let _ = relay.socket.send(Message::text(text)).await;
        let answer = relay.next().await;
        (relay, answer)
    }

    /// Calls as the first relay and is welcomed.
    pub(crate) async fn welcomed(hub: &Hub) -> Self {
        let (relay, answer) = Self::call(hub, "token", hello(1, 1, 0)).await;
        assert_eq!(answer, Some(FromServer::Welcome { epoch: 3, received: 0 }));
        relay
    }

    /// What the server says next; none: it closed.
    pub(crate) async fn next(&mut self) -> Option<FromServer> {
        loop {
            match timeout(LONG, self.socket.next()).await.expect("the server says nothing") {
                Some(Ok(Message::Text(text))) => match serde_json::from_str(&text).unwrap() {
                    FromServer::Ping => self.say(&json!({"type": "pong"})).await,
                    other => return Some(other),
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The id of the command that comes next.
    pub(crate) async fn command(&mut self) -> String {
        match self.next().await {
            Some(FromServer::Command(command)) => command.id,
            other => panic!("no command but {other:?}"),
        }
    }

    pub(crate) async fn say(&mut self, message: &Value) {
        self.raw(&message.to_string()).await;
    }

    pub(crate) async fn raw(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn frame(&mut self, n: u64) {
        self.say(&frame(n)).await;
    }

    pub(crate) async fn done(&mut self, id: &str) {
        self.say(&json!({"type": "done", "id": id})).await;
    }
}

/// The frame of this number: a piece of text that names it.
pub(crate) fn frame(n: u64) -> Value {
    let content = json!({"type": "text", "text": format!("{n} ")});
    let update = json!({"sessionUpdate": "agent_message_chunk", "content": content});
    let params = json!({"sessionId": "g1", "update": update});
    let acp = json!({"jsonrpc": "2.0", "method": "session/update", "params": params});
    json!({"type": "frame", "n": n, "at": 1_800_000_000_000_i64, "acp": acp})
}

/// What comes next to the core.
pub(crate) async fn inbound(receiver: &mut mpsc::Receiver<Inbound>) -> Option<Inbound> {
    timeout(LONG, receiver.recv()).await.expect("nothing comes")
}

pub(crate) async fn connected(receiver: &mut mpsc::Receiver<Inbound>) {
    let next = inbound(receiver).await;
    assert!(matches!(next, Some(Inbound::Connected(_))), "{next:?}");
}

/// The number of the frame that comes next, with its text checked.
pub(crate) async fn numbered(receiver: &mut mpsc::Receiver<Inbound>) -> u64 {
    let Some(Inbound::Frame(frame)) = inbound(receiver).await else { panic!("no frame") };
    let n = frame.cursor.frame;
    let update = AgentUpdate::Text(format!("{n} "));
    assert_eq!(frame.event, AgentEvent::Update { agent_session: "g1".into(), update });
    assert!(frame.source.is_some());
    n
}
