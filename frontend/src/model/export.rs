//! A conversation as a file: Markdown for people; JSON is the API's own.

use super::{ansi, attach, chat::work, plain, tool};
use gaggle_shared::{Message, MessageState, Part, Role, Time, ToolCall};

/// The conversation as Markdown.
pub fn markdown(title: &str, person: &str, messages: &[Message]) -> String {
    let mut out = format!("# {}\n", plain::line(title));
    for message in messages.iter().filter(|message| message.state != MessageState::Queued) {
        let who = if message.role == Role::User { person } else { "Goose" };
        out.push_str(&format!("\n## {}, {}\n", plain::line(who), minute(message.created_at)));
        for one in &message.attachments {
            out.push_str(&format!(
                "\n- Attached: `{}` ({})\n",
                plain::line(&one.name),
                attach::size(one.size)
            ));
        }
        for part in &message.parts {
            match part {
                Part::Text { text } => out.push_str(&format!("\n{}\n", text.trim_end())),
                Part::Thought { text } => {
                    let quoted = text.trim_end().replace('\n', "\n> ");
                    out.push_str(&format!("\n> *Thought:* {quoted}\n"));
                }
                Part::Tool { tool_call } => call(tool_call, &mut out),
                _ => {}
            }
        }
        if let Some(failure) = &message.failure {
            out.push_str(&format!("\n**{}**\n", plain::line(&failure.message)));
        }
    }
    out
}

/// A name for the file: letters, digits and dashes of the title.
pub fn file_name(title: &str, ending: &str) -> String {
    let mut name = String::new();
    for c in title.chars().take(60) {
        match c {
            c if c.is_alphanumeric() => name.extend(c.to_lowercase()),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    let name = name.trim_end_matches('-');
    format!("{}.{ending}", if name.is_empty() { "conversation" } else { name })
}

fn call(call: &ToolCall, out: &mut String) {
    let head = tool::head(call);
    out.push_str(&format!("\n**{}** ({})\n", head.verb, tool::status(call.status)));
    let shown = tool::shown(call);
    if let Some(command) = &shown.command {
        out.push_str(&fenced("sh", command));
    }
    if !shown.rest.is_empty() || (shown.command.is_none() && !shown.diffs.is_empty()) {
        out.push_str(&tool::arguments(call).map(|all| fenced("json", &all)).unwrap_or_default());
    }
    for file in work::changed(&[Part::Tool { tool_call: call.clone() }]) {
        out.push_str(&format!("\n- `{}` +{} −{}\n", plain::line(&file.path), file.added, file.removed));
    }
    let output = ansi::strip(&call.output);
    if !output.trim().is_empty() {
        out.push_str(&fenced("", &output));
    }
}

/// A fence that is longer than any in the text.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

fn minute(at: Time) -> String {
    let text = at.to_string();
    text.get(..16).map_or(text.clone(), |minute| format!("{} UTC", minute.replace('T', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::{at, session, tool as sample};
    use gaggle_shared::{MessageId, ToolStatus, TurnId};
    use serde_json::json;

    fn message(role: Role, parts: Vec<Part>) -> Message {
        let turn_id = TurnId::parse("t1").unwrap();
        Message {
            id: MessageId::of_user(&turn_id),
            session_id: session(),
            turn_id,
            role,
            parts,
            attachments: vec![],
            created_at: at(0),
            state: MessageState::Complete,
            failure: None,
            stop_reason: None,
            ended_at: None,
            usage: None,
        }
    }

    #[test]
    fn a_conversation_reads_as_markdown() {
        let mut call = sample("c1", ToolStatus::Completed);
        call.input = json!({"command": "echo '```'"});
        call.output = "\u{1b}[31m```\u{1b}[0m\n".into();
        let text = markdown(
            "Ideas",
            "Alice",
            &[
                message(Role::User, vec![Part::Text { text: "hello".into() }]),
                message(
                    Role::Assistant,
                    vec![Part::Text { text: "hi".into() }, Part::Tool { tool_call: call }],
                ),
            ],
        );
        assert!(text.starts_with("# Ideas\n\n## Alice, 2023-11-14 22:13 UTC\n\nhello\n\n## Goose"), "{text}");
        assert!(text.contains("**Run** (done)\n\n````sh\necho '```'\n````\n\n````\n```\n````\n"), "{text}");
    }

    #[test]
    fn files_have_tame_names() {
        assert_eq!(file_name("Create a file: hello.txt", "md"), "create-a-file-hello-txt.md");
        assert_eq!(file_name("../../etc/passwd", "json"), "etc-passwd.json");
        assert_eq!(file_name("\u{202e}", "md"), "conversation.md");
    }
}
