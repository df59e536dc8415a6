//! One connection: what is asked, and who answers it. All turns end with it.

use super::play::{Play, Shared, Turn};
use super::{Initialize, sessions::Sessions, wire};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Something that goes out.
#[derive(Debug)]
pub(super) enum Out {
    Message(Message),
    /// The connection breaks.
    Cut,
    /// The process ends with this code; what was said before has gone out.
    Die(i32),
}

pub(super) async fn talk(
    socket: WebSocketStream<TcpStream>,
    sessions: &Arc<Sessions>,
    initialize: Initialize,
) -> Result<()> {
    let (mut to, mut from) = socket.split();
    let (out, mut outs) = mpsc::unbounded_channel();
    let shared = Arc::new(Shared::new(out));
    let mut turns = JoinSet::new();
    loop {
        tokio::select! {
            next = outs.recv() => match next {
                Some(Out::Message(message)) => to.send(message).await.map_err(Error::other)?,
                Some(Out::Die(code)) => std::process::exit(code),
                Some(Out::Cut) | None => return Ok(()),
            },
            next = from.next() => match next {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text)?;
                    heed(&message, &shared, sessions, initialize, &mut turns)?;
                }
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Error::other(error)),
            },
        }
    }
}

fn heed(
    message: &Value,
    shared: &Arc<Shared>,
    sessions: &Arc<Sessions>,
    initialize: Initialize,
    turns: &mut JoinSet<()>,
) -> Result<()> {
    let (id, params) = (&message["id"], &message["params"]);
    let session = params["sessionId"].as_str().unwrap_or_default();
    let nothing = json!({});
    let done = |done: bool| match done {
        true => wire::result(id, &nothing),
        false => wire::error(id, -32002, "session not found"),
    };
    let answer = match message["method"].as_str() {
        Some("initialize") => wire::initialized(id, initialize),
        Some("session/new") => Some(wire::result(id, &json!({"sessionId": sessions.make()?}))),
        Some("session/load" | "session/set_mode" | "session/set_config_option") => {
            Some(done(sessions.has(session)))
        }
        Some("session/list") => Some(wire::result(id, &sessions.list()?)),
        Some("session/delete") => Some(done(sessions.forget(session))),
        Some("session/prompt") if shared.busy(session) => {
            Some(wire::error(id, -32602, "the session has an active run"))
        }
        Some("session/prompt") => {
            let blocks = params["prompt"].as_array().cloned().unwrap_or_default();
            let text: String = blocks.iter().filter_map(|block| block["text"].as_str()).collect();
            let turn = Turn { id: id.clone(), session: session.to_owned() };
            turns.spawn(Play::begin(shared, turn).through(text));
            None
        }
        Some("_goose/unstable/session/steer") => {
            let blocks = params["prompt"].as_array().cloned().unwrap_or_default();
            let text: String = blocks.iter().filter_map(|block| block["text"].as_str()).collect();
            match shared.busy(session) {
                true => {
                    shared.say(&wire::update(session, &wire::text(&format!("steered: {text}"))));
                    Some(wire::result(id, &json!({"runId": params["expectedRunId"], "messageId": "steered"})))
                }
                false => Some(wire::error(id, -32602, "no active run")),
            }
        }
        Some("session/cancel") => {
            shared.cancel(session);
            None
        }
        Some(method) => (!id.is_null()).then(|| wire::error(id, -32601, &format!("no method {method}"))),
        None => {
            shared.answered(id, &message["result"]["outcome"]);
            None
        }
    };
    if let Some(answer) = answer {
        shared.say(&answer);
    }
    Ok(())
}
