//! When Goose may be started again.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// So many starts within [`WINDOW`] are a crash loop.
const STARTS: usize = 5;
/// So many in a row that did not answer `initialize` in time hang for good, however long that takes.
const HANGS: usize = 3;
const WINDOW: Duration = Duration::from_secs(60);
/// Pauses before the next start; the last one repeats.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5)];

/// The starts of the last minute, and how many of the last hung.
#[derive(Debug, Default)]
pub(super) struct Starts {
    begun: VecDeque<Instant>,
    hung: usize,
}

impl Starts {
    /// Goose is started now.
    pub(super) fn begin(&mut self, now: Instant) {
        self.begun.push_back(now);
    }

    /// Goose has ended now, or was ended because it hung: the pause before the next start, or nothing for one that
    /// will not come up.
    pub(super) fn next(&mut self, now: Instant, hung: bool) -> Option<Duration> {
        self.hung = if hung { self.hung + 1 } else { 0 };
        self.begun.retain(|start| now.duration_since(*start) < WINDOW);
        let pause = self.begun.len().saturating_sub(1).min(PAUSES.len() - 1);
        (self.begun.len() < STARTS && self.hung < HANGS).then(|| PAUSES[pause])
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
            let Some(pause) = starts.next(now, false) else { break };
            pauses.push(pause.as_millis());
            now += pause;
        }
        assert_eq!(pauses, [200, 1000, 5000, 5000]);
        now += WINDOW;
        assert_eq!(starts.next(now, false), Some(PAUSES[0]), "the fifth ran for a minute");
    }

    #[test]
    fn three_that_hang_in_a_row_are_given_up_however_long_each_took() {
        let mut starts = Starts::default();
        let mut now = Instant::now();
        let mut after = |hung| {
            starts.begin(now);
            now += 2 * WINDOW;
            starts.next(now, hung)
        };
        assert!(after(true).is_some() && after(true).is_some());
        assert!(after(false).is_some(), "it came up");
        assert!(after(true).is_some() && after(true).is_some());
        assert_eq!(after(true), None);
    }
}
