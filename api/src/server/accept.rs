use super::Open;
use crate::http::{guard::Peer, metrics::Metrics};
use axum::Router;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore, time::sleep};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// How long the head of a request may take; an idle connection is closed after it too.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Headers of a request.
const HEADERS: usize = 100;
/// Bytes of a request's head.
const HEAD_BYTES: usize = 64 * 1024;
/// Pause after the system had no descriptor left: nothing tells when one is free.
const FULL: Duration = Duration::from_millis(100);

/// Takes connections until `stop`, at most `connections` at once: further ones wait in the system's queue. What
/// it gives back ends once the answers that are under way have been sent.
pub async fn accept(
    listener: TcpListener,
    router: Router,
    metrics: Arc<Metrics>,
    connections: usize,
    stop: CancellationToken,
) -> Open {
    let open = Open::default();
    let slots = Arc::new(Semaphore::new(connections));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES);
    loop {
        let next = async {
            let slot = slots.clone().acquire_owned().await.ok();
            (slot, listener.accept().await)
        };
        let (slot, stream, from) = tokio::select! {
            biased;
            () = stop.cancelled() => return open,
            (slot, accepted) = next => match accepted {
                Ok((stream, from)) => (slot, stream, from),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(FULL).await;
                    continue;
                }
            },
        };
        // Small events go out at once.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection cannot send at once");
        }
        let service = router.clone().map_request(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(from.ip()));
            request
        });
        let service = TowerToHyperService::new(service);
        let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
        open.carry(connection, (slot, metrics.connection()));
    }
}
