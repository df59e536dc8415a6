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

/// A draft on its way.
pub(crate) struct Sending {
    pub(crate) text: String,
    pub(crate) key: String,
    place: String,
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

    /// What is sent now, with its idempotency key.
    pub(crate) fn sending(&self) -> Sending {
        let text = self.text.get_untracked();
        if self.key.with_value(|(known, _)| *known != text) {
            self.key.set_value((text.clone(), fresh_key()));
        }
        Sending { text, key: self.key.with_value(|(_, key)| key.clone()), place: self.place.get_value() }
    }

    /// It was acknowledged: what was typed since stays, and is given. The draft itself may not be shown any more.
    pub(crate) fn sent(&self, sent: &Sending) -> String {
        self.key.set_value(Default::default());
        let typed = self.text.try_get_untracked().or_else(|| recall(&sent.place)).unwrap_or_default();
        let rest = typed.strip_prefix(&sent.text).unwrap_or(&typed).trim_start().to_owned();
        remember(&sent.place, &rest);
        self.text.set(rest.clone());
        rest
    }
}
