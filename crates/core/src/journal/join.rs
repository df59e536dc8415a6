use crate::record::Entry;
use gaggle_shared::EventBody;
use serde_json::Value;
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
                    true => entry.source = sources(before.source, entry.source),
                    false => out[earlier] = Some(before),
                }
            }
            open.insert(key, out.len());
        }
        out.push(Some(entry));
    }
    out.into_iter().flatten().collect()
}

/// What is kept of the agent's messages: where they say the same beside their words, it is kept once; else all of them
/// stand in a list.
fn sources(before: Option<Value>, after: Option<Value>) -> Option<Value> {
    let Some(after) = after else { return before };
    match before {
        None => Some(after),
        Some(Value::Array(mut all)) => {
            if all.last() != Some(&after) {
                all.push(after);
            }
            Some(Value::Array(all))
        }
        Some(before) if before == after => Some(before),
        Some(before) => Some(Value::Array(vec![before, after])),
    }
}

fn key(body: &EventBody) -> Option<Of> {
    use gaggle_shared::OutputStream::Stderr;
    match body {
        EventBody::MessageDelta { message_id, part, .. } => Some(Of::Text(message_id.to_string(), *part)),
        EventBody::MessageThought { message_id, part, .. } => {
            Some(Of::Thought(message_id.to_string(), *part))
        }
        EventBody::ToolOutput { whole: true, .. } => None,
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

    #[test]
    fn what_pieces_say_beside_their_words_is_kept() {
        let said = |seq, offset, meta: u32| {
            let source = Some(serde_json::json!({ "_meta": meta }));
            Entry { source, ..piece(seq, 0, offset, "x") }
        };
        let kept = |entries| join(entries).pop().unwrap().source.unwrap();
        assert_eq!(
            kept(vec![said(1, 0, 7), said(2, 1, 7), said(3, 2, 7)]),
            serde_json::json!({ "_meta": 7 })
        );
        assert_eq!(
            kept(vec![said(1, 0, 7), said(2, 1, 7), said(3, 2, 8), said(4, 3, 8), said(5, 4, 7)]),
            serde_json::json!([{ "_meta": 7 }, { "_meta": 8 }, { "_meta": 7 }])
        );
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
