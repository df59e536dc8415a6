//! A small server: it takes calls, speaks the protocol, and checks that every frame comes once and in order.

use futures_util::{SinkExt, StreamExt};
use gaggle_relay_protocol::{
    Command, CommandBody, Frame, FromRelay, FromServer, Hello, Note, Payload, SUBPROTOCOL,
};
use gaggle_shared::TurnId;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

/// Longest wait for the next message.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const TOKEN: &str = "home-token";

pub(crate) struct Home {
    listener: TcpListener,
}

/// What was received so far, over all connections of one incarnation.
#[derive(Default)]
pub(crate) struct Received {
    pub(crate) frames: Vec<Frame>,
    pub(crate) done: Vec<String>,
}

impl Received {
    pub(crate) fn last(&self) -> u64 {
        self.frames.last().map_or(0, |frame| frame.n)
    }
}

pub(crate) struct Conn {
    pub(crate) socket: WebSocketStream<TcpStream>,
    pub(crate) hello: Hello,
    pub(crate) got: Received,
}

impl Home {
    pub(crate) async fn bind() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/relay", self.listener.local_addr().unwrap())
    }

    /// Takes the next call and its hello.
    pub(crate) async fn call(&self) -> Conn {
        let taken = tokio::time::timeout(PATIENCE, async {
            let (tcp, _) = self.listener.accept().await.unwrap();
            tcp.set_nodelay(true).unwrap();
            #[expect(clippy::result_large_err, reason = "the crate's own signature")]
            let check = |request: &Request, mut response: Response| {
                assert_eq!(request.uri().path(), "/relay");
                assert_eq!(request.headers()["authorization"], format!("Bearer {TOKEN}"));
                assert_eq!(request.headers()["sec-websocket-protocol"], SUBPROTOCOL);
                response.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
                Ok(response)
            };
            let mut socket = tokio_tungstenite::accept_hdr_async(tcp, check).await.unwrap();
            let first = socket.next().await.unwrap().unwrap();
            let FromRelay::Hello(hello) = serde_json::from_str(first.to_text().unwrap()).unwrap() else {
                panic!("the first message is no hello: {first}")
            };
            Conn { socket, hello, got: Received::default() }
        });
        taken.await.expect("the relay did not call")
    }

    /// Takes the next call and welcomes it with what was received before.
    pub(crate) async fn welcome(&self, got: Received) -> Conn {
        let mut conn = self.call().await;
        conn.send(FromServer::Welcome { epoch: 1, received: got.last() }).await;
        Conn { got, ..conn }
    }
}

impl Conn {
    pub(crate) async fn send(&mut self, message: FromServer) {
        self.socket.send(Message::text(serde_json::to_string(&message).unwrap())).await.unwrap();
    }

    pub(crate) async fn command(&mut self, id: &str, body: CommandBody) {
        self.send(FromServer::Command(Command { id: id.into(), body })).await;
    }

    /// The next message; a frame must be the one after the last.
    pub(crate) async fn next(&mut self) -> Option<FromRelay> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            let message = message.unwrap_or_else(|_| panic!("nothing came; so far: {:#?}", self.got.frames));
            match message {
                Some(Ok(Message::Text(text))) => {
                    let said: FromRelay = serde_json::from_str(&text).unwrap();
                    match &said {
                        FromRelay::Frame(frame) => {
                            assert_eq!(frame.n, self.got.last() + 1, "a frame is missing, or came twice");
                            self.got.frames.push(frame.clone());
                        }
                        FromRelay::Done { id } => self.got.done.push(id.clone()),
                        FromRelay::Hello(_)
                        | FromRelay::Pong
                        | FromRelay::Probed(_)
                        | FromRelay::Pass(_)
                        | FromRelay::Found(_) => {}
                    }
                    return Some(said);
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Reads until `wanted` says so of a frame, and returns it. Frames of before count too.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Frame) -> bool) -> Frame {
        if let Some(frame) = self.got.frames.iter().rev().find(|frame| wanted(frame)) {
            return frame.clone();
        }
        // What goes on and on without being what is wanted is a failure too.
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.next().await {
                Some(FromRelay::Frame(frame)) if wanted(&frame) => return frame,
                Some(_) => assert!(Instant::now() < deadline, "not in time; so far: {:#?}", self.got.frames),
                None => panic!("the link ended; so far: {:#?}", self.got.frames),
            }
        }
    }

    pub(crate) async fn done(&mut self, id: &str) {
        while !self.got.done.iter().any(|done| done == id) {
            assert!(self.next().await.is_some(), "the link ended");
        }
    }

    pub(crate) async fn ack(&mut self) {
        self.send(FromServer::Ack { n: self.got.last() }).await;
    }

    pub(crate) async fn up(&mut self, start: u64) {
        self.until(|frame| matches!(note(frame), Some(Note::AgentUp { start: is, .. }) if *is == start))
            .await;
    }

    /// The whole answer to a request.
    pub(crate) async fn answer(&mut self, id: &str) -> Value {
        let frame = self.until(|frame| answer(frame, id).is_some()).await;
        answer(&frame, id).unwrap().clone()
    }

    /// Sends a request and returns its result.
    pub(crate) async fn request(&mut self, id: &str, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.command(id, CommandBody::Request { start: None, request }).await;
        let frame = self.until(|frame| answer(frame, id).is_some()).await;
        answer(&frame, id).unwrap()["result"].clone()
    }

    pub(crate) async fn session(&mut self) -> String {
        let cwd = self.hello.workspace.clone();
        let params = json!({ "cwd": cwd, "mcpServers": [] });
        let result = self.request("new:1", "session/new", params).await;
        result["sessionId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn prompt(&mut self, turn: &str, session: &str, text: &str) {
        let id = format!("prompt:{turn}");
        let params = json!({ "sessionId": session, "prompt": [{ "type": "text", "text": text }] });
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": "session/prompt", "params": params });
        let turn_id = TurnId::parse(turn).unwrap();
        self.command(
            &id,
            CommandBody::Prompt { turn_id, agent_session: session.into(), start: None, request },
        )
        .await;
    }

    /// Reads to the end of a turn; its `stopReason`.
    pub(crate) async fn turn_end(&mut self, turn: &str) -> String {
        let id = format!("prompt:{turn}");
        let frame = self.until(|frame| answer(frame, &id).is_some()).await;
        let answer = answer(&frame, &id).unwrap();
        answer["result"]["stopReason"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// All text that the agent said in the turns so far.
    pub(crate) fn text(&self) -> String {
        self.got.frames.iter().filter_map(says).collect()
    }
}

pub(crate) fn note(frame: &Frame) -> Option<&Note> {
    match &frame.payload {
        Payload::Note(note) => Some(note),
        Payload::Acp(_) => None,
    }
}

/// What the agent said.
pub(crate) fn acp(frame: &Frame) -> Option<&Value> {
    match &frame.payload {
        Payload::Acp(message) => Some(message),
        Payload::Note(_) => None,
    }
}

/// The text of a message chunk.
pub(crate) fn says(frame: &Frame) -> Option<&str> {
    let update = &acp(frame)?["params"]["update"];
    (update["sessionUpdate"] == "agent_message_chunk").then(|| update["content"]["text"].as_str())?
}

fn answer<'a>(frame: &'a Frame, id: &str) -> Option<&'a Value> {
    let message = acp(frame)?;
    (message["id"] == id && message.get("method").is_none()).then_some(message)
}
