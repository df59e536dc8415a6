//! The lines of a `.gitignore`, matched as they stand: nothing is compiled, so that whoever wrote them cannot make them
//! cost more memory than their text, and matching one takes at most the product of the lengths of rule and path.

use std::cell::OnceCell;
use std::ops::Range;

/// The rules of one folder. Later ones count more.
#[derive(Debug)]
pub(super) struct Rules {
    text: Vec<u8>,
    all: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    /// Where its pattern stands in the text.
    pattern: (u32, u32),
    /// What it names is not ignored after all.
    keeps: bool,
    /// It names folders only.
    folders: bool,
    /// It names an entry at any depth, by its name alone.
    anywhere: bool,
}

impl Rules {
    /// A line that is no rule is none.
    pub(super) fn new(text: Vec<u8>) -> Self {
        let mut all = Vec::new();
        let mut start = 0;
        for line in text.split(|byte| *byte == b'\n') {
            all.extend(Rule::read(line, start));
            start += line.len() + 1;
        }
        Self { text, all }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether this path, as seen from the rules' folder, is ignored; none: no rule names it.
    pub(super) fn ignore(&self, path: &str, is_dir: bool) -> Option<bool> {
        let name = path.rsplit('/').next().unwrap_or(path).as_bytes();
        let names = |rule: &&Rule| {
            let (start, end) = rule.pattern;
            let pattern = self.text.get(start as usize..end as usize).unwrap_or_default();
            (is_dir || !rule.folders)
                && if rule.anywhere { glob(pattern, name) } else { covers(pattern, path.as_bytes()) }
        };
        self.all.iter().rev().find(names).map(|rule| !rule.keeps)
    }
}

impl Rule {
    /// The rule of a line that begins there in the text.
    fn read(line: &[u8], start: usize) -> Option<Self> {
        if line.starts_with(b"#") {
            return None;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = if line.ends_with(b"\\ ") { line } else { line.trim_ascii_end() };
        let end = start + line.len();
        let (keeps, line) = stripped(line, line.strip_prefix(b"!"));
        let (rooted, line) = stripped(line, line.strip_prefix(b"/"));
        let start = end - line.len();
        let (folders, line) = stripped(line, line.strip_suffix(b"/"));
        // An escaped slash is a slash.
        let line = if folders { line.strip_suffix(b"\\").unwrap_or(line) } else { line };
        let Range { start, end } = start..start + line.len();
        let pattern = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
        let anywhere = !rooted && !line.contains(&b'/');
        (!line.is_empty()).then_some(Self { pattern, keeps, folders, anywhere })
    }
}

fn stripped<'a>(line: &'a [u8], without: Option<&'a [u8]>) -> (bool, &'a [u8]) {
    (without.is_some(), without.unwrap_or(line))
}

/// Whether a pattern covers a path, piece by piece between the slashes. `**` stands for any number of pieces, at the end
/// for one at least.
fn covers(pattern: &[u8], path: &[u8]) -> bool {
    let pieces = |of| <[u8]>::split(of, |byte| *byte == b'/');
    let (mut pattern, mut path) = (pieces(pattern), pieces(path));
    // The pattern after the last `**`, and the path as that has left it.
    let mut again = None;
    loop {
        let here = path.clone();
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(b"**"), piece) => {
                if pattern.clone().next().is_none() {
                    return piece.is_some();
                }
                path = here;
                again = Some((pattern.clone(), path.clone()));
            }
            (Some(wanted), Some(piece)) if glob(wanted, piece) => {}
            _ => {
                // It takes one more.
                let Some((after, left)) = &mut again else { return false };
                if left.next().is_none() {
                    return false;
                }
                (pattern, path) = (after.clone(), left.clone());
            }
        }
    }
}

/// Whether a pattern covers a name.
fn glob(mut pattern: &[u8], mut name: &[u8]) -> bool {
    let brackets = Brackets { pattern, last: OnceCell::new() };
    // The pattern after the last `*`, and the name as that has left it.
    let mut again: Option<(&[u8], &[u8])> = None;
    loop {
        if let Some(after) = pattern.strip_prefix(b"*") {
            again = Some((after, name));
            pattern = after;
        } else if pattern.is_empty() && name.is_empty() {
            return true;
        } else if let Some(rest) = one(pattern, name, &brackets) {
            (pattern, name) = rest;
        } else {
            // It takes one more.
            let Some((after, [_, left @ ..])) = again else { return false };
            again = Some((after, left));
            (pattern, name) = (after, left);
        }
    }
}

/// Where the last bracket stands that can end a class: one that nothing ends is not looked through again and again.
struct Brackets<'a> {
    pattern: &'a [u8],
    last: OnceCell<Option<usize>>,
}

impl Brackets<'_> {
    /// Whether one stands in what is left of the pattern, behind its first byte.
    fn ends(&self, left: &[u8]) -> bool {
        let last = self.last.get_or_init(|| self.pattern.iter().rposition(|byte| *byte == b']'));
        last.is_some_and(|last| last > self.pattern.len() - left.len())
    }
}

/// What is left of both once the pattern has taken one byte of the name; none: it does not take it.
fn one<'p, 'n>(pattern: &'p [u8], name: &'n [u8], brackets: &Brackets) -> Option<(&'p [u8], &'n [u8])> {
    let (byte, left) = name.split_first()?;
    let (taken, rest) = match pattern {
        [b'?', rest @ ..] => (true, rest),
        [b'\\', escaped, rest @ ..] => (escaped == byte, rest),
        // Nothing is escaped by it.
        [b'\\'] | [] => (false, pattern),
        [b'[', rest @ ..] => class(rest, *byte, brackets).unwrap_or((*byte == b'[', rest)),
        [plain, rest @ ..] => (plain == byte, rest),
    };
    taken.then_some((rest, left))
}

