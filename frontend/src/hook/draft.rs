//! What a person was writing: kept per session, over reloads and panics.

use super::browser::{fresh_key, recall, remember};
use gaggle_shared::SessionId;
use leptos::prelude::*;

/// The draft of one session.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    /// The text so far.
    pub(crate) text: RwSignal<String>,
    place: StoredValue<String>,
    /// The key of the next send: the same until it was acknowledged, so that a repeated try sends once.
    key: StoredValue<(String, String)>,
}

impl Draft {
    /// The draft of this session, as it was left.
    pub(crate) fn of(session: &SessionId) -> Self {
        let place = format!("draft.{session}");
        let text = RwSignal::new(recall(&place).unwrap_or_default());
        Self { text, place: StoredValue::new(place), key: StoredValue::new(Default::default()) }
    }

    /// Keeps what was typed.
    pub(crate) fn write(&self, text: String) {
        self.place.with_value(|place| remember(place, &text));
        self.text.set(text);
    }

    /// The idempotency key for sending this text.
    pub(crate) fn key_for(&self, text: &str) -> String {
        if self.key.with_value(|(known, _)| known != text) {
            self.key.set_value((text.to_owned(), fresh_key()));
        }
        self.key.with_value(|(_, key)| key.clone())
    }

    /// It was acknowledged: what was typed since stays.
    pub(crate) fn sent(&self, text: &str) {
        self.key.set_value(Default::default());
        let rest = self.text.get_untracked();
        self.write(rest.strip_prefix(text).unwrap_or(&rest).trim_start().to_owned());
    }
}
