use super::icon::{Glyph, Icon};
use crate::hook::copy;
use crate::view;
use leptos::prelude::*;
use std::time::Duration;

/// How long it says that it has copied.
const SAID: Duration = Duration::from_secs(2);

/// Puts a text on the clipboard and says so for a moment.
#[component]
pub(crate) fn CopyButton(text: Callback<(), String>) -> impl IntoView {
    let copied = RwSignal::new(false);
    let click = move |_| {
        copy(&text.run(()));
        copied.set(true);
        set_timeout(
            move || {
                let _ = copied.try_set(false);
            },
            SAID,
        );
    };
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
    let click = move |_| {
        copy(&text.run(()));
        copied.set(true);
        set_timeout(
            move || {
                let _ = copied.try_set(false);
            },
            SAID,
        );
    };
    view! {
        <button class="btn ghost copy-icon" type="button" aria-label=label title=label on:click=click>
            {move || if copied.get() { view! { <Icon glyph=Glyph::Check/> } } else { view! { <Icon glyph=Glyph::Copy/> } }}
        </button>
    }
}
