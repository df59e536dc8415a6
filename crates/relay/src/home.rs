//! Calls the server, and carries frames to it and commands from it, over any number of breaks.

mod talk;

use crate::core::{Core, Ending};
use crate::log::Log;
use crate::random;
use futures_util::{SinkExt, StreamExt};
use gaggle_relay_protocol::{FromRelay, FromServer, Hello, Launch, MAX_MESSAGE, PROTOCOL, SUBPROTOCOL};
use std::sync::Arc;
use std::time::Duration;
use talk::Talk;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// From the first byte to the server's welcome.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Pauses between calls grow up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// One attempt counts as at most so much time away, so that a sleeping laptop's hours do not.
const MOST_PER_ATTEMPT: Duration = Duration::from_secs(10);

/// What the relay says of itself in every call.
#[derive(Debug, Clone)]
pub(crate) struct Introduction {
    /// Which start of a relay on the volume this is.
    pub incarnation: u64,
    /// Where health is answered.
    pub endpoint: String,
}

/// How a call ended.
#[derive(Debug)]
enum Called {
    /// Welcomed, and parted again.
    Talked(String),
    /// The server asked to call again.
    Later,
    /// The relay's time is over.
    Gone(String),
    /// No welcome.
    Failed(String),
}

/// Calls home until the relay's time is over; begins the relay's end when the server stays away for too
/// long or says so.
pub(crate) async fn keep_calling(launch: Arc<Launch>, core: Arc<Core>, log: Arc<Log>, me: Introduction) {
    let patience = Duration::from_millis(launch.patience_ms);
    let mut away = Duration::ZERO;
    let mut pause = Duration::ZERO;
    let mut epoch = 0;
    let mut last_failure = String::new();
    loop {
        let began = Instant::now();
        tokio::time::sleep(random::jitter(pause)).await;
        let called = call(&launch, &core, &log, &me, &mut epoch).await;
        pause = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        match called {
            Called::Talked(why) => {
                log.line(format_args!("the link to the server ended: {why}"));
                // At once, unless the server parts as soon as it has met us.
                pause = if began.elapsed() < FIRST_PAUSE { FIRST_PAUSE / 4 } else { Duration::ZERO };
                away = Duration::ZERO;
                last_failure.clear();
            }
            Called::Later => away = Duration::ZERO,
            Called::Gone(reason) => {
                log.line(format_args!("the server says that our time is over: {reason}"));
                core.end(Ending::Gone);
                return;
            }
            Called::Failed(why) => {
                // Once a cause, not once a second.
                if why != last_failure {
                    log.line(format_args!("no link to the server: {why}"));
                    last_failure = why;
                }
                away += began.elapsed().min(MOST_PER_ATTEMPT);
                if away >= patience {
                    log.line(format_args!("the server stayed away for {} s", patience.as_secs()));
                    core.end(Ending::Patience);
                    return;
                }
                pause = pause.min(patience.saturating_sub(away)).max(Duration::from_millis(1));
            }
        }
    }
}

async fn call(launch: &Launch, core: &Core, log: &Log, me: &Introduction, epoch: &mut u64) -> Called {
    let greeted = timeout(HANDSHAKE, greet(launch, core, me, *epoch)).await;
    let (socket, answer) = match greeted {
        Ok(Ok(greeted)) => greeted,
        Ok(Err(error)) => return Called::Failed(describe(&error)),
        Err(_) => return Called::Failed("no answer in 5 s".into()),
    };
    match answer {
        FromServer::Welcome { epoch: theirs, .. } if theirs < *epoch => {
            Called::Failed(format!("refused epoch {theirs}, having obeyed {epoch}"))
        }
        FromServer::Welcome { epoch: theirs, received } => {
            *epoch = theirs;
            log.line(format_args!("linked to the server: epoch {theirs}, it has frames up to {received}"));
            match Talk::new(core, socket).until_parted(received).await {
                Ok(reason) => Called::Gone(reason),
                Err(error) => Called::Talked(describe(&error)),
            }
        }
        FromServer::Gone { reason } => Called::Gone(reason),
        FromServer::Later => Called::Later,
        FromServer::Ack { .. } | FromServer::Command(_) | FromServer::Ping => {
            Called::Failed("the server did not answer hello".into())
        }
    }
}

async fn greet(
    launch: &Launch,
    core: &Core,
    me: &Introduction,
    epoch: u64,
) -> Result<(WebSocketStream<TcpStream>, FromServer), Error> {
    let mut request = launch.home.as_str().into_client_request()?;
    let headers = request.headers_mut();
    let mut token = HeaderValue::from_str(&format!("Bearer {}", launch.token)).map_err(invalid)?;
    token.set_sensitive(true);
    headers.insert("authorization", token);
    headers.insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
    let host = request.uri().host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let tcp = TcpStream::connect((host, request.uri().port_u16().unwrap_or(80))).await?;
    tcp.set_nodelay(true)?;
    let config =
        WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    let (mut socket, _) = client_async_with_config(request, tcp, Some(config)).await?;
    let (first, last) = core.range();
    let hello = Hello {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").into(),
        incarnation: me.incarnation,
        epoch,
        first,
        last,
        pid: std::process::id(),
        endpoint: Some(me.endpoint.clone()),
        project: Some(launch.project.clone()),
        resting: false,
        workspace: launch.workspace.to_string_lossy().into_owned(),
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

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Io(std::io::Error::other(error))
}

fn describe(error: &Error) -> String {
    match error {
        Error::Http(response) => format!("the server answered {}", response.status()),
        other => other.to_string(),
    }
}
