//! The relay's port: `/health` (200 only while Goose is connected and has answered `initialize`), `/livez`
//! (the relay itself), `/relay` (the server asks to be called back on its own connection) and `/acp`.

mod acp;

use crate::core::{AgentState, Core};
use crate::stream::Boxed;
use bytes::Bytes;
use gaggle_relay_protocol::{Launch, PATH, SUBPROTOCOL};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// Connections served at once, of all and of one address; where more come, the oldest of them ends.
const CONNECTIONS: usize = 32;
const OF_ONE: usize = 16;
/// How long a request's head may take.
const HEAD: Duration = Duration::from_secs(5);
/// Dialled connections that wait to be greeted; more are turned away.
const DIALLED: usize = 8;

type Answer = Response<Full<Bytes>>;

/// What the port's answers come from.
#[derive(Debug)]
pub(crate) struct Door {
    relay: Mutex<Relay>,
    /// A server is known by its certificate: without one nobody is called back.
    dialled: Option<mpsc::Sender<Boxed>>,
    acp: acp::Key,
}

/// How far the relay is.
#[derive(Debug, Clone)]
enum Relay {
    /// Not at work yet, for this reason.
    Waiting(String),
    /// At work.
    Open(Arc<Core>),
}

impl Door {
    /// A door of a relay that has only begun, and where the connections come out that servers dial.
    pub(crate) fn new(launch: &Launch) -> (Self, mpsc::Receiver<Boxed>) {
        let (sender, dialled) = mpsc::channel(DIALLED);
        let relay = Mutex::new(Relay::Waiting("the relay is starting".into()));
        let acp = acp::Key::new(launch.acp_key.as_deref());
        (Self { relay, dialled: launch.home_cert.is_some().then_some(sender), acp }, dialled)
    }

    /// The relay is not at work yet, for this reason.
    pub(crate) fn waiting(&self, reason: String) {
        *self.relay.lock().unwrap_or_else(PoisonError::into_inner) = Relay::Waiting(reason);
    }

    /// The relay is at work.
    pub(crate) fn open(&self, core: Arc<Core>) {
        *self.relay.lock().unwrap_or_else(PoisonError::into_inner) = Relay::Open(core);
    }

    fn relay(&self) -> Relay {
        self.relay.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn answer(&self, request: Request<Incoming>) -> Answer {
        let relay = self.relay();
        match (request.uri().path(), relay) {
            ("/acp", _) if !self.acp.opens(request.headers()) => acp::locked(),
            ("/livez", Relay::Waiting(reason)) => text(StatusCode::OK, &reason),
            ("/livez", Relay::Open(_)) => text(StatusCode::OK, "ok"),
            ("/health" | "/acp" | PATH, Relay::Waiting(reason)) => {
                text(StatusCode::SERVICE_UNAVAILABLE, &reason)
            }
            ("/health", Relay::Open(core)) => match core.health() {
                AgentState::Up => text(StatusCode::OK, "ok"),
                AgentState::Starting => text(StatusCode::SERVICE_UNAVAILABLE, "goose is starting"),
                AgentState::Down(reason) => text(StatusCode::SERVICE_UNAVAILABLE, &reason),
            },
            ("/acp", Relay::Open(core)) => acp::connect(core, request),
            (PATH, Relay::Open(_)) => self.call_back(request),
            _ => text(StatusCode::NOT_FOUND, "not found"),
        }
    }

    /// Hands the connection to who calls home; it begins there like a call of our own, so whoever dialled has
    /// to be the server to learn anything.
    fn call_back(&self, request: Request<Incoming>) -> Answer {
        let Some(dialled) = &self.dialled else {
            return text(StatusCode::NOT_FOUND, "this relay was given no certificate to know a server by");
        };
        if request.method() != Method::GET || !has(request.headers(), &UPGRADE, SUBPROTOCOL) {
            return text(StatusCode::UPGRADE_REQUIRED, "only the server of this project is of use here");
        }
        let Ok(place) = dialled.clone().try_reserve_owned() else {
            return text(StatusCode::SERVICE_UNAVAILABLE, "too many others are before you");
        };
        tokio::spawn(async move {
            if let Ok(upgraded) = hyper::upgrade::on(request).await {
                drop(place.send(Box::new(TokioIo::new(upgraded))));
            }
        });
        let mut response = text(StatusCode::SWITCHING_PROTOCOLS, "");
        let headers = response.headers_mut();
        headers.remove(CONTENT_TYPE);
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static(SUBPROTOCOL));
        response
    }
}

/// Answers on `listener` for ever.
pub(crate) async fn serve(listener: TcpListener, door: Arc<Door>) {
    let mut open = Open::default();
    loop {
        let Ok((tcp, peer)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        drop(tcp.set_nodelay(true));
        let door = door.clone();
        let served = tokio::spawn(async move {
            let service = service_fn(|request| {
                let answer = door.answer(request);
                async { Ok::<_, Infallible>(answer) }
            });
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD);
            drop(http.serve_connection(TokioIo::new(tcp), service).with_upgrades().await);
        });
        open.enter(peer.ip(), served.abort_handle());
    }
}

/// Connections that are not answered yet, the oldest first. Whoever says something is answered at once, so the oldest
/// is one that says nothing: it must keep nobody out.
#[derive(Debug, Default)]
struct Open(VecDeque<(IpAddr, AbortHandle)>);

impl Open {
    fn enter(&mut self, peer: IpAddr, served: AbortHandle) {
        self.0.retain(|(_, other)| !other.is_finished());
        let of_peer = self.0.iter().filter(|(of, _)| *of == peer).count();
        let oldest = match () {
            () if of_peer >= OF_ONE => self.0.iter().position(|(of, _)| *of == peer),
            () if self.0.len() >= CONNECTIONS => Some(0),
            () => None,
        };
        if let Some((_, oldest)) = oldest.and_then(|oldest| self.0.remove(oldest)) {
            oldest.abort();
        }
        self.0.push_back((peer, served));
    }
}

/// True if a header lists this word.
fn has(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case(word))
}

fn text(status: StatusCode, text: &str) -> Answer {
    let body = if text.is_empty() { Full::default() } else { Full::from(format!("{text}\n")) };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    // Said here, where an upgrade can say otherwise: of hyper's own switch a WebSocket's client would hear too.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
