//! What may be set for a project: its default, its effect, and what is wrong with what was typed.

use gaggle_shared::{ProjectName, Span};

/// What kind of value a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A project's name.
    Name,
    /// Any word.
    Word,
    /// A time such as `30m`.
    Time,
    /// CPU: a Kubernetes quantity such as `500m` or `2`.
    Cpu,
    /// Memory or storage: a Kubernetes quantity such as `1Gi`.
    Bytes,
}

/// What is wrong with a value; nothing if it may be saved. Only a name must not be empty.
pub fn wrong(kind: Kind, text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.is_empty() && kind != Kind::Name {
        return None;
    }
    match kind {
        Kind::Name if text.is_empty() => Some("A project needs a name."),
        Kind::Name if text.chars().count() > 100 => Some("At most 100 characters."),
        Kind::Name => ProjectName::parse(text).is_err().then_some("No hidden characters, please."),
        Kind::Word if text.chars().any(|c| c.is_whitespace() || c.is_control()) => {
            Some("One word, without spaces.")
        }
        Kind::Word => None,
        Kind::Time => {
            Span::parse(text).is_err().then_some("A number and a unit, such as 45s, 30m or 2h; 0 for never.")
        }
        Kind::Cpu => {
            (!quantity(text, &["", "m"])).then_some("Cores such as 2 or 0.5, or thousandths such as 500m.")
        }
        Kind::Bytes => {
            let units = ["", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"];
            (!quantity(text, &units)).then_some("A number and a unit, such as 512Mi or 10Gi.")
        }
    }
}

/// Whether two texts of a setting mean the same: `90s` is `1m30s`.
pub fn same(kind: Kind, a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    let time = |text: &str| Span::parse(text).ok().filter(|_| kind == Kind::Time);
    a == b || time(a).is_some_and(|a| time(b) == Some(a))
}

/// A positive number and one of these units.
fn quantity(text: &str, units: &[&str]) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    number.parse::<f64>().is_ok_and(|number| number > 0.0) && units.contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_way_to_say_it_is_no_change() {
        assert!(same(Kind::Time, " 60s", "1m") && same(Kind::Word, "a ", "a") && same(Kind::Time, "", ""));
        assert!(!same(Kind::Time, "", "0") && !same(Kind::Word, "60s", "1m") && !same(Kind::Time, "x", "y"));
    }

    #[test]
    fn what_is_typed_is_judged_at_once() {
        for (kind, good) in [
            (Kind::Time, "30m"),
            (Kind::Time, "0"),
            (Kind::Cpu, "500m"),
            (Kind::Cpu, "0.5"),
            (Kind::Bytes, "10Gi"),
            (Kind::Bytes, "1.5G"),
            (Kind::Word, "gpt-4o"),
            (Kind::Name, " billing service "),
            (Kind::Cpu, ""),
        ] {
            assert_eq!(wrong(kind, good), None, "{good:?}");
        }
        for (kind, bad) in [
            (Kind::Time, "soon"),
            (Kind::Cpu, "500Mi"),
            (Kind::Cpu, "0"),
            (Kind::Bytes, "10 Gi"),
            (Kind::Bytes, "ten"),
            (Kind::Word, "gpt 4o"),
            (Kind::Name, "  "),
            (Kind::Name, "a\u{7}b"),
        ] {
            assert!(wrong(kind, bad).is_some(), "{bad:?}");
        }
        assert_eq!(wrong(Kind::Name, &"x".repeat(101)), Some("At most 100 characters."));
    }
}
