//! A proxy in front of a Kubernetes API server that does to its clients what networks and API servers do: it delays,
//! refuses, cuts, holds watches, loses their events, shows old lists, and loses answers of what was done.
//!
//! Clients speak plain HTTP to it on loopback, with the token they would show the API server.

mod forward;
mod rule;
mod tunnel;
mod watching;

pub use rule::{Fault, Rule, Seen};

use forward::Upstream;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// Whether the API server can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// As it should.
    Up,
    /// Connections are closed at once, those that were open too.
    Refused,
    /// Connections are taken and then nothing is said, on those that were open too.
    Silent,
}

/// A running proxy. Dropping it ends it and all connections through it.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
    line: watch::Sender<Line>,
    /// Rises with every cut of what is open.
    cuts: watch::Sender<u64>,
    injected: Arc<AtomicUsize>,
    upstream: Upstream,
}

impl Shared {
    /// The fault of the first rule that is for this call, which is then used up by one.
    fn fault(&self, seen: &Seen) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let rule = rules.iter_mut().find(|rule| rule.times > 0 && rule.is_for(seen))?;
        rule.times -= 1;
        // An event has yet to come before it can be lost.
        if !matches!(rule.fault, Fault::LoseEvents { .. }) {
            self.injected.fetch_add(1, Ordering::Relaxed);
        }
        Some(rule.fault.clone())
    }

    fn note(&self, seen: Seen) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }
}

impl FaultProxy {
    /// Starts one on a free loopback port in front of the API server at `server` (`https://HOST:PORT`), whose
    /// certificate `ca` (PEM) vouches for.
    ///
    /// # Errors
    /// When no port can be had, or the certificate cannot be read.
    pub async fn start(server: &str, ca: &[u8]) -> io::Result<Self> {
        let upstream = Upstream::new(server, ca)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            rules: Mutex::default(),
            seen: Mutex::default(),
            line: watch::Sender::new(Line::Up),
            cuts: watch::Sender::new(0),
            injected: Arc::default(),
            upstream,
        });
        let task = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, task })
    }

    /// What goes into a kubeconfig as `server`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on this goes wrong too. Earlier rules come first.
    pub fn inject(&self, rule: Rule) {
        self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.shared.line.send_replace(Line::Up);
    }

    /// Takes the whole line away, or gives it back.
    pub fn set_line(&self, line: Line) {
        self.shared.line.send_replace(line);
    }

    /// Ends all connections that are open now, watches too; new ones are as the line and the rules say.
    pub fn cut(&self) {
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// How many faults of rules have happened so far: calls that went wrong, and events that were lost.
    pub fn injected(&self) -> usize {
        self.shared.injected.load(Ordering::Relaxed)
    }

    /// The calls that came so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(stream, Arc::clone(&shared)));
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let (mut line, mut cuts) = (shared.line.subscribe(), shared.cuts.subscribe());
    let service = service_fn(|request| forward::call(Arc::clone(&shared), request));
    let mut talk =
        std::pin::pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
    loop {
        let now = *line.borrow_and_update();
        match now {
            Line::Up => tokio::select! {
                // A client that went away is no fault of the proxy, and a cut is one on purpose.
                _ = &mut talk => return,
                _ = cuts.changed() => return,
                _ = line.changed() => {}
            },
            Line::Refused => return,
            // Not polled: neither reads nor writes.
            Line::Silent => drop(line.changed().await),
        }
    }
}
