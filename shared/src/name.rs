use crate::{ParseError, error::text_type};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A project's name: 1 to 100 characters, trimmed, no control characters, unique per user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(Arc<str>);

impl ProjectName {
    /// Trims and checks. Other characters that cannot be seen are shown by who shows names ([`in_sight`]).
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

/// True for characters that hide, move or reorder others, or cannot be seen at all; not for spaces.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The characters of a text, each with whether it is seen: also by what it does, as what joins or parts two letters or
/// signs (👩‍💻, می‌خواهم) that are not ASCII.
pub fn in_sight(text: &str) -> impl Iterator<Item = (char, bool)> {
    let joins = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !c.is_whitespace() && !is_hidden(c));
    let mut before = None;
    let mut rest = text.chars();
    std::iter::from_fn(move || {
        let c = rest.next()?;
        let joint = matches!(c, '\u{200c}' | '\u{200d}') && joins(before) && joins(rest.clone().next());
        before = Some(c);
        Some((c, joint || !is_hidden(c)))
    })
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

    #[test]
    fn what_cannot_be_seen_is_told_from_what_joins() {
        let hidden = |text: &str| in_sight(text).any(|(_, seen)| !seen);
        for text in ["\u{200b}", "\u{3164}", "a\u{2060}b", "a\u{200f}b", "a\u{ad}b", "a\u{e0041}"] {
            assert!(hidden(text), "{text:?}");
        }
        for text in ["a\u{200d}b", "👩\u{200d}", "\u{200d}💻", "👩\u{200d}\u{200d}💻", "👩\u{200c} 💻"]
        {
            assert!(hidden(text), "{text:?}: it joins nothing");
        }
        for text in
            ["👩\u{200d}💻 work", "می\u{200c}خواهم", "billing 🦆", "❤️ ops", "naïve", "日本語", "a\u{a0}b"]
        {
            assert!(!hidden(text), "{text:?}");
        }
    }
}
