//! What a person was writing: kept per session, over reloads and panics. The text stands in the browser's small store,
//! what is attached in its large one.

mod edits;

pub(crate) use edits::Edits;

use super::browser::{fresh_key, recall, remember};
use super::shelf;
use crate::model::complete;
use gaggle_shared::{Attachment, Mode, SessionId, read::from_json};
use leptos::{prelude::*, task::spawn_local};
use std::{cell::RefCell, collections::HashMap};

thread_local! {
    /// What was attached since the page was opened, per session; an empty list: nothing is, whatever was kept.
    static ATTACHED: RefCell<HashMap<String, Vec<Attachment>>> = RefCell::default();
}

/// Notes what is attached, here and for after a reload.
fn keep(place: &str, all: &[Attachment]) {
    ATTACHED.with_borrow_mut(|kept| kept.insert(place.to_owned(), all.to_vec()));
    let (place, text) = (place.to_owned(), serde_json::to_string(all).ok().filter(|_| !all.is_empty()));
    spawn_local(async move { shelf::put(&place, text.as_deref()).await });
}

/// The draft of one session.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    /// The text so far.
    pub(crate) text: RwSignal<String>,
    /// What comes along.
    pub(crate) attached: RwSignal<Vec<Attachment>>,
    /// The mode that was chosen for it.
    pub(crate) mode: RwSignal<Option<Mode>>,
    place: StoredValue<String>,
    /// The key of the next send: the same until it was acknowledged, so that a repeated try sends once.
    key: StoredValue<(String, String)>,
}

/// A draft on its way.
pub(crate) struct Sending {
    pub(crate) text: String,
    pub(crate) key: String,
    pub(crate) attached: Vec<Attachment>,
    pub(crate) mode: Option<Mode>,
    place: String,
}

impl Draft {
    /// The draft of this session, as it was left.
    pub(crate) fn of(session: &SessionId) -> Self {
        let place = format!("draft.{session}");
        let text = RwSignal::new(recall(&place).unwrap_or_default());
        let known = ATTACHED.with_borrow(|all| all.get(&place).cloned());
        let attached = RwSignal::new(known.clone().unwrap_or_default());
        if known.is_none() {
            let place = place.clone();
            spawn_local(async move {
                let kept = shelf::get(&place).await.and_then(|text| from_json::<Vec<Attachment>>(&text));
                // What was attached or taken away meanwhile is newer.
                let first = ATTACHED.with_borrow_mut(|all| match all.contains_key(&place) {
                    true => None,
                    false => all.entry(place).or_insert(kept?).clone().into(),
                });
                if let Some(first) = first.filter(|first: &Vec<_>| !first.is_empty()) {
                    let _ = attached.try_set(first);
                }
            });
        }
        let mode = RwSignal::new(recall(&mode_of(&place)).and_then(|kept| from_json(&kept)));
        let of = mode_of(&place);
        Effect::watch(
            move || mode.get(),
            move |mode, _, _| remember(&of, &mode.map(in_json).unwrap_or_default()),
            false,
        );
        Self {
            text,
            attached,
            mode,
            place: StoredValue::new(place),
            key: StoredValue::new(Default::default()),
        }
    }

    /// Keeps what was typed.
    pub(crate) fn write(&self, text: String) {
        self.place.with_value(|place| remember(place, &text));
        self.text.set(text);
    }

    /// Takes in words that were written elsewhere.
    pub(crate) fn add(&self, words: &str) {
        self.write(complete::behind(&self.text.get_untracked(), words));
    }

    /// Takes something along.
    pub(crate) fn attach(&self, one: Attachment) {
        self.change(|all| all.push(one));
    }

    /// Leaves something behind.
    pub(crate) fn detach(&self, index: usize) {
        self.change(|all| {
            if index < all.len() {
                all.remove(index);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Attachment>)) {
        let Some(mut all) = self.attached.try_get_untracked() else { return };
        change(&mut all);
        // Something else is sent from now on.
        self.key.set_value(Default::default());
        self.place.with_value(|place| keep(place, &all));
        self.attached.set(all);
    }

    /// What is sent now, with its idempotency key.
    pub(crate) fn sending(&self) -> Sending {
        let (text, mode) = (self.text.get_untracked(), self.mode.get_untracked());
        let said = format!("{} {text}", mode.map_or("", Mode::as_str));
        if self.key.with_value(|(known, _)| *known != said) {
            self.key.set_value((said, fresh_key()));
        }
        let attached = self.attached.get_untracked();
        Sending {
            text,
            attached,
            mode,
            key: self.key.with_value(|(_, key)| key.clone()),
            place: self.place.get_value(),
        }
    }

    /// The chosen mode was taken: it is the conversation's own from now on. One that was chosen since stays.
    pub(crate) fn mode_taken(&self, sent: &Sending) {
        let place = mode_of(&sent.place);
        if sent.mode.is_some() && recall(&place) == sent.mode.map(in_json) {
            remember(&place, "");
            let _ = self.mode.try_set(None);
        }
    }

    /// It was acknowledged: what was typed since stays, and is given. The draft itself may not be shown any more.
    pub(crate) fn sent(&self, sent: &Sending) -> String {
        let left = |all: &mut Vec<Attachment>| all.retain(|one| !sent.attached.contains(one));
        if let Some(mut all) = ATTACHED.with_borrow(|kept| kept.get(&sent.place).cloned()) {
            left(&mut all);
            keep(&sent.place, &all);
        }
        let _ = self.attached.try_update(left);
        self.key.set_value(Default::default());
        let typed = self.text.try_get_untracked().or_else(|| recall(&sent.place)).unwrap_or_default();
        let rest = typed.strip_prefix(&sent.text).unwrap_or(&typed).trim_start().to_owned();
        remember(&sent.place, &rest);
        self.text.set(rest.clone());
        rest
    }
}

/// Where the mode of the draft that is kept there is kept.
fn mode_of(place: &str) -> String {
    format!("mode.{place}")
}

fn in_json(mode: Mode) -> String {
    format!("\"{}\"", mode.as_str())
}
