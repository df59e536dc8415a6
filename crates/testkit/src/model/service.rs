//! The server's routes: the model's two, and the test's.

use super::answer::Answer;
use super::control::Control;
use super::request;
use super::script::Step;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// How many chunks may wait for a slow reader.
const QUEUE: usize = 64;

/// Answers one request.
pub(crate) async fn answer(
    request: Request<Incoming>,
    control: Arc<Control>,
) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path().trim_start_matches("/v1").to_owned();
    Ok(match (request.method(), path.as_str()) {
        (&Method::POST, "/chat/completions") => chat(request, control).await,
        (&Method::GET, "/models") => {
            json(StatusCode::OK, &json!({"object": "list", "data": [{"id": "gpt-4o", "object": "model"}]}))
        }
        (&Method::GET, "/control/requests") => json(StatusCode::OK, &json!(control.requests())),
        (&Method::DELETE, "/control/requests") => {
            control.forget();
            json(StatusCode::OK, &json!({}))
        }
        (&Method::POST, "/control/release") => {
            control.release();
            json(StatusCode::OK, &json!({}))
        }
        (&Method::GET, "/control/held") => {
            let count =
                request.uri().query().and_then(|q| q.strip_prefix("count=")?.parse().ok()).unwrap_or(1);
            control.held(count).await;
            json(StatusCode::OK, &json!({}))
        }
        _ => error(StatusCode::NOT_FOUND, "no such route"),
    })
}

async fn chat(request: Request<Incoming>, control: Arc<Control>) -> Response<Body> {
    let authorization = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let authorization = authorization.map(str::to_owned);
    let Ok(body) = request.into_body().collect().await else {
        return error(StatusCode::BAD_REQUEST, "the body broke off");
    };
    let Ok(body) = serde_json::from_slice::<Value>(&body.to_bytes()) else {
        return error(StatusCode::BAD_REQUEST, "not JSON");
    };
    let step = request::step(&body);
    let model = body["model"].as_str().unwrap_or("gpt-4o").to_owned();
    let streams = body["stream"] == true;
    let number = control.note(authorization, &request::prompt(&body), body);
    match step {
        Step::Error(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            error(status, &format!("scripted {}", status.as_u16()))
        }
        Step::Garbage => {
            response(StatusCode::OK, "text/event-stream", full("data: {\"choices\": [oh no\n\n"))
        }
        step if streams => stream_of(Answer { number, model, step }, control),
        step => json(StatusCode::OK, &Answer { number, model, step }.whole()),
    }
}

fn stream_of(answer: Answer, control: Arc<Control>) -> Response<Body> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    // Ends by itself as soon as the receiver, which the connection owns, is dropped.
    tokio::spawn(answer.stream(sender, control));
    let frames = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    response(StatusCode::OK, "text/event-stream", UnsyncBoxBody::new(StreamBody::new(frames)))
}

fn error(status: StatusCode, message: &str) -> Response<Body> {
    json(
        status,
        &json!({"error": {"message": message, "type": "scripted", "code": status.as_u16().to_string()}}),
    )
}

fn json(status: StatusCode, value: &Value) -> Response<Body> {
    response(status, "application/json", full(&value.to_string()))
}

fn full(text: &str) -> Body {
    Full::new(Bytes::copy_from_slice(text.as_bytes())).map_err(|never| match never {}).boxed_unsync()
}

fn response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content_type));
    response
}
