use crate::record::Entry;
use gaggle_shared::EventBody;
use std::collections::HashMap;

/// What pieces must share to be one.
#[derive(PartialEq, Eq, Hash)]
enum Of {
    Text(String, u32),
    Thought(String, u32),
    Output(String, String, bool),
}

/// Joins pieces of text that follow each other, each into the place of the last one, so that a reader in the middle
/// gets the whole and applies it by offset. Order and everything else stays.
pub(crate) fn join(entries: Vec<Entry>) -> Vec<Entry> {
    let mut out: Vec<Option<Entry>> = Vec::with_capacity(entries.len());
    let mut open: HashMap<Of, usize> = HashMap::new();
    for mut entry in entries {
        if let Some(key) = key(&entry.event.body) {
            if let Some(earlier) = open.get(&key).copied()
                && let Some(before) = out[earlier].take()
            {
                match prepend(&before.event.body, &mut entry.event.body) {
                    true => entry.source = None,
                    false => out[earlier] = Some(before),
                }
            }
            open.insert(key, out.len());
        }
        out.push(Some(entry));
    }
    out.into_iter().flatten().collect()
}

fn key(body: &EventBody) -> Option<Of> {
    use gaggle_shared::OutputStream::Stderr;
    match body {
        EventBody::MessageDelta { message_id, part, .. } => Some(Of::Text(message_id.to_string(), *part)),
        EventBody::MessageThought { message_id, part, .. } => {
            Some(Of::Thought(message_id.to_string(), *part))
        }
        EventBody::ToolOutput { turn_id, tool_call_id, stream, .. } => {
            Some(Of::Output(turn_id.to_string(), tool_call_id.clone(), *stream == Stderr))
        }
        _ => None,
    }
}

/// Puts the text of `before` in front, if it ends where this begins.
fn prepend(before: &EventBody, body: &mut EventBody) -> bool {
    let (EventBody::MessageDelta { offset: from, text: head, .. }
    | EventBody::MessageThought { offset: from, text: head, .. }
    | EventBody::ToolOutput { offset: from, text: head, .. }) = before
    else {
        return false;
    };
    let (EventBody::MessageDelta { offset, text, .. }
    | EventBody::MessageThought { offset, text, .. }
    | EventBody::ToolOutput { offset, text, .. }) = body
    else {
        return false;
    };
    if from + head.len() as u64 != *offset {
        return false;
    }
    text.insert_str(0, head);
    *offset = *from;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::{Event, MessageId, Role, Seq, Time, TurnId, transcript::Answer};
    use proptest::prelude::*;

    fn piece(seq: Seq, part: u32, offset: u64, text: &str) -> Entry {
        let turn_id = TurnId::parse("t1").unwrap();
        let message_id = MessageId::of_agent(&turn_id);
        let body = EventBody::MessageDelta {
            turn_id,
            message_id,
            role: Role::Assistant,
            part,
            offset,
            text: text.into(),
        };
        Entry { event: Event { seq, at: Time::UNIX_EPOCH, body }, source: None }
    }

    fn fold<'a>(answer: &mut Answer, entries: impl IntoIterator<Item = &'a Entry>) {
        for entry in entries {
            answer.apply(&entry.event.body);
        }
    }

    proptest! {
        #[test]
        fn a_reader_at_any_point_reads_the_same(texts in prop::collection::vec("[a-zä]{1,4}", 1..40), cuts in prop::collection::vec(any::<bool>(), 40), at in 0usize..40) {
            let (mut entries, mut part, mut offset) = (Vec::new(), 0u32, 0u64);
            for (n, text) in texts.iter().enumerate() {
                if n > 0 && cuts[n] {
                    // A tool call would stand between; the part index just moves on.
                    part += 1;
                    offset = 0;
                }
                entries.push(piece(n as u64 + 1, part, offset, text));
                offset += text.len() as u64;
            }
            let joined = join(entries.clone());
            prop_assert_eq!(joined.len(), part as usize + 1);
            let mut plain = Answer::default();
            fold(&mut plain, &entries);
            // It read `at` of the pieces, then the journal was joined, then it went on after the last seq it had.
            let at = at.min(entries.len());
            let mut reader = Answer::default();
            fold(&mut reader, &entries[..at]);
            fold(&mut reader, joined.iter().filter(|entry| entry.event.seq > at as u64));
            prop_assert_eq!(reader.parts(), plain.parts());
        }
    }
}
