use async_trait::async_trait;
use gaggle_core::port::{Clock, Entropy};
use gaggle_shared::Time;
use std::time::Duration;

/// A sleeping computer's timers stand still, its clock does not: so it is looked at this often.
const GLANCE: Duration = Duration::from_secs(60);

/// The computer's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Time {
        Time::now()
    }

    async fn sleep_until(&self, at: Time) {
        loop {
            let left = Duration::try_from(at.duration_since(self.now())).unwrap_or_default();
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(GLANCE)).await;
        }
    }
}

/// The system's randomness.
#[derive(Debug, Clone, Copy)]
pub(super) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        rand::Rng::fill(&mut rand::rng(), buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_instant_of_the_past_is_not_waited_for() {
        SystemClock.sleep_until(Time::UNIX_EPOCH).await;
    }
}
