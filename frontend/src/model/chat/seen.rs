//! How far a reader has read, and where what is new begins.

use super::{Chat, Entry};
use gaggle_shared::{MessageId, SessionId, TurnId};

/// The last that a reader saw of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The message's turn: it orders messages that are not known here.
    pub turn: TurnId,
    /// The message.
    pub message: MessageId,
    /// How many of its parts.
    pub parts: usize,
}

/// Where what is new begins: before this part of this message.
pub type Divider = (MessageId, usize);

impl Seen {
    /// All of a message.
    pub fn of(entry: &Entry) -> Self {
        Self { turn: entry.turn_id.clone(), message: entry.id.clone(), parts: entry.parts().len() }
    }

    /// As it is kept over visits.
    pub fn to_text(&self) -> String {
        format!("{} {} {}", self.turn, self.message, self.parts)
    }

    /// From what was kept; none if it is of another form.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        Some(Self {
            turn: TurnId::parse(words.next()?).ok()?,
            message: MessageId::parse(words.next()?).ok()?,
            parts: words.next()?.parse().ok()?,
        })
    }
}

impl Chat {
    /// Where what is new since then begins; none where nothing is, or where it begins before all that was read.
    pub fn divider(&self, session: &SessionId, seen: &Seen) -> Option<Divider> {
        let mut before = false;
        let mut messages = self.messages(session).peekable();
        // Of a page in the middle nobody can say what came before.
        before |= messages.peek().is_some_and(|first| first.turn_id < seen.turn);
        while let Some(entry) = messages.next() {
            if entry.id == seen.message {
                if entry.parts().len() > seen.parts {
                    return Some((entry.id.clone(), seen.parts));
                }
                return messages.next().map(|next| (next.id.clone(), 0));
            }
            if entry.turn_id > seen.turn {
                return before.then(|| (entry.id.clone(), 0));
            }
            before = true;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::*;

    fn chat(turns: &[&str]) -> Chat {
        let mut chat = Chat::default();
        for (n, id) in turns.iter().enumerate() {
            let n = n as u64 * 10;
            chat.apply(event(n + 1, queued(turn(id, "hello"))));
            chat.apply(event(n + 2, started(turn(id, "hello"))));
            chat.apply(event(n + 3, delta(id, 0, 0, "hi")));
        }
        chat
    }

    fn last(chat: &Chat) -> Seen {
        Seen::of(chat.messages(&session()).last().unwrap())
    }

    #[test]
    fn what_came_after_is_new() {
        let seen = last(&chat(&["t1"]));
        assert_eq!(chat(&["t1"]).divider(&session(), &seen), None);
        let (message, part) = chat(&["t1", "t2"]).divider(&session(), &seen).unwrap();
        assert_eq!((message.as_str(), part), ("t2-u", 0));
    }

    #[test]
    fn a_message_that_grew_is_divided_where_it_was_left() {
        let seen = last(&chat(&["t1"]));
        let mut grown = chat(&["t1"]);
        let turn_id = gaggle_shared::TurnId::parse("t1").unwrap();
        let message_id = MessageId::of_agent(&turn_id);
        let tool_call = tool("c1", gaggle_shared::ToolStatus::Running);
        grown.apply(event(9, gaggle_shared::EventBody::ToolCall { turn_id, message_id, tool_call }));
        let (message, part) = grown.divider(&session(), &seen).unwrap();
        assert_eq!((message.as_str(), part), ("t1-a", 1));
    }

    #[test]
    fn what_was_deleted_or_lies_far_back_divides_nothing_wrongly() {
        let seen = Seen::parse("t2 t2-a 1").unwrap();
        assert_eq!(chat(&["t3", "t4"]).divider(&session(), &seen), None);
        let divided = chat(&["t1", "t3"]).divider(&session(), &seen).unwrap();
        assert_eq!(divided.0.as_str(), "t3-u");
    }

    #[test]
    fn it_is_kept_as_text() {
        let seen = last(&chat(&["t1"]));
        assert_eq!(Seen::parse(&seen.to_text()), Some(seen));
        assert_eq!(Seen::parse("nonsense"), None);
    }
}
