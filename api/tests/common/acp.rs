//! A client that speaks ACP, as an editor does.

use agent_client_protocol_schema::v1::{RequestPermissionRequest, SessionNotification};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::{collections::VecDeque, net::SocketAddr, time::Duration};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// A connected client.
pub(crate) struct Acp {
    socket: WebSocketStream<TcpStream>,
    count: u64,
    /// All `session/update`s so far, each with its session.
    pub(crate) updates: Vec<(String, Value)>,
    /// Other notifications.
    pub(crate) notes: Vec<Value>,
    /// What it was asked and has not looked at.
    pub(crate) asked: VecDeque<Value>,
    answers: Vec<Value>,
}

impl Acp {
    /// Connects; `Err`: the status of the refusal.
    pub(crate) async fn connect(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, (u16, String)> {
        Self::over(TcpStream::connect(address).await.unwrap(), path, headers).await
    }

    /// The same over a connection that stands.
    pub(crate) async fn over(
        stream: TcpStream,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, (u16, String)> {
        let address = stream.peer_addr().unwrap();
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match timeout(LONG, client_async(request, stream)).await.expect("no handshake") {
            Ok((socket, _)) => Ok(Self {
                socket,
                count: 0,
                updates: Vec::new(),
                notes: Vec::new(),
                asked: VecDeque::new(),
                answers: Vec::new(),
            }),
            Err(Error::Http(answer)) => {
                let body = answer.body().as_deref().unwrap_or_default();
                Err((answer.status().as_u16(), String::from_utf8_lossy(body).into_owned()))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Connects and says `initialize`.
    pub(crate) async fn greeted(address: SocketAddr, path: &str, headers: &[(&'static str, &str)]) -> Self {
        let mut client = Self::connect(address, path, headers).await.unwrap();
        let params = json!({"protocolVersion": 1, "clientCapabilities": {}});
        let told = client.call("initialize", params).await.unwrap();
        assert_eq!((&told["protocolVersion"], &told["agentInfo"]["name"]), (&json!(1), &json!("gaggle")));
        client
    }

    /// A new session; its id.
    pub(crate) async fn session(&mut self) -> String {
        let made = self.call("session/new", json!({"cwd": "/home/me/code", "mcpServers": []})).await.unwrap();
        made["sessionId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        timeout(LONG, self.socket.send(Message::text(text))).await.expect("nobody reads").unwrap();
    }

    /// Sends a request; its id.
    pub(crate) async fn start(&mut self, method: &str, params: Value) -> u64 {
        self.count += 1;
        let id = self.count;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await;
        id
    }

    pub(crate) async fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params})).await;
    }

    /// A request, waited for: its result or its error.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.start(method, params).await;
        self.end_of(id).await
    }

    /// Begins a prompt.
    pub(crate) async fn prompt(&mut self, session: &str, text: &str) -> u64 {
        let params = json!({"sessionId": session, "prompt": [{"type": "text", "text": text}]});
        self.start("session/prompt", params).await
    }

    /// The answer to a request.
    pub(crate) async fn end_of(&mut self, id: u64) -> Result<Value, Value> {
        loop {
            if let Some(index) = self.answers.iter().position(|answer| answer["id"] == id) {
                let answer = self.answers.remove(index);
                return match answer.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(answer["result"].clone()),
                };
            }
            assert!(self.read().await, "hung up before the answer to {id}: {:?}", self.updates.last());
        }
    }

    /// The next request for an approval; the protocol's own types must read it.
    pub(crate) async fn asked(&mut self) -> Value {
        loop {
            if let Some(asked) = self.asked.pop_front() {
                assert_eq!(asked["method"], "session/request_permission");
                serde_json::from_value::<RequestPermissionRequest>(asked["params"].clone()).unwrap();
                return asked;
            }
            assert!(self.read().await, "hung up before anything was asked");
        }
    }

    /// Answers it.
    pub(crate) async fn choose(&mut self, asked: &Value, option: &str) {
        let outcome = json!({"outcome": {"outcome": "selected", "optionId": option}});
        self.send(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": outcome})).await;
    }

    /// Reads until something has come.
    pub(crate) async fn until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        while !wanted(self) {
            assert!(self.read().await, "hung up before {what}");
        }
    }

    /// What was said in a session, by kind of update.
    pub(crate) fn said(&self, session: &str, kind: &str) -> String {
        let ours =
            self.updates.iter().filter(|(of, update)| of == session && update["sessionUpdate"] == kind);
        ours.filter_map(|(_, update)| update["content"]["text"].as_str()).collect()
    }

    /// Updates of a kind.
    pub(crate) fn of(&self, kind: &str) -> Vec<&Value> {
        self.updates.iter().map(|(_, update)| update).filter(|one| one["sessionUpdate"] == kind).collect()
    }

    /// Reads one message; false: the other side has hung up.
    pub(crate) async fn read(&mut self) -> bool {
        let message = timeout(LONG, self.socket.next()).await.expect("nothing comes");
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return false,
            Some(Ok(_)) => return true,
        };
        let message: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(message["jsonrpc"], "2.0");
        match (message["method"].as_str(), message.get("id").is_some()) {
            (Some("session/update"), false) => {
                let read = serde_json::from_value::<SessionNotification>(message["params"].clone());
                read.unwrap_or_else(|error| panic!("{error}: {message}"));
                let session = message["params"]["sessionId"].as_str().unwrap().to_owned();
                self.updates.push((session, message["params"]["update"].clone()));
            }
            (Some(_), false) => self.notes.push(message),
            (Some(_), true) => self.asked.push_back(message),
            (None, _) => self.answers.push(message),
        }
        true
    }
}
