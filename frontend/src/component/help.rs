//! Sheets over the page: the shortcuts, and the notes that were shown.

use super::dialog::Modal;
use crate::hook::{App, clock_time, key_names, notifications_wanted, switch_notifications};
use crate::view;
use leptos::prelude::*;

/// Keys and what they do, by where.
const KEYS: [(&str, &[(&str, &str)]); 3] = [
    (
        "Everywhere",
        &[
            ("Ctrl K", "Search, go and do"),
            ("?", "This sheet"),
            ("N", "New project"),
            ("Esc", "Close what is open"),
        ],
    ),
    (
        "In the list of projects",
        &[
            ("/", "Filter"),
            ("↑ ↓ ← →", "Go from one to the next"),
            ("Home End", "To the first, the last"),
            ("Enter", "Open"),
            ("X", "Select"),
            ("Shift click", "Select all between"),
        ],
    ),
    (
        "In a chat",
        &[
            ("Enter", "Send, or queue while it works"),
            ("Shift Enter", "A new line"),
            ("Ctrl Enter", "Add to what it is doing"),
            ("Esc", "Stop it"),
            ("1 – 9", "Answer the approval that has the focus"),
        ],
    ),
];

/// All shortcuts on one sheet.
#[component]
pub(crate) fn HelpSheet() -> impl IntoView {
    let app = App::get();
    let close = Callback::new(move |()| app.help.set(false));
    let part = |(name, keys): &(&'static str, &'static [(&'static str, &'static str)])| {
        let line = |(key, what): &(&'static str, &'static str)| view! { <dt><kbd>{key_names(key)}</kbd></dt><dd>{*what}</dd> };
        view! { <section><h3>{*name}</h3><dl class="keys">{keys.iter().map(line).collect_view()}</dl></section> }
    };
    view! {
        <Modal open=app.help close label="Shortcuts" class="sheet">
            <h2>"Shortcuts"</h2>
            <div class="sheet-parts">{KEYS.iter().map(part).collect_view()}</div>
            <div class="buttons"><button type="button" class="btn" autofocus on:click=move |_| close.run(())>"Close"</button></div>
        </Modal>
    }
}

/// The notes that were shown, newest first, and whether the desktop is told too.
#[component]
pub(crate) fn NotesSheet() -> impl IntoView {
    let app = App::get();
    let close = Callback::new(move |()| app.reading_notes.set(false));
    let on = RwSignal::new(notifications_wanted());
    let notes = move || {
        let notes = app.notes.get();
        notes
            .into_iter()
            .rev()
            .map(|(at, note)| {
                view! {
                    <li class:bad=note.bad>
                        <p>{note.text}</p>
                        {note.hint.map(|hint| view! { <p class="dim">{hint}</p> })}
                        <time>{clock_time(at)}</time>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Modal open=app.reading_notes close label="Notes" class="sheet">
            <h2>"Notes"</h2>
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=on
                    on:change=move |event| switch_notifications(app, event_target_checked(&event), on)
                />
                "Tell me on the desktop when an agent needs me, is done or failed while this page is hidden"
            </label>
            <ul class="notes">{notes}</ul>
            <Show when=move || app.notes.read().is_empty()>
                <p class="dim">"Nothing was noted since this page was opened. What goes by at the corner can be read here again."</p>
            </Show>
            <div class="buttons"><button type="button" class="btn" autofocus on:click=move |_| close.run(())>"Close"</button></div>
        </Modal>
    }
}