/// Whether a class such as `[!a-z]` takes this byte, and what follows it; none: it has no end.
fn class<'p>(pattern: &'p [u8], byte: u8, brackets: &Brackets) -> Option<(bool, &'p [u8])> {
    let negated = matches!(pattern, [b'!' | b'^', ..]);
    let pattern = &pattern[usize::from(negated)..];
    if !brackets.ends(pattern) {
        return None;
    }
    // A bracket that comes first is one of the class.
    let end = 1 + pattern.iter().skip(1).position(|byte| *byte == b']')?;
    let (mut members, rest) = (&pattern[..end], &pattern[end + 1..]);
    let mut found = false;
    while let Some((low, after)) = members.split_first() {
        let (high, after) = match after {
            [b'-', high, after @ ..] => (high, after),
            _ => (low, after),
        };
        found |= (*low..=*high).contains(&byte);
        members = after;
    }
    Some((found != negated, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ignore::{Match, gitignore::GitignoreBuilder};
    use proptest::prelude::*;
    use std::time::Instant;

    fn ignored(rules: &str, path: &str) -> bool {
        let (path, is_dir) = path.strip_suffix('/').map_or((path, false), |path| (path, true));
        Rules::new(rules.into()).ignore(path, is_dir).unwrap_or(false)
    }

    #[test]
    fn rules_mean_what_git_means_by_them() {
        for (rules, named, other) in [
            ("target", "target", "targets"),
            ("target/", "in/target/", "target"),
            ("/target", "target", "in/target"),
            ("in/target", "in/target", "an/in/target"),
            ("*.log", "in/a.log", "a.log.txt"),
            ("a/*.log", "a/b.log", "a/b/c.log"),
            ("a/**/z", "a/z", "z"),
            ("a/**/z", "a/b/c/z", "a/b/c"),
            ("**/z", "a/b/z", "z/a"),
            ("a/**", "a/b/c", "a/"),
            ("[a-c]x[!0-9]", "bxx", "bx1"),
            ("[]-]", "]", "a"),
            ("[x", "[x", "x"),
            ("a?c", "abc", "ac"),
            (r"\#a", "#a", "a"),
            (r"\!a", "!a", "a"),
            (r"a\*", "a*", "ab"),
            ("a\\ \r", "a ", "a"),
            ("a  \r", "a", "a  "),
            ("{a,b}", "{a,b}", "a"),
        ] {
            assert!(ignored(rules, named), "{rules:?} names {named:?}");
            assert!(!ignored(rules, other), "{rules:?} does not name {other:?}");
        }
        for nothing in ["", "# a", "/", "!", "\\", "a\\", "   "] {
            assert!(!ignored(nothing, "a") && !ignored(nothing, "\\"), "{nothing:?}");
        }
        assert!(ignored("/**", "a") && ignored("**", "a/b"));
        assert!(!ignored("a*\n!ab", "ab") && ignored("!ab\na*", "ab"), "the last one counts");
    }

    #[test]
    fn what_is_made_to_take_long_does_not() {
        let begun = Instant::now();
        let hard = |piece: &str, end: &str| format!("{}{end}", piece.repeat(10_000));
        assert!(!ignored(&hard("*a", "b"), &"a".repeat(255)));
        assert!(!ignored(&hard("**/a/", "b"), &"a/".repeat(120)));
        assert!(!ignored(&hard("[a-z", ""), &"a".repeat(255)));
        assert!(!ignored(&format!("*{}", "[".repeat(60_000)), &"[".repeat(255)));
        assert!(!ignored(&format!("*{}]", "[".repeat(60_000)), &"a".repeat(255)));
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }

    /// Of pieces that paths are made of too, so that they often meet. (There `[!a]` takes a slash, which in Git it does not.)
    fn pattern() -> impl Strategy<Value = String> {
        let bit = prop::sample::select(vec!["a", "b", ".", "*", "?", "**", "[ab]", r"\*", "ab"]);
        let piece = prop::collection::vec(bit, 1..4).prop_map(|bits| bits.concat());
        let pieces = prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.join("/"));
        let (before, after) = (prop::sample::select(vec!["", "!", "/", "!/", "**/"]), any::<[bool; 2]>());
        (before, pieces, after).prop_map(|(before, pieces, [all, folder])| {
            format!("{before}{pieces}{}{}", if all { "/**" } else { "" }, if folder { "/" } else { "" })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn a_widely_used_matcher_agrees(
            rules in prop::collection::vec(pattern(), 1..5),
            path in "[ab*][ab.*]{0,2}(/[ab][ab.]{0,2}){0,3}",
            is_dir: bool,
        ) {
            let mut builder = GitignoreBuilder::new("/w");
            for line in &rules {
                drop(builder.add_line(None, line));
            }
            let theirs = match builder.build().unwrap().matched(format!("/w/{path}"), is_dir) {
                Match::None => None,
                Match::Ignore(_) => Some(true),
                Match::Whitelist(_) => Some(false),
            };
            prop_assert_eq!(Rules::new(rules.join("\n").into()).ignore(&path, is_dir), theirs);
        }
    }
}
