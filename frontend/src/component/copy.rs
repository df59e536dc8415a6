use super::icon::{Glyph, Icon};
use crate::hook::{App, copy};
use crate::view;
use leptos::{ev, prelude::*};
use std::time::Duration;

/// How long it says that it has copied.
const SAID: Duration = Duration::from_secs(2);

/// Puts a text on the clipboard and says so for a moment.
#[component]
pub(crate) fn CopyButton(text: Callback<(), String>) -> impl IntoView {
    let copied = RwSignal::new(false);
    let click = copies(text, copied);
    view! {
        <button class="btn ghost small" type="button" on:click=click>
            {move || if copied.get() { view! { <Icon glyph=Glyph::Check/> } } else { view! { <Icon glyph=Glyph::Copy/> } }}
            {move || if copied.get() { "Copied" } else { "Copy" }}
        </button>
    }
}

/// The same, as small as what it copies.
#[component]
pub(crate) fn CopyIcon(label: &'static str, text: Callback<(), String>) -> impl IntoView {
    let copied = RwSignal::new(false);
    let click = copies(text, copied);
    view! {
        <button class="btn ghost copy-icon" type="button" aria-label=label title=label on:click=click>
            {move || if copied.get() { view! { <Icon glyph=Glyph::Check/> } } else { view! { <Icon glyph=Glyph::Copy/> } }}
        </button>
    }
}

/// What a click does: `copied` is true for a moment once the text is there, and not before.
fn copies(text: Callback<(), String>, copied: RwSignal<bool>) -> impl Fn(ev::MouseEvent) {
    let app = App::get();
    move |_| {
        copy(&text.run(())).then(app, move || {
            let _ = copied.try_set(true);
            let over = move || {
                let _ = copied.try_set(false);
            };
            set_timeout(over, SAID);
        });
    }
}
