//! What an answer did: the files it changed, and the tools that ran.

use crate::model::{diff, tool};
use gaggle_shared::{Part, ToolCall, ToolStatus};

/// A file that an answer changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Where it is.
    pub path: String,
    /// Lines that came.
    pub added: usize,
    /// Lines that went, as far as that is known.
    pub removed: usize,
    /// It was written whole: what was there before, if anything, is not known.
    pub whole: bool,
}

/// The files that an answer's tools changed, in the order they were first touched.
pub fn changed(parts: &[Part]) -> Vec<Changed> {
    let mut out: Vec<Changed> = Vec::new();
    for call in calls(parts).filter(|call| call.status == ToolStatus::Completed) {
        for diff in tool::diffs(call) {
            let lines = diff::lines(diff.old_text.as_deref().unwrap_or_default(), &diff.new_text);
            let (added, removed) = diff::counts(&lines);
            match out.iter_mut().find(|file| file.path == diff.path) {
                Some(file) => {
                    file.added += added;
                    file.removed += removed;
                    file.whole |= tool::replaces(&diff);
                }
                None => {
                    let whole = tool::replaces(&diff);
                    out.push(Changed { path: diff.path, added, removed, whole });
                }
            }
        }
    }
    out
}

/// `1 file changed`, `3 files changed`.
pub fn title(files: &[Changed]) -> String {
    match files.len() {
        1 => "1 file changed".into(),
        count => format!("{count} files changed"),
    }
}

/// What tools of an answer did that trying again would do once more, in words; those that only looked are left out.
pub fn ran(parts: &[Part]) -> Vec<String> {
    let began = |call: &&ToolCall| !matches!(call.status, ToolStatus::Pending | ToolStatus::Rejected);
    let words = |call: &ToolCall| {
        let head = tool::head(call);
        format!("{} {}", head.verb, crate::model::plain::line(&head.subject))
    };
    calls(parts).filter(began).filter(|call| !tool::only_reads(call)).map(words).collect()
}

fn calls(parts: &[Part]) -> impl Iterator<Item = &ToolCall> {
    parts.iter().filter_map(|part| match part {
        Part::Tool { tool_call } => Some(tool_call),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::tool as sample;
    use gaggle_shared::Diff;
    use serde_json::json;

    fn edit(path: &str, old: &str, new: &str, status: ToolStatus) -> Part {
        let mut call = sample(path, status);
        call.diffs = vec![Diff { path: path.into(), old_text: Some(old.into()), new_text: new.into() }];
        Part::Tool { tool_call: call }
    }

    #[test]
    fn edits_of_a_file_add_up_and_those_that_failed_do_not_count() {
        let parts = [
            edit("a.rs", "1\n2\n", "1\n3\n4\n", ToolStatus::Completed),
            edit("b.rs", "", "x\n", ToolStatus::Completed),
            edit("a.rs", "3\n", "", ToolStatus::Completed),
            edit("c.rs", "", "x\n", ToolStatus::Failed),
        ];
        let files = changed(&parts);
        assert_eq!(title(&files), "2 files changed");
        assert_eq!(files[0], Changed { path: "a.rs".into(), added: 2, removed: 2, whole: false });
        assert_eq!(title(&files[1..]), "1 file changed");
    }

    #[test]
    fn a_written_file_counts_whole() {
        let mut call = sample("w", ToolStatus::Completed);
        call.name = Some("write".into());
        call.input = json!({"path": "new.md", "content": "a\nb\n"});
        let files = changed(&[Part::Tool { tool_call: call }]);
        assert_eq!(files, [Changed { path: "new.md".into(), added: 2, removed: 0, whole: true }]);
    }

    #[test]
    fn a_retry_warns_of_what_ran_but_not_of_what_looked() {
        let shell = |command: &str, status| {
            let mut call = sample("c", status);
            call.input = json!({ "command": command });
            Part::Tool { tool_call: call }
        };
        let parts = [
            shell("cat a", ToolStatus::Completed),
            shell("make install", ToolStatus::Failed),
            shell("rm -rf /", ToolStatus::Rejected),
        ];
        assert_eq!(ran(&parts), ["Run make install"]);
    }
}
