//! A model server whose answers are written in the prompt, so that a test drives the real Goose to do
//! exactly what it needs. Speaks the OpenAI chat API, streaming, on loopback.
//!
//! Each line of the prompt that begins with `@` is what one call of the model answers, in their order:
//!
//! | line | the model |
//! |---|---|
//! | `@say TEXT` | answers TEXT, word by word |
//! | `@words N [delay=MS] [hold=K]` | answers [`words`]`(N)`, MS between two; stops after K until released |
//! | `@stamps N [delay=MS] [hold=K]` | as `@words`, but each word is the [`ScriptedModel::age`] at which it was said, in ns |
//! | `@shell COMMAND [;; COMMAND]…` | calls the tool `shell`, once per command, all in one answer |
//! | `@tool NAME JSON` | calls a tool by name |
//! | `@error STATUS` | answers with that HTTP status |
//! | `@garbage` | answers 200 with what is no stream of chunks |
//! | `@cut K` | says K words and drops the connection |
//! | `@hang [K]` | says K words (0) and then nothing, for ever |
//! | `@echo [delay=MS]` | repeats what the tools answered, or the rest of the prompt, with a pause after each word |
//!
//! After the last line, and for a prompt without such lines, it is `@echo`.

mod answer;
mod control;
mod request;
pub(crate) mod script;
mod service;

pub use control::Seen;
pub use script::words;

use control::Control;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// A running model server. Dropping it ends it and every answer it is giving.
#[derive(Debug)]
pub struct ScriptedModel {
    addr: SocketAddr,
    control: Arc<Control>,
    task: JoinHandle<()>,
}

impl ScriptedModel {
    /// Starts one on a free loopback port.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> io::Result<Self> {
        Self::start_on((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Starts one on this address.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start_on(addr: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let control = Arc::new(Control::default());
        let task = tokio::spawn(serve(listener, Arc::clone(&control)));
        Ok(Self { addr, control, task })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What goes into `OPENAI_HOST`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The variables that make Goose use it.
    pub fn env(&self) -> [(&'static str, String); 4] {
        [
            ("GOOSE_PROVIDER", "openai".to_owned()),
            ("GOOSE_MODEL", "gpt-4o".to_owned()),
            ("OPENAI_HOST", self.url()),
            ("OPENAI_API_KEY", "scripted".to_owned()),
        ]
    }

    /// How long it has run: the clock of `@stamps`.
    pub fn age(&self) -> Duration {
        self.control.age()
    }

    /// The requests so far, oldest first; the last 1000 are kept.
    pub fn requests(&self) -> Vec<Seen> {
        self.control.requests()
    }

    /// Waits until at least `count` answers stand at their `hold=`.
    pub async fn held(&self, count: usize) {
        self.control.held(count).await;
    }

    /// Waits until at most `count` answers still stand at their `hold=`: others were released, or their
    /// reader has left.
    pub async fn held_at_most(&self, count: usize) {
        self.control.held_at_most(count).await;
    }

    /// Lets one held answer go on, now or when it gets there.
    pub fn release(&self) {
        self.control.release();
    }

    /// Runs until the task is aborted; for the program.
    ///
    /// # Errors
    /// When the server's task has died.
    pub async fn forever(mut self) -> io::Result<()> {
        (&mut self.task).await.map_err(io::Error::other)
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Accepts for ever. The connections live in the set and end with it.
async fn serve(listener: TcpListener, control: Arc<Control>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                stream.set_nodelay(true).ok();
                let control = Arc::clone(&control);
                let service = service_fn(move |request| service::answer(request, Arc::clone(&control)));
                connections.spawn(async move {
                    // An error here is the client's going away, which scripts provoke.
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
