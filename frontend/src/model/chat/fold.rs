//! What of an answer is shown together: a run of reads is one line.

use crate::model::tool;
use gaggle_shared::{Part, ToolCall, ToolStatus};
use std::collections::BTreeSet;

/// Parts that stand together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Group {
    /// One part.
    One(usize),
    /// So many parts from this one on that only looked at something.
    Reads(usize, usize),
}

impl Group {
    /// The index of its first part.
    pub const fn start(&self) -> usize {
        match self {
            Self::One(at) | Self::Reads(at, _) => *at,
        }
    }

    /// How many parts it is of.
    pub const fn count(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Reads(_, count) => *count,
        }
    }

    /// What stays the same while a run grows: whether it is one, and where it begins.
    pub const fn key(&self) -> (bool, usize) {
        (matches!(self, Self::Reads(..)), self.start())
    }
}

/// The parts of an answer, in their order; while it grows its last part stays by itself.
pub fn groups(parts: &[Part], growing: bool) -> Vec<Group> {
    let end = parts.len().saturating_sub(usize::from(growing));
    let mut out = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let run = parts[at..end.max(at)].iter().take_while(|part| quiet_read(part)).count();
        if run > 1 {
            out.push(Group::Reads(at, run));
            at += run;
        } else {
            out.push(Group::One(at));
            at += 1;
        }
    }
    out
}

/// The index of the last tool of an answer: it stays open while it is the newest.
pub fn last_tool(parts: &[Part]) -> Option<usize> {
    parts.iter().rposition(|part| matches!(part, Part::Tool { .. }))
}

fn quiet_read(part: &Part) -> bool {
    matches!(part, Part::Tool { tool_call } if tool_call.status == ToolStatus::Completed && tool::only_reads(tool_call))
}

/// What a run of reads is called: `Read 12 files`, `Looked at 3 things`.
pub fn title<'a>(calls: impl Iterator<Item = &'a ToolCall>) -> String {
    let (mut files, mut all) = (BTreeSet::new(), 0);
    for call in calls {
        all += 1;
        files.extend(tool::file_read(call));
    }
    match files.len() {
        1 if all > 1 => format!("Read 1 file {all} times"),
        count if count == all => format!("Read {count} files"),
        0 => format!("Looked at {all} things"),
        count => format!("Read {count} files, looked at {} more", all - count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_grows_stays_the_same_run() {
        assert_eq!(Group::Reads(2, 2).key(), Group::Reads(2, 3).key());
        assert_ne!(Group::Reads(2, 2).key(), Group::One(2).key());
        assert_eq!((Group::One(4).count(), Group::Reads(4, 3).count()), (1, 3));
    }

    use crate::model::chat::samples::tool as sample;
    use serde_json::json;

    fn shell(command: &str) -> Part {
        let mut call = sample(command, ToolStatus::Completed);
        call.input = json!({ "command": command });
        Part::Tool { tool_call: call }
    }

    fn said() -> Part {
        Part::Text { text: "so".into() }
    }

    fn calls(parts: &[Part]) -> Vec<&ToolCall> {
        fn call(part: &Part) -> Option<&ToolCall> {
            match part {
                Part::Tool { tool_call } => Some(tool_call),
                _ => None,
            }
        }
        parts.iter().filter_map(call).collect()
    }

    #[test]
    fn a_run_of_reads_is_one_group_and_what_writes_stands_alone() {
        let parts =
            [said(), shell("cat a"), shell("cat b"), shell("ls"), shell("rm a"), shell("cat c"), said()];
        let want = [Group::One(0), Group::Reads(1, 3), Group::One(4), Group::One(5), Group::One(6)];
        assert_eq!(groups(&parts, false), want);
        assert_eq!(last_tool(&parts), Some(5));
    }

    #[test]
    fn the_last_part_of_a_growing_answer_is_seen() {
        let parts = [shell("cat a"), shell("cat b"), shell("cat c")];
        assert_eq!(groups(&parts, true), [Group::Reads(0, 2), Group::One(2)]);
        assert_eq!(groups(&parts, false), [Group::Reads(0, 3)]);
        assert_eq!(groups(&[], true), []);
    }

    #[test]
    fn a_failed_read_is_not_hidden() {
        let mut failed = sample("x", ToolStatus::Failed);
        failed.input = json!({"command": "cat x"});
        let parts = [shell("cat a"), Part::Tool { tool_call: failed }, shell("cat b")];
        assert_eq!(groups(&parts, false), [Group::One(0), Group::One(1), Group::One(2)]);
    }

    #[test]
    fn runs_are_named_by_what_they_read() {
        assert_eq!(title(calls(&[shell("cat a"), shell("head -n 3 b")]).into_iter()), "Read 2 files");
        assert_eq!(title(calls(&[shell("cat a"), shell("cat a")]).into_iter()), "Read 1 file 2 times");
        assert_eq!(title(calls(&[shell("ls"), shell("pwd")]).into_iter()), "Looked at 2 things");
        assert_eq!(
            title(calls(&[shell("cat a"), shell("cat b"), shell("ls")]).into_iter()),
            "Read 2 files, looked at 1 more"
        );
    }
}
