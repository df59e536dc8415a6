//! What a tool call says about itself, in words for its card.

use gaggle_shared::{Diff, OptionKind, ToolCall, ToolKind, ToolStatus};
use serde_json::Value;

/// The head of a tool's card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What kind of work, as a verb.
    pub verb: &'static str,
    /// Its subject in a mono face: the command, the path, else the agent's title.
    pub subject: String,
}

/// The whole command of a shell call, as it would run.
pub fn command(call: &ToolCall) -> Option<String> {
    ["command", "cmd", "script"].iter().find_map(|key| match call.input.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(words)) => {
            let words: Option<Vec<_>> = words.iter().map(Value::as_str).collect();
            words.map(|words| words.join(" "))
        }
        _ => None,
    })
}

/// The file a call is about.
pub fn path(call: &ToolCall) -> Option<String> {
    let named =
        ["path", "file_path", "file", "filename"].iter().find_map(|key| call.input.get(key)?.as_str());
    named.map(str::to_owned).or_else(|| call.diffs.first().map(|diff| diff.path.clone()))
}

/// The changes to files that a call makes: as the agent says, else what it would write.
pub fn diffs(call: &ToolCall) -> Vec<Diff> {
    if !call.diffs.is_empty() {
        return call.diffs.clone();
    }
    let field = |name: &str| call.input.get(name).and_then(Value::as_str).map(str::to_owned);
    match (call.name.as_deref(), path(call), field("content").or_else(|| field("file_text"))) {
        (Some("write" | "create" | "text_editor"), Some(path), Some(new_text)) => {
            vec![Diff { path, old_text: None, new_text }]
        }
        _ => Vec::new(),
    }
}

/// Commands that print files or lists and change nothing.
const LOOKS: [&str; 16] = [
    "cat", "ls", "head", "tail", "pwd", "wc", "rg", "grep", "tree", "stat", "file", "which", "du", "df",
    "nl", "bat",
];

/// The words of a shell command that only looks: no redirection, no second command, no substitution.
fn looking(call: &ToolCall) -> Option<Vec<String>> {
    let command = command(call)?;
    if command.contains(['>', '<', '|', ';', '&', '$', '`', '\n', '(', '{']) {
        return None;
    }
    let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    words.first().is_some_and(|first| LOOKS.contains(&first.as_str())).then_some(words)
}

/// True for a call that looks at something and changes nothing.
pub fn only_reads(call: &ToolCall) -> bool {
    if command(call).is_some() {
        return looking(call).is_some();
    }
    matches!(call.kind, ToolKind::Read | ToolKind::Search) && call.diffs.is_empty()
}

/// The file that a reading call reads, where it is one.
pub fn file_read(call: &ToolCall) -> Option<String> {
    let Some(words) = looking(call) else { return path(call) };
    let prints = matches!(words[0].as_str(), "cat" | "head" | "tail" | "nl" | "bat");
    let names = |last: &&String| !last.starts_with('-') && !last.bytes().all(|c| c.is_ascii_digit());
    words.last().filter(|_| prints && words.len() > 1).filter(names).cloned()
}

/// Where a call says it runs.
pub fn directory(call: &ToolCall) -> Option<String> {
    ["cwd", "working_dir", "workdir", "directory"]
        .iter()
        .find_map(|key| call.input.get(key)?.as_str())
        .map(str::to_owned)
}

/// The verb for a kind of work.
pub const fn verb(kind: ToolKind) -> &'static str {
    match kind {
        ToolKind::Read => "Read",
        ToolKind::Edit => "Edit",
        ToolKind::Delete => "Delete",
        ToolKind::Move => "Move",
        ToolKind::Search => "Search",
        ToolKind::Execute => "Run",
        ToolKind::Think => "Think",
        ToolKind::Fetch => "Fetch",
        ToolKind::SwitchMode => "Switch mode",
        ToolKind::Other => "Tool",
    }
}

/// The verb of a head for what goes on now: `Running`, `Reading`.
pub fn doing(verb: &str) -> String {
    let stem = verb.strip_suffix('e').unwrap_or(verb);
    match verb {
        "Run" => "Running".into(),
        "Tool" => "Using".into(),
        "Switch mode" => "Switching mode".into(),
        _ => format!("{stem}ing"),
    }
}

/// What stands at the head of a call's card.
pub fn head(call: &ToolCall) -> Head {
    let run = command(call);
    let verb = match (call.kind, &run) {
        (ToolKind::Other, Some(_)) => verb(ToolKind::Execute),
        (ToolKind::Other, None) if !call.diffs.is_empty() => verb(ToolKind::Edit),
        (kind, _) => verb(kind),
    };
    let subject = run.map(|run| run.lines().next().unwrap_or_default().to_owned()).or_else(|| path(call));
    Head { verb, subject: subject.unwrap_or_else(|| call.title.clone()) }
}

