//! From a connection to a relay that is known.

use super::{HANDSHAKE, Shared, Stream, dial, lines::Known, peers::Counted, talk};
use futures_util::{SinkExt as _, StreamExt as _};
use gaggle_core::port::Inbound;
use gaggle_relay_protocol::{
    FromRelay, FromServer, Hello, MAX_MESSAGE, OLDEST_PROTOCOL, PATH, PROTOCOL, SUBPROTOCOL,
};
use gaggle_shared::ProjectId;
use sha2::{Digest as _, Sha256};
use std::{
    io,
    sync::{Arc, atomic::Ordering::Relaxed},
};
use tokio::{net::TcpStream, sync::OwnedSemaphorePermit, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        Error, Message,
        handshake::server::{Callback, ErrorResponse, Request, Response},
        http::{HeaderMap, HeaderValue, StatusCode},
        protocol::WebSocketConfig,
    },
};

/// Of a link's buffers for reading and writing: ten thousand links must fit.
const BUFFER: usize = 8 * 1024;

pub(super) type Socket = WebSocketStream<Box<dyn Stream>>;

/// Answers one call; if it is a relay's, carries on with it until the link ends.
pub(super) async fn answer(shared: Arc<Shared>, stream: TcpStream, permit: (OwnedSemaphorePermit, Counted)) {
    let greeting = timeout(HANDSHAKE, async {
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &shared.tls {
            Some(tls) => Box::new(tls.0.accept(stream).await?),
            None => Box::new(stream),
        };
        greet(&shared, stream, None).await
    });
    let greeted = tokio::select! {
        () = shared.closing.cancelled() => return,
        greeted = greeting => greeted,
    };
    drop(permit);
    match greeted {
        Ok(Ok(Some((line, hello, socket)))) => {
            if let Some(dialler) = shared.dialler.get() {
                dialler.needed.store(false, Relaxed);
            }
            talk::with(&shared, &line, hello, socket).await;
        }
        Ok(Ok(None)) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a call to the agent listener failed"),
        Err(_) => tracing::debug!("a call to the agent listener took too long"),
    }
}

/// Asks to be called back on this connection and carries on with the relay of this project until the link
/// ends.
///
/// # Errors
/// There was no link.
pub(super) async fn dialled(shared: &Shared, project: &ProjectId, stream: Box<dyn Stream>) -> io::Result<()> {
    let (line, hello, socket) = called_back(shared, project, stream).await?;
    talk::with(shared, &line, hello, socket).await;
    Ok(())
}

