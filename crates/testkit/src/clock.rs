//! Time and randomness that a test decides on.

use async_trait::async_trait;
use gaggle_core::port::{Clock, Entropy};
use gaggle_shared::Time;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// A clock that stands still until a test moves it. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct ManualClock {
    now: Arc<watch::Sender<Time>>,
    sleepers: Arc<watch::Sender<Vec<Time>>>,
}

impl ManualClock {
    /// A clock that shows this instant.
    pub fn new(at: Time) -> Self {
        Self { now: Arc::new(watch::Sender::new(at)), sleepers: Arc::new(watch::Sender::new(Vec::new())) }
    }

    /// Moves it on and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| {
            *now = now.checked_add(by).unwrap_or(Time::MAX);
        });
    }

    /// Moves it on to this instant; never back.
    pub fn advance_to(&self, at: Time) {
        self.now.send_modify(|now| *now = at.max(*now));
    }

    /// Until when somebody sleeps now, earliest first.
    pub fn sleepers(&self) -> Vec<Time> {
        self.sleepers.borrow().clone()
    }

    /// Returns once somebody sleeps until an instant in this range, and says until when: a test then knows that
    /// a timer is set, and advances.
    pub async fn asleep(&self, range: impl std::ops::RangeBounds<Time>) -> Time {
        let mut sleepers = self.sleepers.subscribe();
        let found = |list: &Vec<Time>| list.iter().copied().find(|at| range.contains(at));
        match sleepers.wait_for(|list| found(list).is_some()).await.ok().and_then(|list| found(&list)) {
            Some(at) => at,
            None => std::future::pending().await,
        }
    }
}

impl Default for ManualClock {
    /// Midnight of 2027-01-01, UTC.
    fn default() -> Self {
        Self::new(Time::from_second(1_798_761_600).unwrap_or(Time::UNIX_EPOCH))
    }
}

/// Takes a sleeper off the list, also when it is cancelled.
struct Asleep<'a>(&'a watch::Sender<Vec<Time>>, Time);

impl<'a> Asleep<'a> {
    fn new(list: &'a watch::Sender<Vec<Time>>, at: Time) -> Self {
        list.send_modify(|list| {
            list.push(at);
            list.sort_unstable();
        });
        Self(list, at)
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|list| {
            if let Some(index) = list.iter().position(|at| *at == self.1) {
                list.remove(index);
            }
        });
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Time {
        *self.now.borrow()
    }

    async fn sleep_until(&self, at: Time) {
        let mut now = self.now.subscribe();
        let _asleep = Asleep::new(&self.sleepers, at);
        // The sender lives in `self`, so this ends only by the time coming.
        let _ = now.wait_for(|now| *now >= at).await;
    }
}

/// Bytes that follow from a seed (SplitMix64): the same in every run.
#[derive(Debug, Clone)]
pub struct SeededEntropy(Arc<Mutex<u64>>);

impl SeededEntropy {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed)))
    }
}

impl Default for SeededEntropy {
    fn default() -> Self {
        Self::new(1)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = lock(&self.0);
        for chunk in buffer.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A fake goes on after a test panicked while it held the lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_its_time_has_come() {
        let clock = ManualClock::default();
        let at = clock.now() + Duration::from_secs(3600);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(at).await }
        });
        assert_eq!(clock.asleep(..).await, at);
        clock.advance(Duration::from_secs(3599));
        assert_eq!(clock.sleepers(), [at]);
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
        assert_eq!(clock.sleepers(), []);
    }

    #[test]
    fn entropy_repeats_by_seed_and_differs_by_call() {
        let (a, b): (&dyn Entropy, &dyn Entropy) = (&SeededEntropy::new(7), &SeededEntropy::new(7));
        let first = a.ten();
        assert_eq!(first, b.ten());
        assert_ne!(first, a.ten());
    }
}
