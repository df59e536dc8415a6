//! The demo model over HTTP: `POST /v1/chat/completions`, in pieces or at once, and `GET /v1/models`.

use super::MODEL;
use super::reply::{Reply, reply};
use super::request::Request;
use bytes::Bytes;
use futures_util::Stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Longest request: a conversation with its tools' results.
const LONGEST: usize = 16 * 1024 * 1024;
/// Connections served at once; more wait.
const CONNECTIONS: usize = 32;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Answers on `listener` for ever those who show `key`.
pub(super) async fn serve(listener: TcpListener, key: String) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let bearer: Arc<str> = format!("Bearer {key}").into();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((tcp, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        drop(tcp.set_nodelay(true));
        let bearer = bearer.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let bearer = bearer.clone();
                async move { Ok::<_, Infallible>(answer(request, &bearer).await) }
            });
            drop(http1::Builder::new().serve_connection(TokioIo::new(tcp), service).await);
            drop(place);
        });
    }
}

async fn answer(request: hyper::Request<Incoming>, bearer: &str) -> Response<Body> {
    let shown = request.headers().get(AUTHORIZATION).map(hyper::header::HeaderValue::as_bytes);
    if shown != Some(bearer.as_bytes()) {
        return error(StatusCode::UNAUTHORIZED, "wrong key");
    }
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/v1/models") => {
            whole(StatusCode::OK, &json!({ "object": "list", "data": [{ "id": MODEL, "object": "model" }] }))
        }
        (&Method::POST, "/v1/chat/completions") => {
            let Ok(body) = Limited::new(request.into_body(), LONGEST).collect().await else {
                return error(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long");
            };
            let body = body.to_bytes();
            match serde_json::from_slice::<Request>(&body) {
                Ok(request) => complete(&reply(&request), request.stream, body.len()),
                Err(_) => error(StatusCode::BAD_REQUEST, "not a chat completion request"),
            }
        }
        _ => error(StatusCode::NOT_FOUND, "not found"),
    }
}

fn complete(reply: &Reply, stream: bool, asked: usize) -> Response<Body> {
    // Four bytes a token: a guess, so that the page has something to show.
    let (prompt, completion) = (asked / 4, reply.text.len() / 4 + 1);
    let usage = json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion });
    let finish = if reply.tool.is_some() { "tool_calls" } else { "stop" };
    if !stream {
        let mut message = json!({ "role": "assistant", "content": reply.text });
        if let Some(tool) = &reply.tool {
            message["tool_calls"] = json!([call(tool)]);
        }
        let choice = json!({ "index": 0, "message": message, "finish_reason": finish });
        return whole(StatusCode::OK, &about("chat.completion", &json!([choice]), &usage));
    }
    let mut response = Response::new(StreamBody::new(pieces(reply, finish, &usage)).boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("text/event-stream"));
    response
}

/// The words one after the other, then the tool call, the end, and the usage.
fn pieces(
    reply: &Reply,
    finish: &str,
    usage: &Value,
) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + use<> {
    let delta = |delta: Value, finish: Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        event(&about("chat.completion.chunk", &json!([choice]), &Value::Null))
    };
    let said: Vec<Bytes> = reply
        .text
        .split_inclusive(' ')
        .map(|word| delta(json!({ "role": "assistant", "content": word }), Value::Null))
        .collect();
    let called = reply.tool.as_ref().map(|tool| delta(json!({ "tool_calls": [call(tool)] }), Value::Null));
    let last = [
        delta(json!({}), json!(finish)),
        event(&about("chat.completion.chunk", &json!([]), usage)),
        Bytes::from_static(b"data: [DONE]\n\n"),
    ];
    let all = said.into_iter().chain(called).chain(last);
    let pace = reply.pace;
    futures_util::stream::unfold((all, false), move |(mut all, paused)| async move {
        let piece = all.next()?;
        if paused {
            tokio::time::sleep(pace).await;
        }
        Some((Ok(Frame::data(piece)), (all, true)))
    })
}

fn call((name, arguments): &(String, String)) -> Value {
    // Ids need only differ within a conversation.
    let id = crate::random::key().unwrap_or_default();
    let id = format!("call_{}", id.get(..16).unwrap_or("0"));
    json!({ "index": 0, "id": id, "type": "function", "function": { "name": name, "arguments": arguments } })
}

fn about(object: &str, choices: &Value, usage: &Value) -> Value {
    json!({ "id": "demo", "object": object, "created": 0, "model": MODEL, "choices": choices, "usage": usage })
}

fn event(value: &Value) -> Bytes {
    format!("data: {value}\n\n").into()
}

fn whole(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Full::<Bytes>::from(value.to_string()).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    response
}

fn error(status: StatusCode, message: &str) -> Response<Body> {
    whole(status, &json!({ "error": { "message": message, "type": "invalid_request_error" } }))
}
