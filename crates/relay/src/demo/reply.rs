//! What the demo model says.

use super::intent::{self, Intent};
use super::request::Request;
use std::time::Duration;

/// What every answer begins with.
pub(super) const WHO: &str = "I am Gaggle's **demo model**: no language model, only a few tricks. To talk to \
a real one, set for example `ANTHROPIC_API_KEY` (or another provider's key) and start Gaggle again.\n\n";

const HELP: &str = "Until then you can ask me to:\n\n\
- `create a file hello.txt with Hello, goose!`\n\
- `list the files`\n\
- `show the file hello.txt`\n\
- `run uname -a`\n\
- `count to 100 slowly`\n";

/// How much of a tool's result is repeated.
const SHOWN: usize = 2000;
/// Between two words: enough to see that an answer streams.
const PACE: Duration = Duration::from_millis(3);
/// Between two words of a slow count.
const SLOW: Duration = Duration::from_millis(100);

/// An answer: words, and perhaps a tool call after them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The text.
    pub(super) text: String,
    /// The tool's name and its arguments, as JSON text.
    pub(super) tool: Option<(String, String)>,
    /// The pause after each word.
    pub(super) pace: Duration,
}

/// Answers a request.
pub(super) fn reply(request: &Request) -> Reply {
    let asked = request.asked();
    if request.wants_title() {
        return words(title(&asked));
    }
    if let Some(result) = request.results().last() {
        return words(comment(result));
    }
    match intent::read(&asked) {
        Intent::Shell { command, doing } => match request.shell() {
            Some(shell) => {
                let arguments = serde_json::json!({ "command": command }).to_string();
                let text = format!("{WHO}{doing}\n");
                Reply { text, tool: Some((shell.to_owned(), arguments)), pace: PACE }
            }
            None => words(format!(
                "{WHO}I was given no shell to do that with; another mode of the project may allow it."
            )),
        },
        Intent::Count { to, slowly } => {
            let numbers: Vec<String> = (1..=to).map(|i| i.to_string()).collect();
            let pace = if slowly { SLOW } else { PACE };
            Reply { text: format!("{WHO}{}", numbers.join(" ")), tool: None, pace }
        }
        Intent::Unknown => words(format!("{WHO}{HELP}")),
    }
}

fn words(text: String) -> Reply {
    Reply { text, tool: None, pace: PACE }
}

/// A remark on what a tool gave.
fn comment(result: &str) -> String {
    let result = result.trim();
    if result.is_empty() {
        return "Done; the command printed nothing.".into();
    }
    let shown: String = result.chars().take(SHOWN).collect();
    let cut = if shown.len() < result.len() { "\n…" } else { "" };
    // A fence longer than any in the result cannot be closed by it.
    let fence = "`".repeat(shown.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1);
    format!("That gave:\n\n{fence}\n{shown}{cut}\n{fence}\n")
}

/// At most four words of the first message.
fn title(asked: &str) -> String {
    let inside = asked.split_once("---BEGIN USER MESSAGES---").map_or(asked, |(_, rest)| rest);
    let inside = inside.split_once("---END USER MESSAGES---").map_or(inside, |(text, _)| text);
    let title: Vec<&str> = inside.split_whitespace().take(4).collect();
    let title = title.join(" ");
    let mut letters = title.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).take(60).collect(),
        None => "Demo".into(),
    }
}
