//! An instant without a library of calendars: a browser has one of its own, and the page must be small.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An instant in whole milliseconds, RFC 3339 in UTC on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Time(i64);

impl Time {
    /// The beginning of 1970.
    pub const UNIX_EPOCH: Self = Self(0);

    /// An instant by its milliseconds since 1970.
    ///
    /// # Errors
    /// None; a calendar's library has some.
    pub const fn from_millisecond(ms: i64) -> Result<Self, crate::ParseError> {
        Ok(Self(ms))
    }

    /// Milliseconds since 1970.
    pub const fn as_millisecond(self) -> i64 {
        self.0
    }

    /// Reads `2026-11-23T18:41:07.25Z`.
    ///
    /// # Errors
    /// Anything but a date and time in UTC.
    pub fn parse(text: &str) -> Result<Self, crate::ParseError> {
        read(text).map(Self).ok_or(crate::ParseError::new("time", "RFC 3339 in UTC"))
    }
}

fn read(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let rest = text.get(19..)?.strip_suffix('Z')?;
    let mut ms = 0;
    for (digit, worth) in rest.bytes().skip(1).zip([100, 10, 1]) {
        ms += i64::from(digit.wrapping_sub(b'0')) * worth;
    }
    // Days by the civil calendar, counted from a March so that a leap day is a year's last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 719_469;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms)
}

impl fmt::Display for Time {
    /// Milliseconds since 1970: nothing that the page sends has a time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for Time {
    type Error = crate::ParseError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Time> for String {
    fn from(time: Time) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_server_writes() {
        let texts = [
            "1970-01-01T00:00:00Z",
            "2024-02-29T23:59:59.999Z",
            "2026-03-01T00:00:00.5Z",
            "2000-12-31T07:08:09.123456Z",
        ];
        for text in texts {
            let right: jiff::Timestamp = text.parse().unwrap();
            assert_eq!(Time::parse(text).unwrap().as_millisecond(), right.as_millisecond(), "{text}");
        }
        for day in 0..20_000 {
            let right = jiff::Timestamp::from_second(day * 86_400 + 17).unwrap();
            assert_eq!(Time::parse(&right.to_string()).unwrap().as_millisecond(), right.as_millisecond());
        }
        for text in ["", "2024-02-29", "2024-02-29T23:59:59", "yesterday"] {
            assert!(Time::parse(text).is_err(), "{text}");
        }
    }
}
