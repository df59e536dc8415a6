//! Goose without Gaggle: started bare, spoken to over its own WebSocket.

use crate::parts::Parts;
use crate::processes;
use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use gaggle_testkit::ScriptedModel;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

/// How often a port that does not listen yet is tried again: more often than the relay does, so that the
/// baseline is as good as it can be.
const RETRY: Duration = Duration::from_millis(1);
const KEY: &str = "bench";

/// A Goose with one connection. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Bare {
    folder: TempDir,
    child: Child,
    socket: WebSocketStream<TcpStream>,
    session: String,
    calls: u64,
}

impl Bare {
    /// Starts one in a folder of its own, as the relay would; returns once it has answered `initialize`.
    ///
    /// # Errors
    /// It does not start, or answers otherwise.
    pub(crate) async fn start(parts: &Parts, model: &ScriptedModel) -> Result<Self> {
        let folder = parts.folder()?;
        let root = folder.path().display().to_string();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = Command::new(&parts.goose);
        command.args([
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--with-builtin",
            "developer",
        ]);
        command.env_clear().envs(model.env()).env("PATH", std::env::var("PATH")?).env("HOME", &root);
        command.env("GOOSE_PATH_ROOT", &root).env("GOOSE_SERVER__SECRET_KEY", KEY).env("GOOSE_MODE", "auto");
        command.env("GOOSE_DISABLE_KEYRING", "1").env("GOOSE_TELEMETRY_ENABLED", "false");
        command.current_dir(&root).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.kill_on_drop(true).spawn().context("cannot start Goose")?;
        let stream = loop {
            match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                Ok(stream) => break stream,
                Err(_) => tokio::time::sleep(RETRY).await,
            }
        };
        stream.set_nodelay(true)?;
        let mut request = format!("ws://127.0.0.1:{port}/acp").into_client_request()?;
        request.headers_mut().insert("x-secret-key", KEY.parse()?);
        let (socket, _) = client_async(request, stream).await?;
        let mut bare = Self { folder, child, socket, session: String::new(), calls: 0 };
        let who = json!({"protocolVersion": 1, "clientCapabilities": {}});
        bare.call("initialize", &who, |_, _| {}).await?;
        Ok(bare)
    }

    /// Makes the session that prompts go to.
    ///
    /// # Errors
    /// Goose refuses.
    pub(crate) async fn session(&mut self) -> Result<()> {
        let params = json!({"cwd": self.folder.path(), "mcpServers": []});
        let made = self.call("session/new", &params, |_, _| {}).await?;
        self.session = made["sessionId"].as_str().context("no session")?.to_owned();
        Ok(())
    }

    /// Runs one turn; gives each piece of its answer with the time at which it was read.
    ///
    /// # Errors
    /// The turn does not end well.
    pub(crate) async fn prompt(&mut self, text: &str, mut piece: impl FnMut(&str, Instant)) -> Result<()> {
        let params = json!({"sessionId": self.session, "prompt": [{"type": "text", "text": text}]});
        let ended = self
            .call("session/prompt", &params, |message, at| {
                let update = &message["params"]["update"];
                if update["sessionUpdate"] == "agent_message_chunk" {
                    piece(update["content"]["text"].as_str().unwrap_or_default(), at);
                }
            })
            .await?;
        if ended["stopReason"] != "end_turn" {
            bail!("the turn ended otherwise: {ended}");
        }
        Ok(())
    }

    /// Ends it.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub(crate) async fn end(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    async fn call(
        &mut self,
        method: &str,
        params: &Value,
        mut see: impl FnMut(&Value, Instant),
    ) -> Result<Value> {
        self.calls += 1;
        let request = json!({"jsonrpc": "2.0", "id": self.calls, "method": method, "params": params});
        self.socket.send(Message::text(request.to_string())).await?;
        while let Some(message) = self.socket.next().await {
            let at = Instant::now();
            let Message::Text(text) = message? else { continue };
            let message: Value = serde_json::from_str(&text)?;
            if message["id"] == self.calls && message["method"].is_null() {
                if !message["error"].is_null() {
                    bail!("{method}: {}", message["error"]);
                }
                return Ok(message["result"].clone());
            }
            see(&message, at);
        }
        bail!("Goose closed its connection")
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.child.start_kill().ok();
        processes::kill_all(self.folder.path());
    }
}