/// Asks the relay at the other end to call on this connection, and hears it out.
pub(super) async fn called_back(
    shared: &Shared,
    project: &ProjectId,
    mut stream: Box<dyn Stream>,
) -> io::Result<Greeted> {
    let tls = shared.tls.as_ref().ok_or_else(|| io::Error::other("without TLS no relay can be dialled"))?;
    dial::ask(&mut stream).await?;
    let greeting = timeout(HANDSHAKE, async {
        let stream: Box<dyn Stream> = Box::new(tls.0.accept(stream).await?);
        greet(shared, stream, Some(project)).await
    });
    match greeting.await {
        Ok(Ok(Some(greeted))) => {
            if let Some(dialler) = shared.dialler.get() {
                dialler.needed.store(true, Relaxed);
            }
            Ok(greeted)
        }
        Ok(Ok(None)) => Err(io::Error::other("it is not the relay of this admission")),
        Ok(Err(error)) => Err(io::Error::other(error)),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// A relay that has said who it is, and may be talked with.
pub(super) type Greeted = (Arc<super::line::Line>, Hello, Socket);

/// With `only`, a relay of another project is not wanted.
async fn greet(
    shared: &Shared,
    stream: Box<dyn Stream>,
    only: Option<&ProjectId>,
) -> Result<Option<Greeted>, Error> {
    let mut token = None;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let mut socket = accept_hdr_async_with_config(stream, Door(&mut token), Some(config)).await?;
    let Some(token) = token else { return Ok(None) };
    let known = shared.lines().know(&token);
    let line = match known {
        Known::Admitted(line) if only.is_some_and(|only| *only != line.project) => {
            tracing::warn!(project = %line.project, "the relay that was dialled is another project's");
            return Ok(None);
        }
        Known::Admitted(line) => line,
        // Before anything is read: who is not known costs no memory.
        Known::Gone => return turn_away(socket, gone("nobody waits for this relay")).await,
        Known::Later => return turn_away(socket, FromServer::Later).await,
    };
    let Some(hello) = hello(&mut socket).await? else {
        tracing::warn!(project = %line.project, "a relay did not say hello");
        return Ok(None);
    };
    if hello.protocol < OLDEST_PROTOCOL {
        tracing::warn!(project = %line.project, protocol = hello.protocol, "a relay speaks a protocol of long ago");
        // The project would wait for it in vain; who does not listen has no use for it.
        drop(line.inbound.send(Inbound::Outdated { release: release(&hello) }).await);
        return turn_away(socket, gone("its protocol is too old")).await;
    }
    if hello.protocol > PROTOCOL {
        tracing::debug!(project = %line.project, protocol = hello.protocol, "a relay of a newer release");
    }
    Ok(Some((line, hello, socket)))
}

/// The first text, if it is a hello that can be true.
async fn hello(socket: &mut Socket) -> Result<Option<Hello>, Error> {
    while let Some(message) = socket.next().await {
        let text = match message? {
            Message::Text(text) => text,
            Message::Close(_) | Message::Binary(_) => return Ok(None),
            _ => continue,
        };
        let Ok(FromRelay::Hello(hello)) = serde_json::from_str(&text) else { return Ok(None) };
        let sound = hello.first >= 1 && hello.first - 1 <= hello.last;
        return Ok(sound.then_some(hello));
    }
    Ok(None)
}

/// What a relay says that it is; short, and a line at most.
fn release(hello: &Hello) -> String {
    let version: String = hello.version.chars().filter(|one| !one.is_control()).take(40).collect();
    format!(
        "release {version}, protocol {}; the oldest that is understood is {OLDEST_PROTOCOL}",
        hello.protocol
    )
}

async fn turn_away(mut socket: Socket, answer: FromServer) -> Result<Option<Greeted>, Error> {
    part(&mut socket, &answer).await?;
    Ok(None)
}

/// Says a last word and closes.
pub(super) async fn part(socket: &mut Socket, answer: &FromServer) -> Result<(), Error> {
    socket.send(talk::text(answer)).await?;
    socket.close(None).await
}

pub(super) fn gone(reason: &str) -> FromServer {
    FromServer::Gone { reason: reason.into() }
}

/// Lets in who asks for the one thing that is served here and shows a token, whatever token; keeps its hash.
struct Door<'a>(&'a mut Option<[u8; 32]>);

impl Callback for Door<'_> {
    fn on_request(self, request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
        let refuse = |status: StatusCode| {
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = status;
            refusal
        };
        if request.uri().path() != PATH {
            return Err(refuse(StatusCode::NOT_FOUND));
        }
        let Some(token) = bearer(request.headers()) else { return Err(refuse(StatusCode::UNAUTHORIZED)) };
        if !offers(request.headers()) {
            return Err(refuse(StatusCode::BAD_REQUEST));
        }
        *self.0 = Some(Sha256::digest(token).into());
        response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        Ok(response)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?.trim();
    (!token.is_empty()).then_some(token)
}

fn offers(headers: &HeaderMap) -> bool {
    let offered = headers.get_all("sec-websocket-protocol").iter().filter_map(|value| value.to_str().ok());
    offered.flat_map(|value| value.split(',')).any(|name| name.trim() == SUBPROTOCOL)
}
