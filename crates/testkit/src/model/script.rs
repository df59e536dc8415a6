//! The lines of a prompt that say what the model does. Pure.

use serde_json::{Value, json};
use std::time::Duration;

/// What one call of the model answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Text, in pieces.
    Say(Speech),
    /// Tool calls, all at once: name and arguments.
    Call(Vec<(String, Value)>),
    /// An HTTP status instead of an answer.
    Error(u16),
    /// Status 200 and nonsense.
    Garbage,
    /// The tools' results, or the prompt's own text, with so much time between two words.
    Echo(Duration),
}

/// Text in pieces, and what happens between and after them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Speech {
    /// One chunk each.
    pub(crate) pieces: Vec<String>,
    /// Between two pieces.
    pub(crate) delay: Duration,
    /// Instead of each piece it says when it says it.
    pub(crate) stamped: bool,
    /// After this many pieces it waits for a release.
    pub(crate) hold: Option<usize>,
    /// How it ends.
    pub(crate) end: End,
}

/// The end of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// As the protocol says.
    Proper,
    /// The connection drops.
    Cut,
    /// Nothing more comes.
    Hang,
}

/// The words `w1` to `wN`, by single spaces: the text of `@words N`.
pub fn words(count: usize) -> String {
    (1..=count).map(|i| format!("w{i}")).collect::<Vec<_>>().join(" ")
}

/// The steps that a prompt asks for. A line that begins with `@` and is no step is not one.
pub(crate) fn parse(prompt: &str) -> Vec<Step> {
    prompt.lines().filter_map(|line| step(line.trim().strip_prefix('@')?)).collect()
}

/// The prompt without the lines that are steps.
pub(crate) fn rest(prompt: &str) -> String {
    let is_step = |line: &&str| line.trim().strip_prefix('@').and_then(step).is_some();
    prompt.lines().filter(|line| !is_step(line)).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn step(line: &str) -> Option<Step> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    Some(match word {
        "say" => Step::Say(speech(rest)),
        "words" => Step::Say(spoken_words(rest)?),
        "stamps" => Step::Say(Speech { stamped: true, ..spoken_words(rest)? }),
        "shell" => Step::Call(rest.split(";;").map(shell).collect()),
        "tool" => {
            let (name, arguments) = rest.split_once(' ')?;
            Step::Call(vec![(name.to_owned(), serde_json::from_str(arguments).ok()?)])
        }
        "error" => Step::Error(rest.parse().ok()?),
        "garbage" => Step::Garbage,
        "cut" => Step::Say(Speech { end: End::Cut, ..speech(&words(rest.parse().ok()?)) }),
        "hang" => Step::Say(Speech { end: End::Hang, ..speech(&words(rest.parse().unwrap_or(0))) }),
        "echo" => Step::Echo(match rest.strip_prefix("delay=") {
            Some(ms) => Duration::from_millis(ms.parse().ok()?),
            None => Duration::ZERO,
        }),
        _ => return None,
    })
}

/// Text to be said word by word; the space stays with the word before it.
pub(crate) fn speech(text: &str) -> Speech {
    let pieces = text.split_inclusive(' ').map(str::to_owned).collect();
    Speech { pieces, delay: Duration::ZERO, stamped: false, hold: None, end: End::Proper }
}

pub(crate) fn spoken_words(rest: &str) -> Option<Speech> {
    let mut parts = rest.split_whitespace();
    let mut speech = speech(&words(parts.next()?.parse().ok()?));
    for option in parts {
        match option.split_once('=')? {
            ("delay", ms) => speech.delay = Duration::from_millis(ms.parse().ok()?),
            ("hold", after) => speech.hold = Some(after.parse().ok()?),
            _ => return None,
        }
    }
    Some(speech)
}

fn shell(command: &str) -> (String, Value) {
    ("shell".to_owned(), json!({ "command": command.trim() }))
}

#[cfg(test)]
mod tests {
    use super::{End, Step, parse, rest, words};

    #[test]
    fn every_line_with_an_at_sign_is_a_step() {
        let steps = parse(
            "do this\n@shell echo a ;; echo b\n@words 3 delay=5 hold=2\n@cut 1\n@error 429\n@you there",
        );
        assert_eq!(steps.len(), 4, "{steps:?}");
        let Step::Call(calls) = &steps[0] else { panic!("{steps:?}") };
        assert_eq!(calls[1].1["command"], "echo b");
        let Step::Say(speech) = &steps[1] else { panic!("{steps:?}") };
        assert_eq!((speech.pieces.concat(), speech.hold), (words(3), Some(2)));
        let Step::Say(cut) = &steps[2] else { panic!("{steps:?}") };
        assert_eq!(cut.end, End::Cut);
        assert_eq!(steps[3], Step::Error(429));
    }

    #[test]
    fn the_rest_is_what_a_person_wrote() {
        assert_eq!(rest("hello\n@say hi\n@you there"), "hello\n@you there");
    }
}
