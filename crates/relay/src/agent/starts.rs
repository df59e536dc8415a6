//! When Goose may be started again.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// So many starts within [`WINDOW`] are a crash loop.
const STARTS: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);
/// Pauses before the next start; the last one repeats.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5)];

/// The starts of the last minute.
#[derive(Debug, Default)]
pub(super) struct Starts(VecDeque<Instant>);

impl Starts {
    /// Goose is started now.
    pub(super) fn begin(&mut self, now: Instant) {
        self.0.push_back(now);
    }

    /// Goose has ended now: the pause before the next start, or nothing for a crash loop.
    pub(super) fn next(&mut self, now: Instant) -> Option<Duration> {
        self.0.retain(|start| now.duration_since(*start) < WINDOW);
        let pause = self.0.len().saturating_sub(1).min(PAUSES.len() - 1);
        (self.0.len() < STARTS).then(|| PAUSES[pause])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_starts_in_a_minute_are_a_crash_loop_and_a_long_run_forgives() {
        let mut starts = Starts::default();
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        loop {
            starts.begin(now);
            let Some(pause) = starts.next(now) else { break };
            pauses.push(pause.as_millis());
            now += pause;
        }
        assert_eq!(pauses, [200, 1000, 5000, 5000]);
        now += WINDOW;
        assert_eq!(starts.next(now), Some(PAUSES[0]), "the fifth ran for a minute");
    }
}
