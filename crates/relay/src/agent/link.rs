//! The one connection to Goose. A turn dies with it, so it is held as long as Goose lives.

use crate::acp::{self, Envelope};
use crate::core::Core;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// When a port that does not listen yet is tried again, as nothing tells us when it does: soon, for Goose takes
/// some 10 ms, and after [`QUICK`] ever more slowly up to the second, for one that hangs.
const RETRY: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));
/// So many times it is tried as soon as a timer can.
const QUICK: u32 = 50;
/// A Goose that takes no byte for so long is ended.
const WRITE: Duration = Duration::from_secs(30);
/// Longest message that is read; what does not fit into a frame home is dropped with a note.
const LONGEST: usize = 128 * 1024 * 1024;

/// A connection that has answered `initialize`.
#[derive(Debug)]
pub(super) struct Link {
    to: SplitSink<WebSocketStream<TcpStream>, Message>,
    from: SplitStream<WebSocketStream<TcpStream>>,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Parted {
    /// Goose closed it.
    #[error("it closed its connection")]
    Closed,
    /// Goose does not read.
    #[error("it took no message for 30 s")]
    Stuck,
    /// Anything else.
    #[error("its connection broke: {0}")]
    Broken(Error),
}

impl Link {
    /// Connects as soon as Goose listens and sends `initialize`; returns its result.
    pub(super) async fn connect(port: u16, key: &str, core: &Core) -> Result<(Self, Value), String> {
        let (mut pause, longest) = RETRY;
        let mut tries = 0_u32;
        let tcp = loop {
            match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                Ok(tcp) => break tcp,
                Err(_) => tokio::time::sleep(pause).await,
            }
            tries = tries.saturating_add(1);
            if tries > QUICK {
                pause = (pause * 17 / 16).min(longest);
            }
        };
        tcp.set_nodelay(true).map_err(|error| error.to_string())?;
        let mut request =
            format!("ws://127.0.0.1:{port}/acp").into_client_request().map_err(|error| error.to_string())?;
        let mut key = HeaderValue::from_str(key).map_err(|error| error.to_string())?;
        key.set_sensitive(true);
        request.headers_mut().insert("x-secret-key", key);
        let config = WebSocketConfig::default().max_message_size(Some(LONGEST)).max_frame_size(Some(LONGEST));
        let (socket, _) = client_async_with_config(request, tcp, Some(config))
            .await
            .map_err(|error| format!("/acp: {error}"))?;
        let (to, from) = socket.split();
        let mut link = Self { to, from };
        let result = link.initialize(core).await?;
        Ok((link, result))
    }

    async fn initialize(&mut self, core: &Core) -> Result<Value, String> {
        self.to.send(Message::text(acp::initialize())).await.map_err(|error| error.to_string())?;
        while let Some(message) = self.from.next().await {
            let Message::Text(text) = message.map_err(|error| error.to_string())? else { continue };
            match Envelope::parse(&text) {
                Ok(envelope) if envelope.answers().as_deref() == Some("initialize") => {
                    let result = envelope.outcome().map_err(|error| format!("initialize: {error}"))?;
                    return serde_json::from_str(result).map_err(|error| error.to_string());
                }
                _ => drop(core.agent_said(&text)),
            }
        }
        Err("it closed its connection before it answered initialize".into())
    }

    /// Carries both ways until the connection ends.
    pub(super) async fn carry(&mut self, core: &Core, mut texts: mpsc::Receiver<String>) -> Parted {
        let Self { to, from } = self;
        let write = async {
            while let Some(text) = texts.recv().await {
                match tokio::time::timeout(WRITE, to.send(Message::text(text))).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return Parted::Broken(error),
                    Err(_) => return Parted::Stuck,
                }
            }
            std::future::pending().await
        };
        tokio::select! {
            parted = read(from, core) => parted,
            parted = write => parted,
        }
    }

    /// Reads what is left.
    pub(super) async fn rest(&mut self, core: &Core) {
        read(&mut self.from, core).await;
    }
}

async fn read(from: &mut SplitStream<WebSocketStream<TcpStream>>, core: &Core) -> Parted {
    loop {
        match from.next().await {
            Some(Ok(Message::Text(text))) => drop(core.agent_said(&text)),
            Some(Ok(Message::Binary(bytes))) => {
                if let Ok(text) = std::str::from_utf8(&bytes) {
                    core.agent_said(text);
                }
            }
            Some(Ok(_)) => {}
            Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => return Parted::Closed,
            Some(Err(error)) => return Parted::Broken(error),
        }
    }
}
