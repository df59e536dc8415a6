use crate::hook::{App, Feed, Head, Link, PartRow};
use crate::model::{time, tool};
use crate::view;
use gaggle_shared::{Part, ToolCall};
use leptos::prelude::*;

/// Silence says what it waits for, and how long already.
#[component]
pub(crate) fn Pulse(head: RwSignal<Head>, parts: RwSignal<Vec<PartRow>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let asks = Memo::new(move |_| feed.with(|chat| chat.pending().any(|p| p.turn_id == head.read().turn_id)));
    let last = Memo::new(move |_| {
        // What it does, and since when: the moment the last part changed, or its tool began. Where a tool was asked
        // about is no work.
        let parts = parts.read();
        let mut works = parts.iter().rev().map(|row| row.part.get());
        let call = match works.find(|part| !matches!(part, Part::Permission { .. })) {
            Some(Part::Tool { tool_call }) => Some(tool_call),
            _ => None,
        };
        let stage = |call: &ToolCall| tool::stage(call, || feed.with(|chat| chat.leave(&call.id)));
        let what = call.as_ref().and_then(|call| tool::out(call, stage(call)));
        let since = call.filter(|_| what.is_some()).map_or_else(crate::hook::now, |call| call.started_at);
        (what, since)
    });
    let what = move || {
        let (doing, since) = last.get();
        let ms = time::ms_between(since, app.now.get());
        match doing {
            _ if feed.link.get() == Link::Lost => "Connection lost; it goes on without you".to_owned(),
            Some(doing) => format!("{doing}, {}", time::about(ms)),
            None if ms < 2_000 => "Working".to_owned(),
            None => format!("Model, {}", time::about(ms)),
        }
    };
    // What waits for a person is said by its tool, and asked below.
    let waits = move || !asks.get();
    view! { <Show when=waits><p class="pulse" aria-hidden="true"><i class="dot ok live"></i><span>{what}</span></p></Show> }
}
