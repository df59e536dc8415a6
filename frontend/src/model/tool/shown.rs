//! What the card of a call shows: together all that the agent gave, so that nothing is allowed unseen.

use super::{command, directory, is_shell, path};
use gaggle_shared::{Diff, ToolCall, ToolKind};
use serde_json::Value;

/// All of a call: what stands in one of the fields is left out of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The command of a shell, as it would run.
    pub command: Option<String>,
    /// Where a command runs, if it says so.
    pub directory: Option<String>,
    /// Changes to files.
    pub diffs: Vec<Diff>,
    /// Every other argument: its name and its value as JSON. A text of several lines stands as it is.
    pub rest: Vec<(String, String)>,
}

/// What is shown of a call.
pub fn shown(call: &ToolCall) -> Shown {
    let (command_at, command) = command(call).unzip();
    let (directory_at, directory) = directory(call).filter(|_| command.is_some()).unzip();
    let diffs = diffs(call);
    let said = |name: &str, value: &Value| {
        Some(name) == command_at || Some(name) == directory_at || in_a_diff(&diffs, name, value)
    };
    let rest = match &call.input {
        Value::Null => Vec::new(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, value)| !said(name, value))
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        other => vec![("input".to_owned(), text(other))],
    };
    Shown { command, directory, diffs, rest }
}

/// What the agent says it does, unless that is made of the tool's name and its arguments, which are shown anyway.
pub fn title(call: &ToolCall) -> Option<String> {
    let title = call.title.trim();
    let after = call.name.as_deref().and_then(|name| title.strip_prefix(name));
    let made = title.is_empty() || after.is_some_and(|rest| rest.is_empty() || rest.starts_with(" · "));
    (!made).then(|| title.to_owned())
}

/// The changes to files that a call makes: as the agent says, else what it would write.
pub fn diffs(call: &ToolCall) -> Vec<Diff> {
    if !call.diffs.is_empty() {
        return call.diffs.clone();
    }
    let field = |names: &[&str]| {
        names.iter().find_map(|name| call.input.get(*name)).and_then(Value::as_str).map(str::to_owned)
    };
    let writes = matches!(call.name.as_deref(), Some("write" | "create" | "edit" | "text_editor"));
    let (true, Some(path)) = (writes, path(call)) else { return Vec::new() };
    if let (Some(old), Some(new_text)) = (field(&BEFORE), field(&AFTER)) {
        return vec![Diff { path, old_text: Some(old), new_text }];
    }
    let whole = field(&WHOLE).map(|new_text| Diff { path, old_text: None, new_text });
    whole.into_iter().collect()
}

/// True if what a call writes takes the place of a whole file, whatever was there.
pub fn replaces(diff: &Diff) -> bool {
    diff.old_text.is_none()
}

/// What an approval's heading asks. What an unknown tool would do is not guessed: its name stands beside.
pub fn question(call: &ToolCall, shown: &Shown) -> &'static str {
    match call.kind {
        _ if is_shell(call) && shown.command.is_some() => "Wants to run a command",
        ToolKind::Edit if shown.diffs.iter().any(replaces) => "Wants to write a file",
        ToolKind::Edit if !shown.diffs.is_empty() => "Wants to edit a file",
        ToolKind::Edit => "Wants to change a file",
        ToolKind::Delete => "Wants to delete",
        ToolKind::Move => "Wants to move a file",
        ToolKind::Fetch => "Wants to fetch from the network",
        ToolKind::Read => "Wants to read",
        ToolKind::Execute => "Wants to run something",
        _ => "Wants to use a tool",
    }
}

const BEFORE: [&str; 4] = ["before", "old_str", "old_text", "old_string"];
const AFTER: [&str; 4] = ["after", "new_str", "new_text", "new_string"];
const WHOLE: [&str; 2] = ["content", "file_text"];

/// Whether an argument is just what a diff shows under its name.
fn in_a_diff(diffs: &[Diff], name: &str, value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    diffs.iter().any(|diff| match name {
        "path" | "file_path" | "file" | "filename" => diff.path == text,
        name if BEFORE.contains(&name) => diff.old_text.as_deref() == Some(text),
        name if AFTER.contains(&name) || WHOLE.contains(&name) => diff.new_text == text,
        _ => false,
    })
}

/// So long a value stands on one line.
const LINE: usize = 72;

