use super::{Fault, Seen, Shared, tunnel, watching};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{
    Request, Response,
    body::{Frame, Incoming},
    header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, TRANSFER_ENCODING, UPGRADE},
};
use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicUsize},
};

pub(super) type Body = BoxBody<Bytes, io::Error>;

/// The API server behind the proxy, and the first answer that each list gave.
#[derive(Debug)]
pub(super) struct Upstream {
    client: reqwest::Client,
    base: String,
    lists: Mutex<HashMap<String, Bytes>>,
}

impl Upstream {
    pub(super) fn new(server: &str, ca: &[u8]) -> io::Result<Self> {
        let ca = reqwest::Certificate::from_pem(ca).map_err(io::Error::other)?;
        let client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy().http1_only().build();
        let client = client.map_err(io::Error::other)?;
        Ok(Self { client, base: server.trim_end_matches('/').to_owned(), lists: Mutex::default() })
    }

    fn first(&self, path: &str, now: &Bytes) -> Bytes {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.entry(path.to_owned()).or_insert_with(|| now.clone()).clone()
    }
}

/// Answers a call. An error closes the connection.
pub(super) async fn call(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let seen = Seen { method: request.method().clone(), path };
    let fault = shared.fault(&seen);
    shared.note(seen.clone());
    match &fault {
        Some(Fault::Delay(time)) => tokio::time::sleep(*time).await,
        Some(Fault::Answer { status, reason }) => return status_of(*status, reason),
        Some(Fault::Cut) => return Err(io::ErrorKind::ConnectionAborted.into()),
        _ => {}
    }
    if request.headers().contains_key(UPGRADE) {
        return tunnel::open(shared, &seen, request).await;
    }
    let answer = forwarded(&shared.upstream, &seen, request).await?;
    match fault {
        Some(Fault::AnswerLost) => Err(io::ErrorKind::ConnectionAborted.into()),
        Some(fault) if seen.watches() => Ok(piped(answer, Some((fault, Arc::clone(&shared.injected))))),
        _ if seen.follows() => Ok(piped(answer, None)),
        fault => {
            let (status, kind) = (answer.status(), answer.headers().get("content-type").cloned());
            let mut bytes = answer.bytes().await.map_err(io::Error::other)?;
            if !seen.writes() && status.is_success() {
                let first = shared.upstream.first(&seen.path, &bytes);
                bytes = match fault {
                    Some(Fault::OldList) => first,
                    Some(Fault::Rewrite { this, other }) => {
                        String::from_utf8_lossy(&bytes).replace(this, other).into()
                    }
                    _ => bytes,
                };
            }
            let body = Full::new(bytes).map_err(|never| match never {}).boxed();
            let mut response = Response::new(body);
            *response.status_mut() = status;
            response.headers_mut().extend(kind.map(|kind| (hyper::header::CONTENT_TYPE, kind)));
            Ok(response)
        }
    }
}

async fn forwarded(
    upstream: &Upstream,
    seen: &Seen,
    request: Request<Incoming>,
) -> io::Result<reqwest::Response> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let mut headers = parts.headers;
    for name in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    sent(upstream, seen, headers, body).await
}

/// Makes the call at the API server.
pub(super) async fn sent(
    upstream: &Upstream,
    seen: &Seen,
    headers: HeaderMap,
    body: Bytes,
) -> io::Result<reqwest::Response> {
    let url = format!("{}{}", upstream.base, seen.path);
    let call = upstream.client.request(seen.method.clone(), url).headers(headers).body(body);
    call.send().await.map_err(io::Error::other)
}

/// An answer that goes on as it comes.
fn piped(answer: reqwest::Response, fault: Option<(Fault, Arc<AtomicUsize>)>) -> Response<Body> {
    let (status, kind) = (answer.status(), answer.headers().get("content-type").cloned());
    let chunks = answer.bytes_stream().map_err(io::Error::other).boxed();
    let chunks = match fault {
        Some((fault, injected)) => watching::spoilt(chunks, fault, injected),
        None => chunks,
    };
    let body = BodyExt::boxed(StreamBody::new(SyncChunks(Mutex::new(chunks)).map_ok(Frame::data)));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().extend(kind.map(|kind| (hyper::header::CONTENT_TYPE, kind)));
    response
}

/// A boxed stream is not `Sync`, which a boxed body must be; a lock that nobody contends makes it so.
struct SyncChunks(Mutex<futures_util::stream::BoxStream<'static, io::Result<Bytes>>>);

impl futures_util::Stream for SyncChunks {
    type Item = io::Result<Bytes>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        let mut chunks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.poll_next_unpin(context)
    }
}

fn status_of(code: u16, reason: &str) -> io::Result<Response<Body>> {
    let text = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": format!("a fault was asked for: {reason}"), "reason": reason, "code": code,
    });
    let body = Full::new(Bytes::from(text.to_string())).map_err(|never| match never {}).boxed();
    let response = Response::builder().status(code).header("content-type", "application/json");
    response.body(body).map_err(io::Error::other)
}
