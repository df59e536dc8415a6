//! What a tool call says about itself, in words for its card.

mod shown;

pub use shown::{Shown, diffs, question, replaces, shown, title};

use super::time;
use gaggle_shared::{OptionKind, Time, ToolCall, ToolKind, ToolStatus};
use serde_json::Value;
use std::borrow::Cow;

/// The head of a tool's card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What kind of work, as a verb.
    pub verb: &'static str,
    /// Its subject in a mono face: the command, the path, else the agent's title.
    pub subject: String,
}

/// True for a tool that runs commands: only its `command` is one, whatever another tool calls its arguments.
pub fn is_shell(call: &ToolCall) -> bool {
    call.kind == ToolKind::Execute || call.name.as_deref() == Some("shell")
}

/// The whole command of a shell call, as it would run, and the argument it stands in. Words of a list are quoted where
/// a shell would read them otherwise.
pub fn command(call: &ToolCall) -> Option<(&'static str, String)> {
    let named = |name: &'static str| match call.input.get(name)? {
        Value::String(text) => Some((name, text.clone())),
        Value::Array(words) => {
            let words: Option<Vec<_>> = words.iter().map(Value::as_str).collect();
            words.map(|words| (name, words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")))
        }
        _ => None,
    };
    is_shell(call).then(|| ["command", "cmd", "script"].into_iter().find_map(named)).flatten()
}

/// A word as a shell would need it written.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "_-+=./:,@%^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

/// The file a call is about.
pub fn path(call: &ToolCall) -> Option<String> {
    let named =
        ["path", "file_path", "file", "filename"].iter().find_map(|key| call.input.get(key)?.as_str());
    named.map(str::to_owned).or_else(|| call.diffs.first().map(|diff| diff.path.clone()))
}

/// Commands that print files or lists and change nothing.
const LOOKS: [&str; 16] = [
    "cat", "ls", "head", "tail", "pwd", "wc", "rg", "grep", "tree", "stat", "file", "which", "du", "df",
    "nl", "bat",
];

/// The words of a shell command that only looks: no redirection, no second command, no substitution.
fn looking(call: &ToolCall) -> Option<Vec<String>> {
    let (_, command) = command(call)?;
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

/// Where a command says it runs, and the argument that says it.
pub fn directory(call: &ToolCall) -> Option<(&'static str, String)> {
    ["cwd", "working_dir", "workdir", "directory"]
        .into_iter()
        .find_map(|key| Some((key, call.input.get(key)?.as_str()?.to_owned())))
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
    let run = command(call).map(|(_, run)| run);
    let verb = match (call.kind, &run) {
        (ToolKind::Other, Some(_)) => verb(ToolKind::Execute),
        (ToolKind::Other, None) if !call.diffs.is_empty() => verb(ToolKind::Edit),
        (ToolKind::Edit, None) if diffs(call).iter().any(replaces) => "Write",
        (kind, _) => verb(kind),
    };
    let first = |run: String| {
        let more = run.trim_end().contains('\n');
        let line = run.lines().next().unwrap_or_default();
        if more { format!("{line} …") } else { line.to_owned() }
    };
    // Of a tool that is not known its path alone says nothing.
    let known = || path(call).filter(|_| call.kind != ToolKind::Other || !call.diffs.is_empty());
    let titled = || Some(call.title.clone()).filter(|title| !title.trim().is_empty());
    let subject = run.map(first).or_else(known).or_else(titled).or_else(|| call.name.clone());
    Head { verb, subject: subject.unwrap_or_default() }
}

/// The arguments as tidy JSON; none where there are none.
pub fn arguments(call: &ToolCall) -> Option<String> {
    match &call.input {
        Value::Null => None,
        Value::Object(map) if map.is_empty() => None,
        input => serde_json::to_string_pretty(input).ok(),
    }
}

/// What a call does now. ACP's `pending` is much: a call that its agent still thinks about, one that waits for leave, or
/// behind another that does, and one that runs and has said nothing so far. Only the answer to its own question (`leave`,
/// asked for such a call alone) tells more before the agent does.
pub fn stage(call: &ToolCall, leave: impl FnOnce() -> Option<bool>) -> ToolStatus {
    match call.status {
        ToolStatus::Pending if call.ended_at.is_none() => match leave() {
            Some(true) => ToolStatus::Running,
            Some(false) => ToolStatus::Rejected,
            None => ToolStatus::Pending,
        },
        status => status,
    }
}

/// What a call that has not ended is about, for the line that says what is waited for: as what goes on only where that
/// is known. None for what is over.
pub fn out(call: &ToolCall, stage: ToolStatus) -> Option<String> {
    let head = head(call);
    let verb = match stage {
        ToolStatus::Running => doing(head.verb),
        ToolStatus::Pending if call.ended_at.is_none() => head.verb.to_owned(),
        _ => return None,
    };
    Some(format!("{verb} {}", super::plain::line(&head.subject)))
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

/// What an answer for all later calls means, before it is given; none for answers to one call.
pub fn reaches(kind: OptionKind, tool: Option<&str>) -> Option<String> {
    let tool = tool.map_or_else(|| "this tool".to_owned(), super::plain::line);
    match kind {
        OptionKind::AllowAlways => Some(format!("Every later call of {tool} runs without asking.")),
        OptionKind::RejectAlways => Some(format!("Every later call of {tool} is rejected without asking.")),
        _ => None,
    }
}

/// What becomes of a question that nobody answers, and when.
pub fn expiry(expires: Time, now: Time) -> String {
    match time::ms_between(now, expires) {
        ..1_000 => "is rejected by itself any moment".into(),
        ms => format!("is rejected by itself in {}", time::about(ms)),
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
        assert_eq!(command(&call), Some(("command", "cd x\nrm -rf y".into())));
        assert_eq!(head(&call), Head { verb: "Run", subject: "cd x …".into() });
        call.input = serde_json::json!({"command": "ls\n"});
        assert_eq!(head(&call).subject, "ls");
    }

    #[test]
    fn words_of_a_list_stay_apart() {
        let mut call = tool("c1", ToolStatus::Pending);
        let mut said = |words: serde_json::Value| {
            call.input = serde_json::json!({ "cmd": words });
            command(&call).map(|(_, run)| run)
        };
        assert_eq!(said(serde_json::json!(["ls", "-l", "src/a.rs"])).as_deref(), Some("ls -l src/a.rs"));
        assert_eq!(said(serde_json::json!(["rm", "a b", ""])).as_deref(), Some("rm 'a b' ''"));
        assert_eq!(
            said(serde_json::json!(["echo", "it's; $HOME"])).as_deref(),
            Some(r"echo 'it'\''s; $HOME'")
        );
        assert_eq!(said(serde_json::json!(["ls", 1])), None, "not what a shell runs");
    }

    #[test]
    fn a_tool_is_no_shell_because_of_what_it_calls_its_arguments() {
        let mut call = tool("c1", ToolStatus::Pending);
        call.kind = ToolKind::Other;
        call.title = "Deploy".into();
        call.input = serde_json::json!({"command": "ls"});
        assert_eq!(command(&call), None);
        assert_eq!(head(&call), Head { verb: "Tool", subject: "Deploy".into() });
        assert!(!only_reads(&call));
    }

    #[test]
    fn a_written_file_is_not_an_edit() {
        let mut call = tool("c1", ToolStatus::Pending);
        (call.kind, call.name) = (ToolKind::Edit, Some("write".into()));
        call.input = serde_json::json!({"path": "a.md", "content": ""});
        assert_eq!(head(&call), Head { verb: "Write", subject: "a.md".into() });
    }

    #[test]
    fn a_call_that_says_nothing_is_what_was_answered_to_its_question() {
        let mut call = tool("c1", ToolStatus::Pending);
        call.input = serde_json::json!({"command": "ls"});
        let told = |call: &ToolCall, leave| {
            let stage = stage(call, || leave);
            (stage, out(call, stage))
        };
        assert_eq!(told(&call, None), (ToolStatus::Pending, Some("Run ls".into())), "nobody knows");
        assert_eq!(told(&call, Some(true)), (ToolStatus::Running, Some("Running ls".into())));
        assert_eq!(told(&call, Some(false)), (ToolStatus::Rejected, None));
        let unasked = || -> Option<bool> { panic!("what says what it is needs no answer") };
        call.status = ToolStatus::Running;
        assert_eq!(stage(&call, unasked), ToolStatus::Running);
        call.status = ToolStatus::Failed;
        assert_eq!(out(&call, stage(&call, unasked)), None);
        (call.status, call.ended_at) = (ToolStatus::Pending, Some(call.started_at));
        assert_eq!(stage(&call, unasked), ToolStatus::Pending, "it ended before it began");
        assert_eq!(out(&call, ToolStatus::Pending), None);
    }

    #[test]
    fn answers_for_all_later_calls_say_so() {
        let said = reaches(OptionKind::AllowAlways, Some("shell\u{202e}"));
        assert_eq!(said.as_deref(), Some("Every later call of shell[U+202E] runs without asking."));
        assert_eq!(reaches(OptionKind::AllowOnce, None), None);
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
    fn what_comes_of_silence_is_said_as_what_will_be() {
        use crate::model::chat::samples::at;
        assert_eq!(expiry(at(431), at(0)), "is rejected by itself in 7 min");
        assert_eq!(expiry(at(41), at(0)), "is rejected by itself in 41 s");
        assert_eq!(expiry(at(0), at(5)), "is rejected by itself any moment");
    }

    #[test]
    fn bare_options_become_words_and_others_stay() {
        assert_eq!(super::option_label("allow_once"), "Allow once");
        assert_eq!(super::option_label("Yes, always"), "Yes, always");
        assert_eq!(super::option_label(""), "");
    }
}
