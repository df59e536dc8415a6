//! What a person asks the demo model for.

/// A trick that the demo model knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Intent {
    /// Run this in the shell; `doing` says so in a sentence.
    Shell {
        /// The command line.
        command: String,
        /// What is done, for people.
        doing: String,
    },
    /// Say so many numbers, with a pause between them or without.
    Count {
        /// The last number.
        to: u32,
        /// With a pause.
        slowly: bool,
    },
    /// Nothing it knows.
    Unknown,
}

/// Highest number it counts to.
const HIGHEST: u32 = 10_000;

/// Reads a request in plain English.
pub(super) fn read(text: &str) -> Intent {
    let text = text.trim();
    let text = strip(text, &["please ", "can you ", "could you ", "now "]).trim_end_matches('?');
    create(text)
        .or_else(|| count(text))
        .or_else(|| show(text))
        .or_else(|| list(text))
        .or_else(|| run(text))
        .unwrap_or(Intent::Unknown)
}

/// `create a file NAME with TEXT`, and its likes.
fn create(text: &str) -> Option<Intent> {
    let rest = after(text, &["create ", "make ", "write ", "add "])?;
    let rest = strip(rest, &["me ", "a ", "the ", "an "]);
    let rest = after(strip(rest, &["new ", "text ", "empty "]), &["file "])?;
    let rest = strip(rest, &["called ", "named ", "with the name "]);
    let (name, rest) = word(rest);
    let content = strip(rest.trim(), &["that ", "which ", "and "]);
    let content =
        after(content, &["with ", "containing ", "contains ", "saying ", "says ", "put "]).unwrap_or("");
    let content = strip(content, &["the "]);
    let content = strip(content, &["text ", "content ", "contents ", "words "]);
    if name.is_empty() {
        return None;
    }
    let parent = match name.rsplit_once('/') {
        Some((parent, _)) if !parent.is_empty() => format!("mkdir -p -- {} && ", quote(parent)),
        _ => String::new(),
    };
    let write = match unquote(content) {
        "" => format!(": > {}", quote(name)),
        content => format!("printf '%s\\n' {} > {}", quote(content), quote(name)),
    };
    Some(Intent::Shell { command: parent + &write, doing: format!("I create the file `{name}`.") })
}

fn count(text: &str) -> Option<Intent> {
    let rest = after(text, &["count to ", "count up to ", "count from 1 to "])?;
    let (number, rest) = word(rest);
    let to = number.trim_matches([',', '.']).parse::<u32>().ok()?.min(HIGHEST);
    Some(Intent::Count { to, slowly: rest.to_ascii_lowercase().contains("slow") })
}

fn show(text: &str) -> Option<Intent> {
    let rest = after(text, &["show ", "read ", "print ", "open "])?;
    let rest = after(strip(rest, &["me "]), &["the file ", "file ", "a file "])?;
    let (name, _) = word(rest);
    let command = format!("cat -- {}", quote(name));
    (!name.is_empty()).then(|| Intent::Shell { command, doing: format!("I read the file `{name}`.") })
}

fn list(text: &str) -> Option<Intent> {
    let lower = text.to_ascii_lowercase();
    let asks = ["list", "show", "what", "which"].iter().any(|verb| lower.starts_with(verb));
    let command = "ls -la".to_owned();
    (asks && lower.contains("files"))
        .then(|| Intent::Shell { command, doing: "I list the files of the workspace.".into() })
}

fn run(text: &str) -> Option<Intent> {
    let rest = after(text, &["run ", "execute "])?;
    let rest = strip(strip(rest, &["the "]), &["shell command ", "command "]);
    let command = unquote(rest).to_owned();
    let doing = format!("I run `{command}`.");
    (!command.is_empty()).then_some(Intent::Shell { command, doing })
}

/// What follows the first of `prefixes` that `text` begins with, whatever its case.
fn after<'a>(text: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    let text = text.trim_start();
    prefixes.iter().find_map(|prefix| {
        let (head, rest) = text.split_at_checked(prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then_some(rest)
    })
}

fn strip<'a>(text: &'a str, prefixes: &[&str]) -> &'a str {
    after(text, prefixes).unwrap_or_else(|| text.trim_start())
}

/// The first word, which quotes or backticks hold together, and the rest.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    if let Some(mark @ ('"' | '\'' | '`')) = text.chars().next()
        && let Some((word, rest)) = text[1..].split_once(mark)
    {
        return (word, rest);
    }
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word.trim_end_matches([',', ':', ';']), rest)
}

fn unquote(text: &str) -> &str {
    let text = text.trim().trim_start_matches(':').trim();
    ['"', '\'', '`'].iter().find_map(|mark| text.strip_prefix(*mark)?.strip_suffix(*mark)).unwrap_or(text)
}

/// One word for a POSIX shell, whatever it contains.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
