//! What the press of a button says is said once, however often it is pressed in a row.

use crate::model::time::ms_between;
use gaggle_shared::Time;

/// For so long after it was sent, the same again is the same press.
const PRESS_MS: i64 = 1_000;

/// What was sent last, and under which key.
#[derive(Debug, Default)]
pub struct Once {
    what: String,
    key: String,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    OnWay,
    Sent(Time),
    Failed,
}

impl Once {
    /// The key to send this under; none if it is on its way, or was sent just now. What failed keeps its key: the
    /// answer alone may have been lost.
    pub fn begin(&mut self, what: String, now: Time, fresh: impl FnOnce() -> String) -> Option<String> {
        let key = match self.state {
            _ if self.what != what => fresh(),
            State::OnWay => return None,
            State::Sent(at) if ms_between(at, now) < PRESS_MS => return None,
            State::Sent(_) => fresh(),
            State::Failed => self.key.clone(),
        };
        *self = Self { what, key: key.clone(), state: State::OnWay };
        Some(key)
    }

    /// What was begun under this key is over.
    pub fn end(&mut self, key: &str, now: Time, sent: bool) {
        if self.key == key {
            self.state = if sent { State::Sent(now) } else { State::Failed };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::at;

    #[test]
    fn two_presses_send_once_and_a_later_one_sends_again() {
        let mut once = Once::default();
        let begin = |once: &mut Once, what: &str, now, key: &str| once.begin(what.into(), now, || key.into());
        assert_eq!(begin(&mut once, "a", at(0), "1").as_deref(), Some("1"));
        assert_eq!(begin(&mut once, "a", at(9), "2"), None, "it is on its way");
        once.end("1", at(10), true);
        assert_eq!(begin(&mut once, "a", at(10), "2"), None, "the second press of one");
        assert_eq!(begin(&mut once, "a", at(11), "2").as_deref(), Some("2"));
        assert_eq!(begin(&mut once, "b", at(11), "3").as_deref(), Some("3"), "something else");
        once.end("2", at(12), false);
        assert_eq!(begin(&mut once, "b", at(13), "4"), None, "what is over is another one");
        once.end("3", at(13), false);
        assert_eq!(begin(&mut once, "b", at(13), "4").as_deref(), Some("3"), "the same, tried again");
    }
}
