//! Saying a step in the protocol: a stream of chunks, or one JSON body.

use super::control::Control;
use super::script::{End, Speech, Step, speech};
use bytes::Bytes;
use hyper::body::Frame;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Frames of a body; an error drops the connection.
pub(crate) type Frames = mpsc::Sender<io::Result<Frame<Bytes>>>;

/// A step with its echo resolved, ready to be said.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Names the answer in its chunks.
    pub(crate) number: u64,
    /// As asked for.
    pub(crate) model: String,
    /// What to say.
    pub(crate) step: Step,
}

impl Answer {
    /// Streams it until it ends or nobody reads.
    pub(crate) async fn stream(self, frames: Frames, control: Arc<Control>) {
        let closed = frames.clone();
        tokio::select! {
            _ = self.say(&frames, &control) => {}
            () = closed.closed() => {}
        }
    }

    async fn say(&self, frames: &Frames, control: &Control) -> Option<()> {
        match &self.step {
            Step::Say(speech) => self.speak(speech, frames, control).await,
            Step::Call(calls) => {
                self.send(frames, &json!({"role": "assistant", "tool_calls": self.calls(calls)}), None)
                    .await?;
                self.finish(frames, "tool_calls", calls.len()).await
            }
            // Answered by the service, without a stream.
            Step::Error(_) | Step::Garbage | Step::Echo(_) => Some(()),
        }
    }

    async fn speak(&self, speech: &Speech, frames: &Frames, control: &Control) -> Option<()> {
        // From when to when, and not so long after each: what saying it takes shall not make it slower than was asked for.
        let mut next = Instant::now();
        for (index, piece) in speech.pieces.iter().enumerate() {
            if speech.hold == Some(index) {
                control.hold().await;
                next = Instant::now();
            }
            if index > 0 && !speech.delay.is_zero() {
                next += speech.delay;
                sleep_until(next).await;
            }
            let stamp = speech.stamped.then(|| format!("{} ", control.age().as_nanos()));
            let piece = stamp.as_deref().unwrap_or(piece);
            self.send(frames, &json!({"role": "assistant", "content": piece}), None).await?;
        }
        if speech.hold == Some(speech.pieces.len()) {
            control.hold().await;
        }
        match speech.end {
            End::Proper => self.finish(frames, "stop", speech.pieces.len()).await,
            End::Cut => frames.send(Err(io::Error::other("the script cuts here"))).await.ok(),
            End::Hang => std::future::pending().await,
        }
    }

    async fn finish(&self, frames: &Frames, reason: &str, tokens: usize) -> Option<()> {
        self.send(frames, &json!({}), Some(reason)).await?;
        let mut last = self.chunk(&json!([]));
        last["usage"] = usage(tokens);
        data(frames, &last.to_string()).await?;
        data(frames, "[DONE]").await
    }

    async fn send(&self, frames: &Frames, delta: &Value, finish: Option<&str>) -> Option<()> {
        let choices = json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
        data(frames, &self.chunk(&choices).to_string()).await
    }

    fn chunk(&self, choices: &Value) -> Value {
        json!({"id": format!("chatcmpl-{}", self.number), "object": "chat.completion.chunk", "created": 0,
            "model": self.model, "choices": choices})
    }

    fn calls(&self, calls: &[(String, Value)]) -> Vec<Value> {
        let call = |(index, (name, arguments)): (usize, &(String, Value))| {
            json!({"index": index, "id": format!("call_{}_{index}", self.number), "type": "function",
                "function": {"name": name, "arguments": arguments.to_string()}})
        };
        calls.iter().enumerate().map(call).collect()
    }

    /// The whole answer as one body, for a caller that does not stream.
    pub(crate) fn whole(&self) -> Value {
        let (message, reason) = match &self.step {
            Step::Say(speech) => (json!({"role": "assistant", "content": speech.pieces.concat()}), "stop"),
            Step::Call(calls) => {
                (json!({"role": "assistant", "content": null, "tool_calls": self.calls(calls)}), "tool_calls")
            }
            Step::Error(_) | Step::Garbage | Step::Echo(_) => {
                (json!({"role": "assistant", "content": ""}), "stop")
            }
        };
        json!({"id": format!("chatcmpl-{}", self.number), "object": "chat.completion", "created": 0,
            "model": self.model, "usage": usage(1),
            "choices": [{"index": 0, "message": message, "finish_reason": reason}]})
    }
}

/// Says a text word by word, with so much time between two of them.
pub(crate) fn text(text: &str, delay: Duration) -> Step {
    Step::Say(Speech { delay, ..speech(text) })
}

fn usage(tokens: usize) -> Value {
    json!({"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens})
}

/// One event of the stream. `None`: nobody reads any more.
async fn data(frames: &Frames, text: &str) -> Option<()> {
    frames.send(Ok(Frame::data(Bytes::from(format!("data: {text}\n\n"))))).await.ok()
}
