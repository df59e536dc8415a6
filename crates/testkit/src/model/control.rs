//! What a test sees of the model and how it holds it.

use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};

/// How many requests are kept.
const KEPT: usize = 1000;

/// One request that Goose made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// Counted from 1.
    pub number: u64,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The person's last message in it.
    pub prompt: String,
    /// The whole body.
    pub body: Value,
}

/// Shared by the server's connections and the test.
#[derive(Debug)]
pub(crate) struct Control {
    begun: Instant,
    log: Mutex<Log>,
    gate: Semaphore,
    held: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Log {
    count: u64,
    kept: VecDeque<Seen>,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            log: Mutex::default(),
            gate: Semaphore::new(0),
            held: watch::Sender::new(0),
        }
    }
}

impl Control {
    /// Since its start.
    pub(crate) fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Notes a request; its number.
    pub(crate) fn note(&self, authorization: Option<String>, prompt: &str, body: Value) -> u64 {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.count += 1;
        let number = log.count;
        if log.kept.len() == KEPT {
            log.kept.pop_front();
        }
        log.kept.push_back(Seen { number, authorization, prompt: prompt.to_owned(), body });
        number
    }

    /// Everything kept, oldest first.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).kept.iter().cloned().collect()
    }

    /// Forgets the requests so far; the count goes on.
    pub(crate) fn forget(&self) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).kept.clear();
    }

    /// Stands still until released.
    pub(crate) async fn hold(&self) {
        let _here = Here::new(&self.held);
        // The semaphore is never closed.
        if let Ok(permit) = self.gate.acquire().await {
            permit.forget();
        }
    }

    /// Lets one go.
    pub(crate) fn release(&self) {
        self.gate.add_permits(1);
    }

    /// Waits until at least this many stand still.
    pub(crate) async fn held(&self, count: usize) {
        // The sender is ours, so the channel cannot be closed.
        self.held.subscribe().wait_for(|held| *held >= count).await.ok();
    }

    /// Waits until at most this many stand still.
    pub(crate) async fn held_at_most(&self, count: usize) {
        self.held.subscribe().wait_for(|held| *held <= count).await.ok();
    }
}

/// Counted while it lives, so that an answer whose reader left is not.
struct Here<'a>(&'a watch::Sender<usize>);

impl<'a> Here<'a> {
    fn new(held: &'a watch::Sender<usize>) -> Self {
        held.send_modify(|count| *count += 1);
        Self(held)
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
