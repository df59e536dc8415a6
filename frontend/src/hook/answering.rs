//! Answering an approval: what is taken when, and what is sent.

use super::app::App;
use super::browser::now;
use crate::api::Project;
use crate::model::{time, tool};
use gaggle_shared::{Code, OptionKind, Permission, PermissionId, PermissionOption, Time};
use leptos::{ev, prelude::*};
use std::time::Duration;
use wasm_bindgen::JsCast;

/// How long a card that just came, moved or got the focus takes no answer: what is done then was meant for something
/// else.
const DEAF: Duration = Duration::from_millis(500);

/// The state of one card; copies are the same one.
#[derive(Clone, Copy)]
pub(crate) struct Answering {
    app: App,
    api: StoredValue<Project>,
    id: StoredValue<PermissionId>,
    /// In the order of their numbers.
    pub(crate) options: StoredValue<Vec<PermissionOption>>,
    /// The answer that is about to be given, where that takes two steps.
    pub(crate) open: RwSignal<Option<PermissionOption>>,
    /// Words for a "no".
    pub(crate) comment: RwSignal<String>,
    /// True while an answer is on its way, and once it arrived.
    pub(crate) sent: RwSignal<bool>,
    /// True for a moment after the card came or moved, was reached by keys, or asked whether it is meant so.
    pub(crate) deaf: RwSignal<bool>,
    /// How often it became so.
    deafened: StoredValue<u32>,
    focused: StoredValue<Option<Time>>,
}

impl Answering {
    /// For a card that stands at a place, such as "1 of 3".
    pub(crate) fn new(permission: &Permission, api: Project, place: Signal<String>) -> Self {
        let mut options = permission.options.clone();
        options.sort_by_key(|option| tool::reach(option.kind));
        let this = Self {
            app: App::get(),
            api: StoredValue::new(api),
            id: StoredValue::new(permission.id.clone()),
            options: StoredValue::new(options),
            open: RwSignal::new(None),
            comment: RwSignal::new(String::new()),
            sent: RwSignal::new(false),
            deaf: RwSignal::new(true),
            deafened: StoredValue::new(0),
            focused: StoredValue::new(None),
        };
        this.be_deaf_at(place);
        this
    }

    /// A click may have been aimed at what was there before.
    fn be_deaf_at(self, place: Signal<String>) {
        Effect::new(move |_| {
            place.get();
            self.deafen();
        });
    }

    fn deafen(self) {
        self.deaf.set(true);
        self.deafened.update_value(|times| *times += 1);
        let mine = self.deafened.get_value();
        let over = move || {
            if self.deafened.try_get_value() == Some(mine) {
                self.deaf.set(false);
            }
        };
        set_timeout(over, DEAF);
    }

    /// The focus came from elsewhere. Who came by keys sees when an answer is taken; a pointer that goes down moves the
    /// focus too, and its click is one.
    pub(crate) fn focused(self, by_key: bool) {
        self.focused.set_value(Some(now()));
        if by_key {
            self.deafen();
        }
    }

    /// Whether an answer is taken. Keys go where the focus went; the pointer shows where it is.
    fn listens(self, by_key: bool) -> bool {
        let deaf = DEAF.as_millis() as i64;
        let just = self.focused.get_value().is_some_and(|at| time::ms_between(at, now()) < deaf);
        !(self.deaf.get_untracked() || by_key && just)
    }

    /// An answer was chosen. A "no" can be said with words, and one for all later calls says first what it means.
    pub(crate) fn pick(self, option: PermissionOption, by_key: bool) {
        if !self.listens(by_key) || self.sent.get_untracked() {
            return;
        }
        match option.kind {
            OptionKind::AllowOnce | OptionKind::Other => self.give(option),
            _ => {
                // The same press, or its second half, is no answer to what stands there now.
                self.deafen();
                self.open.set(Some(option));
            }
        }
    }

    /// Words for a "no". Who writes them has seen what it is that they answer.
    pub(crate) fn write(self, words: String) {
        self.comment.set(words);
        self.deaf.set(false);
    }

    /// A number, wherever in the card nothing is being written. A key that is held down answers nothing.
    pub(crate) fn key(self, event: &ev::KeyboardEvent) {
        let writes = event.target().is_some_and(|at| at.dyn_ref::<web_sys::HtmlInputElement>().is_some());
        if event.repeat() && (event.key() == "Enter" || event.key() == " " && !writes) {
            event.prevent_default();
        }
        let held = event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat();
        if writes || held || self.open.read_untracked().is_some() {
            return;
        }
        let at = event.key().parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        if let Some(option) = at.and_then(|at| self.options.with_value(|all| all.get(at).cloned())) {
            event.prevent_default();
            self.pick(option, true);
        }
    }

    /// Sends an answer.
    pub(crate) fn give(self, option: PermissionOption) {
        if !self.listens(false) || self.sent.get_untracked() {
            return;
        }
        self.sent.set(true);
        let (api, id) = (self.api.get_value(), self.id.get_value());
        let said = self.comment.get_untracked().trim().to_owned();
        let said = (rejects(option.kind) && !said.is_empty()).then_some(said);
        self.app.act("The answer did not arrive", async move {
            match api.answer(&id, option.id, said).await {
                // Somebody was faster: the journal says who, and the card goes.
                Err(trouble) if trouble.code() == Some(Code::PermissionAlreadyAnswered) => {
                    self.app.toast(trouble.message(), None, false);
                    Ok(())
                }
                Err(trouble) => {
                    let _ = self.sent.try_set(false);
                    Err(trouble)
                }
                Ok(()) => Ok(()),
            }
        });
    }
}

/// True for an option that says no.
pub(crate) const fn rejects(kind: OptionKind) -> bool {
    matches!(kind, OptionKind::RejectOnce | OptionKind::RejectAlways)
}
