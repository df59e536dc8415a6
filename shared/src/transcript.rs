//! From events to the parts of an answer: one fold, for the server's records and for the page.
//!
//! Applying an event twice, or a joined chunk over its pieces, changes nothing: text goes in by offset.

use crate::{EventBody, Part, Role, ToolCall, ToolStatus};

/// Output of a tool beyond this many bytes keeps its head and its tail.
pub const OUTPUT_LIMIT: usize = 64 * 1024;

/// What applying an event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The part of this index is new or has changed.
    Part(usize),
    /// Nothing to do: known already, or not of an answer.
    Nothing,
    /// Something before this is missing: read the turn again.
    Gap,
}

/// The answer of one turn, folded from its events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    parts: Vec<Part>,
    outputs: Vec<Output>,
}

/// The output of one tool call: how much came in all, and what of it is kept.
#[derive(Debug, Clone, Default, PartialEq)]
struct Output {
    call: String,
    total: u64,
    head: String,
    tail: String,
}

impl Answer {
    /// An answer that has these parts already, as read from a turn or message.
    pub fn from_parts(parts: Vec<Part>) -> Self {
        let outputs = parts
            .iter()
            .filter_map(|part| match part {
                Part::Tool { tool_call } => Some(Output {
                    call: tool_call.id.clone(),
                    total: tool_call.output.len() as u64,
                    head: tool_call.output.clone(),
                    tail: String::new(),
                }),
                _ => None,
            })
            .collect();
        Self { parts, outputs }
    }

    /// The parts so far, in the order they came.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The parts, by value.
    pub fn into_parts(self) -> Vec<Part> {
        self.parts
    }

    /// The text parts joined, a blank line between.
    pub fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text { text } => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n\n")
    }

    /// How many bytes of this call's output came so far.
    pub fn output_len(&self, call: &str) -> u64 {
        self.outputs.iter().find(|o| o.call == call).map_or(0, |o| o.total)
    }

    /// What of this text, which is all that the call has printed, did not come yet; none if what came so far is not,
    /// as far as it is kept, its beginning.
    pub fn output_goes_on<'a>(&self, call: &str, whole: &'a str) -> Option<&'a str> {
        let Some(output) = self.outputs.iter().find(|one| one.call == call) else { return Some(whole) };
        let (came, rest) = whole.split_at_checked(usize::try_from(output.total).ok()?)?;
        (came.starts_with(&output.head) && came.ends_with(&output.tail)).then_some(rest)
    }

    /// The tool call of this id.
    pub fn tool(&self, call: &str) -> Option<&ToolCall> {
        self.parts.iter().rev().find_map(|part| match part {
            Part::Tool { tool_call } if tool_call.id == call => Some(tool_call),
            _ => None,
        })
    }

    /// Takes one event of this turn.
    pub fn apply(&mut self, body: &EventBody) -> Applied {
        match body {
            // What a person adds to a running turn is a message of its own.
            EventBody::MessageDelta { role: Role::User, .. } => Applied::Nothing,
            EventBody::MessageDelta { part, offset, text, .. } => self.text_at(*part, *offset, text, false),
            EventBody::MessageThought { part, offset, text, .. } => self.text_at(*part, *offset, text, true),
            EventBody::ToolCall { tool_call, .. } | EventBody::ToolUpdate { tool_call, .. } => {
                self.call(tool_call)
            }
            EventBody::ToolOutput { tool_call_id, text, whole: true, .. } => {
                self.whole_output(tool_call_id, text)
            }
            EventBody::ToolOutput { tool_call_id, offset, text, .. } => {
                self.output(tool_call_id, *offset, text)
            }
            EventBody::PermissionRequested { permission } => {
                let known = self.parts.iter().any(
                    |part| matches!(part, Part::Permission { permission_id } if *permission_id == permission.id),
                );
                if known {
                    return Applied::Nothing;
                }
                self.push(Part::Permission { permission_id: permission.id.clone() })
            }
            _ => Applied::Nothing,
        }
    }

    /// Marks calls that never ended, once the turn has.
    pub fn close(&mut self, at: crate::Time) {
        for part in &mut self.parts {
            if let Part::Tool { tool_call } = part
                && matches!(tool_call.status, ToolStatus::Pending | ToolStatus::Running)
            {
                tool_call.status = ToolStatus::Failed;
                tool_call.ended_at = Some(at);
            }
        }
    }

    fn push(&mut self, part: Part) -> Applied {
        self.parts.push(part);
        Applied::Part(self.parts.len() - 1)
    }

    fn text_at(&mut self, part: u32, offset: u64, text: &str, thought: bool) -> Applied {
        let index = part as usize;
        if index > self.parts.len() {
            return Applied::Gap;
        }
        if index == self.parts.len() {
            if offset > 0 {
                return Applied::Gap;
            }
            let text = text.to_owned();
            return self.push(if thought { Part::Thought { text } } else { Part::Text { text } });
        }
        match &mut self.parts[index] {
            Part::Text { text: whole } if !thought => splice(whole, offset, text, index),
            Part::Thought { text: whole } if thought => splice(whole, offset, text, index),
            _ => Applied::Gap,
        }
    }

    fn call(&mut self, call: &ToolCall) -> Applied {
        let at = self
            .parts
            .iter()
            .position(|part| matches!(part, Part::Tool { tool_call } if tool_call.id == call.id));
        match at {
            None => self.push(Part::Tool { tool_call: call.clone() }),
            Some(index) => {
                if let Part::Tool { tool_call } = &mut self.parts[index] {
                    let output = std::mem::take(&mut tool_call.output);
                    *tool_call = ToolCall { output, ..call.clone() };
                }
                Applied::Part(index)
            }
        }
    }

    /// Where a call is among the parts, and what is kept of its output.
    fn printed(&mut self, call: &str) -> Option<(usize, &mut Output)> {
        let is = |part: &Part| matches!(part, Part::Tool { tool_call } if tool_call.id == call);
        let index = self.parts.iter().position(is)?;
        let slot = match self.outputs.iter().position(|o| o.call == call) {
            Some(slot) => slot,
            None => {
                self.outputs.push(Output { call: call.to_owned(), ..Output::default() });
                self.outputs.len() - 1
            }
        };
        Some((index, &mut self.outputs[slot]))
    }

    fn whole_output(&mut self, call: &str, text: &str) -> Applied {
        let Some((index, output)) = self.printed(call) else { return Applied::Gap };
        *output = Output {
            call: call.to_owned(),
            total: text.len() as u64,
            head: text.to_owned(),
            tail: String::new(),
        };
        match &mut self.parts[index] {
            Part::Tool { tool_call } if tool_call.output != text => {
                text.clone_into(&mut tool_call.output);
                Applied::Part(index)
            }
            _ => Applied::Nothing,
        }
    }

    fn output(&mut self, call: &str, offset: u64, text: &str) -> Applied {
        let Some((index, output)) = self.printed(call) else { return Applied::Gap };
        if offset > output.total {
            return Applied::Gap;
        }
        let skip = (output.total - offset) as usize;
        let Some(fresh) = text.get(skip..).filter(|fresh| !fresh.is_empty()) else { return Applied::Nothing };
        output.take(fresh);
        let shown = output.shown();
        if let Part::Tool { tool_call } = &mut self.parts[index] {
            tool_call.output = shown;
        }
        Applied::Part(index)
    }
}

