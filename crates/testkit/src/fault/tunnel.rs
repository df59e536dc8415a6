//! Calls that become a connection of their own, such as a port that is forwarded.

use super::{
    Line, Seen, Shared,
    forward::{Body, sent},
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, StatusCode, body::Incoming, header::HOST};
use hyper_util::rt::TokioIo;
use std::{io, sync::Arc};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};

/// Makes the call; if the API server agrees, both ends are joined from then on.
pub(super) async fn open(
    shared: Arc<Shared>,
    seen: &Seen,
    mut request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    let mut headers = request.headers().clone();
    headers.remove(HOST);
    let answer = sent(&shared.upstream, seen, headers, Bytes::new()).await?;
    let (status, said) = (answer.status(), answer.headers().clone());
    let body = match status {
        StatusCode::SWITCHING_PROTOCOLS => {
            let client = hyper::upgrade::on(&mut request);
            tokio::spawn(async move {
                // Either end may be gone by then, which is for the other to notice.
                let (Ok(server), Ok(client)) = (answer.upgrade().await, client.await) else { return };
                join(&shared, TokioIo::new(client), server).await;
            });
            Bytes::new()
        }
        _ => answer.bytes().await.map_err(io::Error::other)?,
    };
    let mut response = Response::new(Full::new(body).map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    *response.headers_mut() = said;
    Ok(response)
}

/// Passes all on until an end of either, a cut, or the end of the line.
async fn join(
    shared: &Shared,
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut server: impl AsyncRead + AsyncWrite + Unpin,
) {
    let (mut line, mut cuts) = (shared.line.subscribe(), shared.cuts.subscribe());
    // The senders are in what is shared, so waiting cannot fail.
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = line.wait_for(|line| *line != Line::Up) => {}
        _ = cuts.changed() => {}
    }
}
