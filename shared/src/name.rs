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

/// True for characters that hide, move or reorder others, or cannot be seen at all; not for spaces. Where they may be
/// seen by what they do, [`in_sight`] says.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The characters of a text, each with whether it is seen: also by what it does, as what chooses the looks of the sign
/// before it (❤️, 1️⃣) and, where that is asked for (`joined`), what joins or parts two pictures (👩‍💻) or two letters of
/// a script that joins them (می‌خواهم).
pub fn in_sight(text: &str, joined: bool) -> impl Iterator<Item = (char, bool)> {
    let mut rest = text.chars();
    // The character before, and whether it and what chose its looks are a picture.
    let (mut before, mut pictured) = ('\0', false);
    std::iter::from_fn(move || {
        let c = rest.next()?;
        let after = || rest.clone().next().unwrap_or_default();
        let seen = match c {
            '\u{fe0e}' | '\u{fe0f}' => has_looks(before) || is_key(before) && after() == '\u{20e3}',
            '\u{200d}' if pictured => joined && is_picture(after()),
            '\u{200c}' | '\u{200d}' => joined && joins(before) && joins(after()),
            c => !is_hidden(c),
        };
        pictured = is_picture(c) || c == '\u{fe0f}' && pictured && seen;
        before = c;
        Some((c, seen))
    })
}

/// Arrows, signs and emoji, and the colours of their skins.
fn is_picture(c: char) -> bool {
    matches!(c,
        '\u{2190}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Signs that are either text or a picture.
fn has_looks(c: char) -> bool {
    let sign = matches!(c, '©' | '®' | '‼' | '⁉' | '\u{2100}'..='\u{214f}' | '〰' | '〽' | '㊗' | '㊙');
    sign || is_picture(c)
}

/// What stands on a key of a telephone.
fn is_key(c: char) -> bool {
    matches!(c, '0'..='9' | '#' | '*')
}

/// Letters whose form says what stands beside them: Arabic, Syriac, N'Ko and Mandaic, those of India, Tibet, Burma and
/// Cambodia, and Mongolian.
fn joins(c: char) -> bool {
    let script = matches!(c,
        '\u{600}'..='\u{77f}' | '\u{7c0}'..='\u{7ff}' | '\u{840}'..='\u{dff}' | '\u{f00}'..='\u{109f}'
        | '\u{1780}'..='\u{18af}' | '\u{19e0}'..='\u{19ff}' | '\u{1cd0}'..='\u{1cff}' | '\u{a8e0}'..='\u{a8ff}'
        | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aa7f}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    script && !is_hidden(c)
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

    fn hides(text: &str, joined: bool) -> bool {
        in_sight(text, joined).any(|(_, seen)| !seen)
    }

    #[test]
    fn what_cannot_be_seen_is_told_from_what_joins() {
        for text in ["\u{200b}", "\u{3164}", "a\u{2060}b", "a\u{200f}b", "a\u{ad}b", "a\u{e0041}"] {
            assert!(hides(text, true), "{text:?}");
        }
        for text in ["a\u{200d}b", "👩\u{200d}", "\u{200d}💻", "👩\u{200d}\u{200d}💻", "👩\u{200c} 💻"]
        {
            assert!(hides(text, true), "{text:?}: it joins nothing");
        }
        let neither =
            ["café\u{200d}é", "日\u{200d}本", "日\u{200c}本", "я\u{200c}б", "👩\u{200d}é", "م\u{200c} "];
        for text in neither {
            assert!(hides(text, true), "{text:?}: it joins what is joined by nothing");
        }
        for text in
            ["👩\u{200d}💻 work", "می\u{200c}خواهم", "billing 🦆", "❤️ ops", "naïve", "日本語", "a\u{a0}b"]
        {
            assert!(!hides(text, true), "{text:?}");
        }
        let families = [
            "👨\u{200d}👩\u{200d}👧",
            "👩🏽\u{200d}🚀",
            "👩\u{200d}❤\u{fe0f}\u{200d}👩",
            "👁\u{fe0f}\u{200d}🗨\u{fe0f}",
            "🧑🏻\u{200d}🤝\u{200d}🧑🏿",
        ];
        for text in families.into_iter().chain(["क\u{94d}\u{200d}ष", "ක\u{dca}\u{200d}ර"]) {
            assert!(!hides(text, true), "{text:?}");
            assert!(hides(text, false), "{text:?}: joiners are not asked for");
        }
    }

    #[test]
    fn what_chooses_the_looks_of_a_sign_is_seen_there_alone() {
        for joined in [true, false] {
            for text in
                ["❤\u{fe0f}", "❤\u{fe0e}", "⚠\u{fe0f} mind", "ℹ\u{fe0f}", "©\u{fe0f}", "1\u{fe0f}\u{20e3}"]
            {
                assert!(!hides(text, joined), "{text:?}");
            }
            for text in ["a\u{fe0f}", "1\u{fe0f}", "é\u{fe0f}", "日\u{fe0f}", "\u{fe0f}", "❤\u{fe0f}\u{fe0f}"]
            {
                assert!(hides(text, joined), "{text:?}");
            }
            for text in ["❤\u{fe00}", "\u{2800}", "葛\u{e0100}", "ᠠ\u{180b}", "\u{1d173}", "\u{1bca0}"] {
                assert!(hides(text, joined), "{text:?}");
            }
        }
    }

    #[test]
    fn a_name_may_hold_what_is_shown_as_hidden() {
        for text in ["café\u{200d}é", "a\u{fe0f}", "\u{2800}", "a\u{e0100}b", "a\u{200b}b"] {
            assert_eq!(ProjectName::parse(text).unwrap().as_str(), text);
        }
    }
}