/// What an approval's heading asks.
pub fn question(call: &ToolCall) -> &'static str {
    if command(call).is_some() {
        return "Wants to run a command";
    }
    match call.kind {
        ToolKind::Edit => "Wants to write a file",
        ToolKind::Delete => "Wants to delete",
        ToolKind::Move => "Wants to move a file",
        ToolKind::Fetch => "Wants to fetch from the network",
        ToolKind::Read => "Wants to read",
        ToolKind::Execute => "Wants to run something",
        _ => "Wants to use a tool",
    }
}

/// The arguments as tidy JSON; none where there are none.
pub fn arguments(call: &ToolCall) -> Option<String> {
    match &call.input {
        Value::Null => None,
        Value::Object(map) if map.is_empty() => None,
        input => serde_json::to_string_pretty(input).ok(),
    }
}

/// The word for a status, for people who do not see the icon.
pub const fn status(status: ToolStatus) -> &'static str {
    match status {
        ToolStatus::Pending => "waiting",
        ToolStatus::Running => "running",
        ToolStatus::Completed => "done",
        ToolStatus::Failed => "failed",
        ToolStatus::Rejected => "rejected",
    }
}

/// What an option covers, for people who do not know the agent's words.
pub const fn covers(kind: OptionKind) -> &'static str {
    match kind {
        OptionKind::AllowOnce => "only this call",
        OptionKind::AllowAlways => "this and every later call of this tool, without asking",
        OptionKind::RejectOnce => "only this call",
        OptionKind::RejectAlways => "this and every later call of this tool",
        OptionKind::Other => "as the agent says",
    }
}

/// How far an option reaches: answers for one call come before those for all.
pub const fn reach(kind: OptionKind) -> u8 {
    match kind {
        OptionKind::AllowOnce => 0,
        OptionKind::RejectOnce => 1,
        OptionKind::Other => 2,
        OptionKind::RejectAlways => 3,
        OptionKind::AllowAlways => 4,
    }
}

/// What stands on the button of an option: the agent's words, with a bare `allow_once` made readable.
pub fn option_label(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
    if !bare {
        return name.to_owned();
    }
    let words = name.replace('_', " ");
    let (first, rest) = words.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::tool;

    #[test]
    fn a_command_is_shown_whole_and_headed_by_its_first_line() {
        let mut call = tool("c1", ToolStatus::Running);
        call.input = serde_json::json!({"command": "cd x\nrm -rf y"});
        assert_eq!(command(&call).as_deref(), Some("cd x\nrm -rf y"));
        assert_eq!(head(&call), Head { verb: "Run", subject: "cd x".into() });
        call.input = serde_json::json!({"command": ["ls", "-l"]});
        assert_eq!(command(&call).as_deref(), Some("ls -l"));
        assert_eq!(question(&call), "Wants to run a command");
    }

    #[test]
    fn without_arguments_the_title_speaks() {
        let mut call = tool("c1", ToolStatus::Pending);
        call.kind = ToolKind::Edit;
        assert_eq!(head(&call), Head { verb: "Edit", subject: call.title.clone() });
        assert_eq!(arguments(&call), None);
        call.input = serde_json::json!({"path": "a.txt"});
        assert_eq!(head(&call).subject, "a.txt");
    }

    #[test]
    fn what_goes_on_is_said_so() {
        let said: Vec<_> = ["Run", "Read", "Delete", "Move", "Edit", "Tool"].map(doing).to_vec();
        assert_eq!(said, ["Running", "Reading", "Deleting", "Moving", "Editing", "Using"]);
    }

    #[test]
    fn only_plain_looking_commands_count_as_reads() {
        let mut call = tool("c1", ToolStatus::Completed);
        for (command, reads, file) in [
            ("cat src/a.rs", true, Some("src/a.rs")),
            ("ls -la", true, None),
            ("tail -n 20", true, None),
            ("cat a > b", false, None),
            ("cat a; rm b", false, None),
            ("cat $(rm b)", false, None),
            ("cat a\nrm b", false, None),
            ("catapult", false, None),
        ] {
            call.input = serde_json::json!({ "command": command });
            assert_eq!(only_reads(&call), reads, "{command}");
            if reads {
                assert_eq!(file_read(&call).as_deref(), file, "{command}");
            }
        }
        call.input = serde_json::json!({"path": "x"});
        call.kind = ToolKind::Read;
        assert!(only_reads(&call));
        assert_eq!(file_read(&call).as_deref(), Some("x"));
    }

    #[test]
    fn bare_options_become_words_and_others_stay() {
        assert_eq!(super::option_label("allow_once"), "Allow once");
        assert_eq!(super::option_label("Yes, always"), "Yes, always");
        assert_eq!(super::option_label(""), "");
    }
}
