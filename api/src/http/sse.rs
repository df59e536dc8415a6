//! Server-sent events: framing, heartbeats, and the end when the server goes down.

use super::{App, metrics::Counted};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{FutureExt, Stream, StreamExt, stream, stream::BoxStream};
use gaggle_core::service::Line;
use std::{convert::Infallible, future};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// What has come is written together, up to about this many bytes.
const BURST: usize = 32 * 1024;

/// Opens the stream: proxies pass the head on at once, and a browser that lost it comes back after a second.
const OPENING: &str = "retry: 1000\n: open\n\n";
const HEARTBEAT: &str = ": still here\n\n";

/// A journal's event as a frame; its JSON is written as it is.
pub(super) fn line(line: &Line) -> Bytes {
    let mut frame = BytesMut::with_capacity(line.json.len() + line.kind.len() + 48);
    frame.put_slice(b"id: ");
    frame.put_slice(line.seq.to_string().as_bytes());
    frame.put_slice(b"\nevent: ");
    frame.put_slice(line.kind.as_bytes());
    frame.put_slice(b"\ndata: ");
    frame.put_slice(line.json.as_bytes());
    frame.put_slice(b"\n\n");
    frame.freeze()
}

/// A frame of any text: a line break in it becomes another `data:` line.
pub(super) fn frame(id: Option<&str>, event: Option<&str>, data: &str) -> Bytes {
    let mut frame = String::with_capacity(data.len() + 64);
    if let Some(id) = id {
        frame.push_str(&format!("id: {id}\n"));
    }
    if let Some(event) = event {
        frame.push_str(&format!("event: {event}\n"));
    }
    for part in data.split('\n') {
        frame.push_str("data: ");
        frame.extend(part.chars().filter(|c| *c != '\r'));
        frame.push('\n');
    }
    frame.push('\n');
    frame.into()
}

/// The answer that carries these frames. It is never compressed and never buffered by a proxy.
pub(super) fn response(app: &App, frames: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let body = Body::from_stream(frames_with_heartbeat(app, frames.fuse().boxed()).map(Ok::<_, Infallible>));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

struct State {
    frames: BoxStream<'static, Bytes>,
    beat: Interval,
    closing: CancellationToken,
    _counted: Counted,
}

fn frames_with_heartbeat(app: &App, frames: BoxStream<'static, Bytes>) -> impl Stream<Item = Bytes> + use<> {
    let mut beat = interval(app.limits.heartbeat);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat.reset();
    let state = State { frames, beat, closing: app.closing.clone(), _counted: app.metrics.reader() };
    let rest = stream::unfold(state, |mut state| async move {
        let chunk = tokio::select! {
            biased;
            () = state.closing.cancelled() => None,
            frame = state.frames.next() => match frame {
                Some(first) => Some(burst(first, &mut state.frames)),
                None => None,
            },
            _ = state.beat.tick() => Some(Bytes::from_static(HEARTBEAT.as_bytes())),
        }?;
        state.beat.reset();
        Some((chunk, state))
    });
    stream::once(future::ready(Bytes::from_static(OPENING.as_bytes()))).chain(rest)
}

/// Joins what is there already: one write for many small events.
fn burst(first: Bytes, frames: &mut BoxStream<'static, Bytes>) -> Bytes {
    let Some(Some(second)) = frames.next().now_or_never() else { return first };
    let mut joined = BytesMut::with_capacity(BURST.min((first.len() + second.len()) * 4));
    joined.put(first);
    joined.put(second);
    while joined.len() < BURST {
        match frames.next().now_or_never() {
            Some(Some(next)) => joined.put(next),
            _ => break,
        }
    }
    joined.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_framed_with_id_type_and_json() {
        let event = Line { seq: 7, kind: "turn.ended", turn: None, json: r#"{"seq":7}"#.into() };
        assert_eq!(line(&event), "id: 7\nevent: turn.ended\ndata: {\"seq\":7}\n\n");
    }

    #[test]
    fn text_cannot_break_out_of_its_frame() {
        assert_eq!(frame(None, None, "a\r\nevent: x\n"), "data: a\ndata: event: x\ndata: \n\n");
    }

    #[test]
    fn what_has_come_is_written_together_and_nothing_is_lost() {
        let many: Vec<Bytes> = (0..5000).map(|n| Bytes::from(format!("data: {n}\n\n"))).collect();
        let whole: Vec<u8> = many.concat();
        let mut frames = stream::iter(many).boxed();
        let mut seen = Vec::new();
        while let Some(Some(first)) = frames.next().now_or_never() {
            let chunk = burst(first, &mut frames);
            assert!(chunk.len() < BURST + 64);
            seen.extend_from_slice(&chunk);
        }
        assert_eq!(seen, whole);
    }
}