fn text(value: &Value) -> String {
    let line = value.to_string();
    match value {
        Value::String(text) if text.contains('\n') => text.clone(),
        Value::Array(_) | Value::Object(_) if line.len() > LINE => {
            serde_json::to_string_pretty(value).unwrap_or(line)
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::tool;
    use gaggle_shared::ToolStatus;
    use serde_json::json;

    fn call(name: &str, kind: ToolKind, input: Value) -> ToolCall {
        let mut call = tool("c1", ToolStatus::Pending);
        call.name = Some(name.into());
        call.title = name.into();
        call.kind = kind;
        call.input = input;
        call
    }

    fn rest(call: &ToolCall) -> String {
        shown(call).rest.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_argument_called_command_is_a_command_only_of_a_shell() {
        let deploy = call(
            "ops__deploy",
            ToolKind::Other,
            json!({"command": "deploy", "target": "prod", "force": true}),
        );
        assert_eq!(shown(&deploy).command, None);
        assert_eq!(rest(&deploy), r#"command="deploy" force=true target="prod""#);
        assert_eq!(question(&deploy, &shown(&deploy)), "Wants to use a tool");
    }

    #[test]
    fn beside_a_command_stands_whatever_else_was_given() {
        let run = call(
            "shell",
            ToolKind::Execute,
            json!({"command": "git", "args": ["push", "--force"], "cwd": "/srv", "timeout_secs": 5, "cmd": "rm"}),
        );
        let seen = shown(&run);
        assert_eq!((seen.command.as_deref(), seen.directory.as_deref()), (Some("git"), Some("/srv")));
        assert_eq!(rest(&run), r#"args=["push","--force"] cmd="rm" timeout_secs=5"#);
        assert_eq!(question(&run, &seen), "Wants to run a command");
    }

    #[test]
    fn an_edit_shows_its_change_and_every_other_argument() {
        let edit = call(
            "text_editor",
            ToolKind::Edit,
            json!({"command": "str_replace", "path": "a.rs", "old_str": "x", "new_str": "y", "all": true}),
        );
        let seen = shown(&edit);
        assert_eq!(
            seen.diffs,
            [Diff { path: "a.rs".into(), old_text: Some("x".into()), new_text: "y".into() }]
        );
        assert_eq!(rest(&edit), r#"all=true command="str_replace""#);
        assert_eq!(question(&edit, &seen), "Wants to edit a file");
        let view = call("text_editor", ToolKind::Edit, json!({"command": "undo_edit", "path": "a.rs"}));
        assert_eq!(rest(&view), r#"command="undo_edit" path="a.rs""#);
    }

    #[test]
    fn a_write_shows_what_it_writes_and_what_else_it_says() {
        let write = call(
            "write",
            ToolKind::Edit,
            json!({"path": "a.md", "content": "b\n", "mode": "0777", "owner": "a.md"}),
        );
        let seen = shown(&write);
        assert!(seen.diffs.iter().all(replaces));
        assert_eq!(rest(&write), r#"mode="0777" owner="a.md""#);
        assert_eq!(question(&write, &seen), "Wants to write a file");
    }

    #[test]
    fn a_diff_of_the_agent_hides_no_argument_that_says_something_else() {
        let mut edit = call("edit", ToolKind::Edit, json!({"path": "b.rs", "before": "x", "after": "z"}));
        edit.diffs = vec![Diff { path: "a.rs".into(), old_text: Some("x".into()), new_text: "y".into() }];
        assert_eq!(rest(&edit), r#"after="z" path="b.rs""#);
    }

    #[test]
    fn arguments_that_are_no_object_are_shown_too() {
        assert_eq!(rest(&call("odd", ToolKind::Other, json!(["rm", "a b"]))), r#"input=["rm","a b"]"#);
        assert_eq!(rest(&call("odd", ToolKind::Other, Value::Null)), "");
        let long = json!(["a".repeat(40), "b".repeat(40)]);
        assert_eq!(rest(&call("odd", ToolKind::Other, long)).lines().count(), 4);
        assert_eq!(
            rest(&call("odd", ToolKind::Other, json!({"text": "a\nb", "none": ""}))),
            "none=\"\" text=a\nb"
        );
    }

    #[test]
    fn a_title_is_told_where_it_says_more_than_the_rest() {
        let told = |name: Option<&str>, words: &str| {
            let mut one = call("", ToolKind::Other, json!({"path": "a.md"}));
            one.name = name.map(Into::into);
            one.title = words.into();
            title(&one)
        };
        assert_eq!(told(Some("analyze"), "analyze · a.md"), None);
        assert_eq!(told(Some("analyze"), "analyze"), None);
        assert_eq!(told(Some("look"), "looks harmless").as_deref(), Some("looks harmless"));
        assert_eq!(told(Some("mcp__x"), "Harmless look").as_deref(), Some("Harmless look"));
        assert_eq!(told(None, "deploy · a.md").as_deref(), Some("deploy · a.md"));
    }
}
