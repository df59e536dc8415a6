//! ACP clients that came in at `/acp` with the project's key: passed through to the server, which serves them.

mod carry;

pub(crate) use carry::carry;

use gaggle_relay_protocol::{CLIENTS, Pass, WINDOW};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, mpsc};

/// The clients that are connected.
#[derive(Debug, Default)]
pub(crate) struct Tunnels(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The server that is linked serves clients.
    ready: bool,
    /// Clients are counted over all links.
    last: u64,
    open: HashMap<u64, Open>,
}

#[derive(Debug)]
struct Open {
    to: mpsc::Sender<String>,
    credit: Arc<Semaphore>,
}

/// A client that was let in.
#[derive(Debug)]
pub(crate) struct Entered {
    pub(crate) client: u64,
    /// What the server says to it; ends with the link.
    pub(crate) from: mpsc::Receiver<String>,
    /// How much it may still say.
    pub(crate) credit: Arc<Semaphore>,
}

impl Tunnels {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a client in, or says why not.
    pub(crate) fn enter(&self) -> Result<Entered, &'static str> {
        let mut state = self.state();
        if !state.ready {
            return Err("the server is away; ACP clients are served again once it is back");
        }
        if state.open.len() >= CLIENTS {
            return Err("too many ACP clients are connected");
        }
        state.last += 1;
        let client = state.last;
        let (to, from) = mpsc::channel(WINDOW);
        let credit = Arc::new(Semaphore::new(WINDOW));
        state.open.insert(client, Open { to, credit: Arc::clone(&credit) });
        Ok(Entered { client, from, credit })
    }

    /// A client is gone.
    pub(crate) fn leave(&self, client: u64) {
        self.state().open.remove(&client);
    }

    /// What the server says.
    pub(crate) fn heard(&self, pass: Pass) {
        let mut state = self.state();
        match pass {
            Pass::Ready => state.ready = true,
            Pass::Text { client, text } => {
                // More than was allowed: the client is let go rather than anything kept for it.
                if state.open.get(&client).is_some_and(|open| open.to.try_send(text).is_err()) {
                    state.open.remove(&client);
                }
            }
            Pass::Taken { client, count } => {
                if let Some(open) = state.open.get(&client) {
                    let room = WINDOW.saturating_sub(open.credit.available_permits());
                    open.credit.add_permits(room.min(count as usize));
                }
            }
            Pass::Close { client, .. } => drop(state.open.remove(&client)),
            Pass::Open { .. } => {}
        }
    }

    /// The link has ended, and every client with it: the server cannot know them any more.
    pub(crate) fn parted(&self) {
        let mut state = self.state();
        state.ready = false;
        state.open.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_let_in_before_the_server_serves_or_after_it_left() {
        let tunnels = Tunnels::default();
        assert!(tunnels.enter().is_err());
        tunnels.heard(Pass::Ready);
        let mut first = tunnels.enter().unwrap();
        tunnels.heard(Pass::Text { client: first.client, text: "hi".into() });
        assert_eq!(first.from.try_recv().as_deref(), Ok("hi"));
        tunnels.parted();
        assert!(first.from.try_recv().is_err() && first.from.is_closed());
        assert!(tunnels.enter().is_err());
        tunnels.heard(Pass::Ready);
        assert!(tunnels.enter().unwrap().client > first.client, "a number is never used again");
    }

    #[test]
    fn clients_and_what_waits_for_them_are_bounded() {
        let tunnels = Tunnels::default();
        tunnels.heard(Pass::Ready);
        let mut all: Vec<Entered> = (0..CLIENTS).map(|_| tunnels.enter().unwrap()).collect();
        assert!(tunnels.enter().is_err());
        let slow = all.pop().unwrap();
        for _ in 0..=WINDOW {
            tunnels.heard(Pass::Text { client: slow.client, text: "x".into() });
        }
        assert!(slow.from.is_closed(), "who takes nothing is let go");
        tunnels.heard(Pass::Taken { client: all[0].client, count: u32::MAX });
        assert_eq!(all[0].credit.available_permits(), WINDOW);
    }
}
