//! From a connection to the server's welcome.

use super::Home;
use crate::core::Wish;
use crate::stream::{self, Boxed};
use futures_util::{SinkExt, StreamExt};
use gaggle_relay_protocol::{FromRelay, FromServer, Hello, MAX_MESSAGE, PROTOCOL, SUBPROTOCOL};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// From the first byte to the server's welcome.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// What the server answers a hello.
#[derive(Debug)]
pub(super) enum Greeted {
    /// Go on.
    Welcomed(Box<Welcomed>),
    /// Call again.
    Later,
    /// The relay's time is over.
    Gone(String),
    /// Nothing of use.
    Failed(String),
}

/// A connection that the server has welcomed us on.
#[derive(Debug)]
pub(super) struct Welcomed {
    pub(super) socket: WebSocketStream<Boxed>,
    pub(super) epoch: u64,
    /// The highest frame that is durable there.
    pub(super) received: u64,
}

impl Home {
    /// Calls the server.
    pub(super) async fn greet(&self) -> Greeted {
        self.in_time(async { self.hello(stream::home(&self.launch).await?).await }).await
    }

    /// Greets on a connection that somebody dialled, whom TLS must prove to be the server.
    pub(super) async fn greet_on(&self, stream: Boxed) -> Greeted {
        self.in_time(async { self.hello(stream::proved(&self.launch, stream).await?).await }).await
    }

    async fn in_time(
        &self,
        greeting: impl Future<Output = Result<(WebSocketStream<Boxed>, FromServer), Error>>,
    ) -> Greeted {
        match timeout(HANDSHAKE, greeting).await {
            Ok(Ok((socket, answer))) => self.judge(socket, answer),
            Ok(Err(error)) => Greeted::Failed(describe(&error)),
            Err(_) => Greeted::Failed("no answer in 5 s".into()),
        }
    }

    fn judge(&self, socket: WebSocketStream<Boxed>, answer: FromServer) -> Greeted {
        match answer {
            FromServer::Welcome { epoch, received } => {
                let obeyed = self.epoch.fetch_max(epoch, Ordering::Relaxed);
                if epoch < obeyed {
                    return Greeted::Failed(format!("refused epoch {epoch}, having obeyed {obeyed}"));
                }
                Greeted::Welcomed(Box::new(Welcomed { socket, epoch, received }))
            }
            FromServer::Gone { reason } => Greeted::Gone(reason),
            FromServer::Later => Greeted::Later,
            FromServer::Ack { .. }
            | FromServer::Command(_)
            | FromServer::Ping
            | FromServer::Probe(_)
            | FromServer::Pass(_)
            | FromServer::Find(_) => Greeted::Failed("the server did not answer hello".into()),
        }
    }

    /// Shows the token, says hello, and waits for the answer.
    async fn hello(&self, stream: Boxed) -> Result<(WebSocketStream<Boxed>, FromServer), Error> {
        let launch = &self.launch;
        let mut request = launch.home.as_str().into_client_request()?;
        let headers = request.headers_mut();
        let mut token = HeaderValue::from_str(&format!("Bearer {}", launch.token)).map_err(invalid)?;
        token.set_sensitive(true);
        headers.insert("authorization", token);
        headers.insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        let config =
            WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
        let (mut socket, _) = client_async_with_config(request, stream, Some(config)).await?;
        let (first, last) = self.core.range();
        let hello = Hello {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
            incarnation: self.me.incarnation,
            epoch: self.epoch.load(Ordering::Relaxed),
            first,
            last,
            pid: std::process::id(),
            endpoint: self.me.endpoint.clone(),
            project: Some(launch.project.clone()),
            workspace: launch.workspace.to_string_lossy().into_owned(),
            resting: self.core.wish() == Wish::Rest,
            finds: true,
        };
        let hello = serde_json::to_string(&FromRelay::Hello(hello)).map_err(invalid)?;
        socket.send(Message::text(hello)).await?;
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    // What a newer server says beside its welcome is not for us.
                    if let Ok(answer) = serde_json::from_str(&text) {
                        return Ok((socket, answer));
                    }
                }
                Some(Ok(Message::Close(_))) | None => return Err(Error::ConnectionClosed),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
            }
        }
    }
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Io(std::io::Error::other(error))
}

pub(super) fn describe(error: &Error) -> String {
    match error {
        Error::Http(response) => format!("the server answered {}", response.status()),
        other => other.to_string(),
    }
}
