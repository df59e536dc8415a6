//! A turn, played act by act.

use super::link::Out;
use super::script::{self, Act};
use super::wire;
use crate::clock::lock;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::Message;

/// What the turns of a connection share.
#[derive(Debug)]
pub(super) struct Shared {
    out: mpsc::UnboundedSender<Out>,
    /// Running turns by session: each with who stops it.
    running: Mutex<HashMap<String, watch::Sender<bool>>>,
    questions: Mutex<HashMap<String, oneshot::Sender<Value>>>,
    numbers: AtomicU64,
    /// How many prompts were answered.
    answers: watch::Sender<u64>,
}

impl Shared {
    pub(super) fn new(out: mpsc::UnboundedSender<Out>) -> Self {
        let (running, questions) = (Mutex::default(), Mutex::default());
        Self { out, running, questions, numbers: AtomicU64::new(0), answers: watch::Sender::new(0) }
    }

    pub(super) fn say(&self, message: &Value) {
        self.send(Out::Message(Message::text(message.to_string())));
    }

    /// Whether a turn runs in this session.
    pub(super) fn busy(&self, session: &str) -> bool {
        lock(&self.running).contains_key(session)
    }

    /// The session's turn ends, and its question with it.
    pub(super) fn cancel(&self, session: &str) {
        if let Some(stop) = lock(&self.running).get(session) {
            stop.send_replace(true);
        }
    }

    /// Somebody chose.
    pub(super) fn answered(&self, question: &Value, outcome: &Value) {
        let asked = question.as_str().and_then(|id| lock(&self.questions).remove(id));
        // Who asked may have been stopped.
        asked.map(|asked| asked.send(outcome.clone()));
    }

    fn send(&self, out: Out) {
        // A connection that is gone hears nothing.
        let _ = self.out.send(out);
    }

    fn number(&self, of: &str) -> String {
        format!("{of}-{}", self.numbers.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// A prompt: its request, and where it is played.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) id: Value,
    pub(super) session: String,
}

/// A turn that runs.
#[derive(Debug)]
pub(super) struct Play {
    shared: Arc<Shared>,
    turn: Turn,
    stop: watch::Receiver<bool>,
}

impl Play {
    pub(super) fn begin(shared: &Arc<Shared>, turn: Turn) -> Self {
        let (stopper, stop) = watch::channel(false);
        lock(&shared.running).insert(turn.session.clone(), stopper);
        Self { shared: Arc::clone(shared), turn, stop }
    }

    /// Plays it to its end and answers the prompt.
    pub(super) async fn through(self, prompt: String) {
        self.update(&wire::run(Some(&self.shared.number("run"))));
        let mut stop = self.stop.clone();
        let answer = tokio::select! {
            answer = self.acts(&prompt) => answer,
            // The sender is in `running` until this has ended.
            _ = stop.wait_for(|stop| *stop) => wire::stopped(&self.turn.id, "cancelled"),
        };
        self.update(&wire::run(None));
        lock(&self.shared.running).remove(&self.turn.session);
        self.shared.say(&answer);
        self.shared.answers.send_modify(|answers| *answers += 1);
    }

    async fn acts(&self, prompt: &str) -> Value {
        for act in script::parse(prompt) {
            match act {
                Act::Error(code) => return wire::error(&self.turn.id, code, "told to fail"),
                act => self.act(act).await,
            }
        }
        wire::stopped(&self.turn.id, "end_turn")
    }

    async fn act(&self, act: Act) {
        match act {
            Act::Say(speech) => {
                for piece in speech.pieces {
                    self.update(&wire::text(&piece));
                    tokio::time::sleep(speech.delay).await;
                }
            }
            Act::Shell { command, output } => {
                for update in wire::shell(&self.shared.number("call"), &command, &output) {
                    self.update(&update);
                }
            }
            Act::Ask(command) => self.ask(&command).await,
            Act::Log(text) => eprintln!("{text}"),
            Act::Unknown(kind) => {
                self.update(&serde_json::json!({"sessionUpdate": kind, "what": "nobody knows"}));
            }
            Act::Garbage => {
                for text in ["{\"jsonrpc\": \"2.0\", ", "garbage", "[1, 2]", "{}", "{\"method\": 7}"] {
                    self.shared.send(Out::Message(Message::text(text)));
                }
                self.shared.send(Out::Message(Message::binary(vec![0xff, 0xfe, 0x00])));
            }
            Act::Huge(mib) => self.update(&wire::text(&"x".repeat(mib * 1024 * 1024))),
            Act::Late => {
                let mut answers = self.shared.answers.subscribe();
                let before = *answers.borrow_and_update();
                // The sender lives in `shared`.
                let _ = answers.wait_for(|answers| *answers > before).await;
            }
            Act::Cut => self.last(Out::Cut).await,
            Act::Die(code) => self.last(Out::Die(code)).await,
            Act::Error(_) | Act::Hang => std::future::pending::<()>().await,
        }
    }

    async fn ask(&self, command: &str) {
        let id = self.shared.number("question");
        let (choose, chosen) = oneshot::channel();
        lock(&self.shared.questions).insert(id.clone(), choose);
        self.shared.say(&wire::ask(&id, &self.turn.session, command));
        let outcome = chosen.await.unwrap_or_default();
        self.update(&wire::text(outcome["optionId"].as_str().unwrap_or("nothing was chosen")));
    }

    /// After which nothing comes.
    async fn last(&self, out: Out) {
        self.shared.send(out);
        std::future::pending::<()>().await;
    }

    fn update(&self, update: &Value) {
        self.shared.say(&wire::update(&self.turn.session, update));
    }
}
