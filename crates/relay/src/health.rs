//! `/health` (200 only while Goose is connected and has answered `initialize`) and `/livez` (the relay).

use crate::core::{AgentState, Core};
use bytes::Bytes;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections served at once; more wait.
const CONNECTIONS: usize = 32;
/// How long a request's head may take.
const HEAD: Duration = Duration::from_secs(5);

/// Answers on `listener` for ever.
pub(crate) async fn serve(listener: TcpListener, core: Arc<Core>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((tcp, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let core = core.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let answer = answer(&request, &core);
                async { Ok::<_, Infallible>(answer) }
            });
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD).keep_alive(false);
            drop(http.serve_connection(TokioIo::new(tcp), service).await);
            drop(place);
        });
    }
}

fn answer<B>(request: &Request<B>, core: &Core) -> Response<Full<Bytes>> {
    let (status, text) = match request.uri().path() {
        "/livez" => (StatusCode::OK, "ok".to_owned()),
        "/health" => match core.health() {
            AgentState::Up => (StatusCode::OK, "ok".to_owned()),
            AgentState::Starting => (StatusCode::SERVICE_UNAVAILABLE, "goose is starting".to_owned()),
            AgentState::Down(reason) => (StatusCode::SERVICE_UNAVAILABLE, reason),
        },
        _ => (StatusCode::NOT_FOUND, "not found".to_owned()),
    };
    let mut response = Response::new(Full::from(format!("{text}\n")));
    *response.status_mut() = status;
    response
}
