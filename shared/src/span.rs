use crate::ParseError;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};

/// A length of time as people write it: `30m`, `1h30m`, `45s`, `0`. Whole seconds, at most 365 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(u64);

impl Span {
    /// A span of whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The same as a standard duration.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }

    /// True for `0`, which where it is allowed means never.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads `30m`, `1h30m`, `2d`, `45s`, `0`.
    ///
    /// # Errors
    /// Anything else, or more than 365 days.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let bad = ParseError::new("duration", "a number and a unit, such as 45s, 30m, 1h30m or 2d");
        if text == "0" {
            return Ok(Self(0));
        }
        let (mut total, mut digits, mut last_unit) = (0u64, String::new(), u64::MAX);
        for c in text.chars() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            let unit = match c {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                _ => return Err(bad),
            };
            let count: u64 = digits.parse().map_err(|_| bad.clone())?;
            if unit >= last_unit {
                return Err(bad);
            }
            total = count.checked_mul(unit).and_then(|s| s.checked_add(total)).ok_or_else(|| bad.clone())?;
            last_unit = unit;
            digits.clear();
        }
        if !digits.is_empty() || text.is_empty() || total > 365 * 86_400 {
            return Err(bad);
        }
        Ok(Self(total))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0");
        }
        let mut rest = self.0;
        for (unit, letter) in [(86_400, 'd'), (3600, 'h'), (60, 'm'), (1, 's')] {
            if rest >= unit {
                write!(f, "{}{letter}", rest / unit)?;
                rest %= unit;
            }
        }
        Ok(())
    }
}

impl FromStr for Span {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}
impl TryFrom<String> for Span {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        Self::parse(&text)
    }
}
impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Span {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("A duration such as 45s, 30m, 1h30m, 2d or 0"))
            .build()
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Span {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_print() {
        for (text, seconds) in [("30m", 1800), ("1h30m", 5400), ("0", 0), ("2d", 172_800), ("90s", 90)] {
            assert_eq!(Span::parse(text), Ok(Span(seconds)), "{text}");
        }
        assert_eq!(Span(5400).to_string(), "1h30m");
        for text in ["", "5", "m", "-1s", "1m1h", "1.5h", "1w", "366d", "99999999999999999999s"] {
            assert!(Span::parse(text).is_err(), "{text:?}");
        }
    }
}
