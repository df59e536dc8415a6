//! What is usual here, kept by the browser.

use super::app::App;
use super::browser::{recall, remember};
use crate::model::{start::Activation, usual::Usual};
use gaggle_shared::RuntimeKind;
use leptos::prelude::*;

/// Processes and pods take their own times.
fn place(app: App) -> &'static str {
    let local = app.info.read_untracked().as_ref().is_none_or(|info| info.runtime == RuntimeKind::Local);
    if local { "usual.local" } else { "usual.kubernetes" }
}

/// How long each step of a start has taken here.
fn usual(app: App) -> Usual {
    Usual::read(&recall(place(app)).unwrap_or_default())
}

/// The same, after this start.
pub(crate) fn learn(app: App, activation: &Activation) -> Usual {
    let mut usual = usual(app);
    if activation.done && usual.learn(activation) {
        remember(place(app), &usual.write());
    }
    usual
}
