//! ACP clients that a relay passes through over its link.

use gaggle_relay_protocol::{CLIENTS, FromServer, LONGEST_TEXT, Pass, WINDOW};
use gaggle_shared::ProjectId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{
    Semaphore,
    mpsc::{self, error::TrySendError},
};

/// Clients that wait to be served.
const WAITING: usize = 16;
/// What waits to be written to a link, of all its clients.
const OUTGOING: usize = 64;
/// Refusals that wait to be written to a link.
const REFUSALS: usize = 64;

/// The clients that come in at relays' ports.
#[derive(Debug)]
pub struct Tunnels(mpsc::Receiver<Tunnel>);

impl Tunnels {
    pub(super) fn new() -> (mpsc::Sender<Tunnel>, Self) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (sender, Self(receiver))
    }

    /// The next one; none: the hub is closed.
    pub async fn next(&mut self) -> Option<Tunnel> {
        self.0.recv().await
    }
}

/// A client that a relay has let in with the project's key.
#[derive(Debug)]
pub struct Tunnel {
    /// Whose relay it is: known by the token of its link.
    pub project: ProjectId,
    client: u64,
    from: mpsc::Receiver<String>,
    credit: Arc<Semaphore>,
    link: mpsc::Sender<FromServer>,
    refusals: Arc<Semaphore>,
}

impl Tunnel {
    /// Turns it away.
    pub fn refuse(self, reason: &str) {
        let close = Pass::Close { client: self.client, reason: reason.to_owned() };
        let Err(TrySendError::Full(close)) = self.link.try_send(FromServer::Pass(close)) else { return };
        // The link is full for now: unheard, the client would wait for ever. Where so many wait, the relay reads
        // nothing, and its link ends soon with all its clients.
        if let Ok(place) = self.refusals.try_acquire_owned() {
            tokio::spawn(async move {
                drop(self.link.send(close).await);
                drop(place);
            });
        }
    }

    /// Its texts, and what takes texts for it; it ends when either is dropped, or its link ends.
    pub fn accept(self) -> (mpsc::Receiver<String>, mpsc::Sender<String>) {
        let Self { client, mut from, credit, link, .. } = self;
        let (heard, texts) = mpsc::channel(1);
        let (to, mut said) = mpsc::channel::<String>(WINDOW);
        tokio::spawn(async move {
            let hear = async {
                while let Some(text) = from.recv().await {
                    let taken = Pass::Taken { client, count: 1 };
                    if heard.send(text).await.is_err() || link.send(FromServer::Pass(taken)).await.is_err() {
                        break;
                    }
                }
                drop(heard);
            };
            let say = async {
                while let Some(text) = said.recv().await {
                    let Ok(one) = credit.acquire().await else { break };
                    one.forget();
                    let text = Pass::Text { client, text };
                    if link.send(FromServer::Pass(text)).await.is_err() {
                        break;
                    }
                }
            };
            // The client's end drops `heard`, by which whoever serves it ends and drops `to`; and the other way round.
            tokio::select! {
                ((), ()) = async { tokio::join!(hear, async { link.closed().await }) } => {}
                () = say => {}
            }
            let close = Pass::Close { client, reason: String::new() };
            drop(link.send(FromServer::Pass(close)).await);
        });
        (texts, to)
    }
}

/// The clients of one link.
#[derive(Debug)]
pub(super) struct Passing<'a> {
    project: ProjectId,
    served: Option<&'a mpsc::Sender<Tunnel>>,
    link: mpsc::Sender<FromServer>,
    open: Mutex<HashMap<u64, Opened>>,
    refusals: Arc<Semaphore>,
}

#[derive(Debug)]
struct Opened {
    heard: mpsc::Sender<String>,
    credit: Arc<Semaphore>,
}

impl Drop for Opened {
    /// Nothing is taken any more: what waits to be said need not wait.
    fn drop(&mut self) {
        self.credit.close();
    }
}

impl<'a> Passing<'a> {
    /// Those of a link of this project, and what is to be written to it.
    pub(super) fn new(
        project: &ProjectId,
        served: Option<&'a mpsc::Sender<Tunnel>>,
    ) -> (Self, mpsc::Receiver<FromServer>) {
        let (link, outgoing) = mpsc::channel(OUTGOING);
        let refusals = Arc::new(Semaphore::new(REFUSALS));
        (Self { project: project.clone(), served, link, open: Mutex::default(), refusals }, outgoing)
    }

    /// What is sent here is written to the link too.
    pub(super) fn link(&self) -> mpsc::Sender<FromServer> {
        self.link.clone()
    }

    /// Whether clients are served at all.
    pub(super) fn ready(&self) -> bool {
        self.served.is_some()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Opened>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the relay says of a client. It never waits: the link is for the agent first.
    pub(super) fn heard(&self, pass: Pass) {
        match pass {
            Pass::Ready => {}
            Pass::Open { client } => self.came(client),
            Pass::Text { client, text } => {
                let mut open = self.open();
                let Some(one) = open.get(&client) else { return };
                // More than was allowed: no relay of ours does that.
                if text.len() > LONGEST_TEXT || one.heard.try_send(text).is_err() {
                    open.remove(&client);
                }
            }
            Pass::Taken { client, count } => {
                if let Some(one) = self.open().get(&client) {
                    let room = WINDOW.saturating_sub(one.credit.available_permits());
                    one.credit.add_permits(room.min(count as usize));
                }
            }
            Pass::Close { client, .. } => drop(self.open().remove(&client)),
        }
    }

    fn came(&self, client: u64) {
        let (heard, from) = mpsc::channel(WINDOW);
        let credit = Arc::new(Semaphore::new(WINDOW));
        let tunnel = Tunnel {
            project: self.project.clone(),
            client,
            from,
            credit: Arc::clone(&credit),
            link: self.link.clone(),
            refusals: Arc::clone(&self.refusals),
        };
        let mut open = self.open();
        if open.len() >= CLIENTS || open.contains_key(&client) {
            return tunnel.refuse("too many ACP clients are connected");
        }
        match self.served.map(|served| served.try_send(tunnel)) {
            Some(Ok(())) => drop(open.insert(client, Opened { heard, credit })),
            Some(Err(error)) => error.into_inner().refuse("too many ACP clients are connected"),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
