use crate::{ParseError, error::text_type};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A project's name: 1 to 100 characters, trimmed, no control characters, unique per user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(Arc<str>);

impl ProjectName {
    /// Trims and checks.
    ///
    /// # Errors
    /// Empty, longer than 100 characters, or with a control or direction-changing character.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let deceives = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        let good =
            (1..=100).contains(&text.chars().count()) && !text.chars().any(|c| c.is_control() || deceives(c));
        if good {
            Ok(Self(text.into()))
        } else {
            Err(ParseError::new("name", "1 to 100 characters, no control characters"))
        }
    }
}
text_type!(ProjectName, "1 to 100 characters, trimmed, no control characters, unique per user");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_checked() {
        assert_eq!(ProjectName::parse("  billing 🦆 ").unwrap().as_str(), "billing 🦆");
        assert!(ProjectName::parse(&"ä".repeat(100)).is_ok());
        for text in ["", "   ", "a\nb", "a\u{0}b", "a\u{202e}b", &"a".repeat(300)] {
            assert!(ProjectName::parse(text).is_err(), "{text:?}");
        }
    }
}
