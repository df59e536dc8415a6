use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};
use std::time::Duration;
use tokio::time::Instant;

/// How long a watch lasts before it is opened anew; the server ends it by itself then.
pub(super) const LASTS: Duration = Duration::from_secs(20);

/// How long nothing may be heard of a watch: by then the server should have ended it.
pub(super) const SILENCE: Duration = Duration::from_secs(23);

/// Whether a watch is alive.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// When it was last heard of; none: what it showed is not whole, or it is known to be dead.
    heard: Mutex<Option<Instant>>,
    round: AtomicU32,
}

impl Pulse {
    /// Something was heard of a watch that has shown everything.
    pub(super) fn beat(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// It is dead, or has not begun.
    pub(super) fn stopped(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What it showed can be believed.
    pub(super) fn alive(&self) -> bool {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.is_some_and(|at| at.elapsed() < SILENCE)
    }

    /// A new listing begins; answers with its number.
    pub(super) fn begin(&self) -> u32 {
        self.round.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The last listing's number.
    pub(super) fn round(&self) -> u32 {
        self.round.load(Ordering::Relaxed)
    }
}