/// The head and the tail of a long output, with a line between that says how much is left out.
pub fn shortened(output: &str) -> String {
    let mut kept = Output::default();
    kept.take(output);
    kept.shown()
}

impl Output {
    fn take(&mut self, text: &str) {
        self.total += text.len() as u64;
        let room = (OUTPUT_LIMIT / 2).saturating_sub(self.head.len());
        let cut = floor_boundary(text, room);
        let (head, tail) = if self.tail.is_empty() { text.split_at(cut) } else { ("", text) };
        self.head.push_str(head);
        self.tail.push_str(tail);
        if self.tail.len() > OUTPUT_LIMIT {
            let from = ceil_boundary(&self.tail, self.tail.len() - OUTPUT_LIMIT / 2);
            self.tail.drain(..from);
        }
    }

    fn shown(&self) -> String {
        let kept = (self.head.len() + self.tail.len()) as u64;
        if kept == self.total {
            format!("{}{}", self.head, self.tail)
        } else {
            format!("{}\n… {} bytes left out …\n{}", self.head, self.total - kept, self.tail)
        }
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn splice(whole: &mut String, offset: u64, text: &str, index: usize) -> Applied {
    let have = whole.len() as u64;
    if offset > have {
        return Applied::Gap;
    }
    match text.get((have - offset) as usize..) {
        Some(fresh) if !fresh.is_empty() => {
            whole.push_str(fresh);
            Applied::Part(index)
        }
        _ => Applied::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MessageId, TurnId};

    fn delta(part: u32, offset: u64, text: &str) -> EventBody {
        let turn_id = TurnId::parse("t1").unwrap();
        let message_id = MessageId::of_agent(&turn_id);
        EventBody::MessageDelta {
            turn_id,
            message_id,
            role: Role::Assistant,
            part,
            offset,
            text: text.into(),
        }
    }

    #[test]
    fn repeated_and_joined_chunks_never_double() {
        let mut answer = Answer::default();
        assert_eq!(answer.apply(&delta(0, 0, "Hel")), Applied::Part(0));
        assert_eq!(answer.apply(&delta(0, 3, "lö")), Applied::Part(0));
        assert_eq!(answer.apply(&delta(0, 0, "Hel")), Applied::Nothing);
        assert_eq!(answer.apply(&delta(0, 0, "Hellö, you")), Applied::Part(0));
        assert_eq!(answer.apply(&delta(0, 99, "x")), Applied::Gap);
        assert_eq!(answer.apply(&delta(2, 0, "x")), Applied::Gap);
        assert_eq!(answer.text(), "Hellö, you");
    }

    #[test]
    fn long_output_keeps_head_and_tail() {
        let mut output = Output::default();
        for n in 0..20_000 {
            output.take(&format!("line {n} ä\n"));
        }
        let shown = output.shown();
        assert!(shown.starts_with("line 0 ä\n") && shown.ends_with("line 19999 ä\n"));
        assert!(shown.contains("bytes left out") && shown.len() < 2 * OUTPUT_LIMIT);
    }
}
