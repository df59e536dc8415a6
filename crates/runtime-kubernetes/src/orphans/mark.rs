use gaggle_shared::Time;
use jiff::SignedDuration;
use std::fmt;

/// When it is written anew that an orphan's data is still one.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// After so long without that, it was none meanwhile or nobody looked: the day begins anew.
const GAP: SignedDuration = SignedDuration::from_hours(2);

/// What stands at an orphan's volume, so that a restart of the server does not begin the day anew: since when it has
/// been reported, and when that was last so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    since: Time,
    seen: Time,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} {:.0}", self.since, self.seen)
    }
}

impl Mark {
    /// Anything else is no mark.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (since, seen) = text.split_once(' ')?;
        let (since, seen) = (since.parse().ok()?, seen.parse().ok()?);
        (since <= seen).then_some(Self { since, seen })
    }

    /// What stands there from now on, and whether it has to be written. A mark from the future is none.
    pub(crate) fn renewed(old: Option<Self>, now: Time) -> (Self, bool) {
        match old {
            Some(mark) if (SignedDuration::ZERO..=GAP).contains(&now.duration_since(mark.seen)) => {
                let stale = now.duration_since(mark.seen) >= AGAIN;
                (if stale { Self { seen: now, ..mark } } else { mark }, stale)
            }
            _ => (Self { since: now, seen: now }, true),
        }
    }

    /// Since when it has been reported.
    pub(crate) fn since(self) -> Time {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64, minutes: i64) -> Time {
        Time::UNIX_EPOCH + SignedDuration::from_hours(hours) + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_day_goes_on_over_restarts_but_not_over_a_gap() {
        let (first, written) = Mark::renewed(None, at(10, 0));
        assert!(written && first.since() == at(10, 0));
        let read = Mark::parse(&first.to_string()).unwrap();
        assert_eq!(read, first);
        assert_eq!(Mark::renewed(Some(read), at(10, 59)), (first, false), "not written at every look");
        let (later, written) = Mark::renewed(Some(read), at(11, 30));
        assert!(written && later.since() == at(10, 0));
        assert_eq!(Mark::renewed(Some(later), at(13, 31)).0.since(), at(13, 31), "nobody looked meanwhile");
        assert_eq!(Mark::renewed(Some(later), at(9, 0)).0.since(), at(9, 0), "from the future");
        for bad in ["", "yes", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z 2026-01-01T00:00:00Z"] {
            assert_eq!(Mark::parse(bad), None, "{bad}");
        }
    }
}
