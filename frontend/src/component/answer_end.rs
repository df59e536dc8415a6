use super::again::{Again, done_already, send, with_attachments};
use super::copy::CopyButton;
use super::icon::{Glyph, Icon};
use crate::hook::{Feed, Head};
use crate::model::{
    chat::work::{self, Changed},
    plain, time,
};
use crate::view;
use gaggle_shared::MessageId;
use leptos::prelude::*;

/// How an answer ends: what it changed, how long it took, what it used, and what to do with it.
#[component]
pub(crate) fn AnswerEnd(id: MessageId, head: Head) -> impl IntoView {
    let feed = Feed::get();
    let files =
        feed.peek(|chat| chat.message(&id).map(|entry| work::changed(entry.parts()))).unwrap_or_default();
    let asking = RwSignal::new(false);
    let turn = StoredValue::new(head.turn_id.clone());
    let prompt = move || {
        let user = turn.with_value(MessageId::of_user);
        feed.peek(|chat| chat.message(&user).map(crate::model::chat::Entry::text)).unwrap_or_default()
    };
    let retry = move |_| match done_already(&turn.get_value()).is_empty() {
        true => turn.with_value(|turn| {
            send(feed, turn.as_str(), prompt(), with_attachments(feed, turn), None);
        }),
        false => asking.update(|asking| *asking = !*asking),
    };
    let text = Callback::new(move |()| {
        feed.peek(|chat| chat.message(&id).map(crate::model::chat::Entry::text)).unwrap_or_default()
    });
    view! {
        <footer class="answer-end">
            {(!files.is_empty()).then(|| view! { <Files files/> })}
            <div class="answer-acts">
                <CopyButton text/>
                <button class="btn ghost small" type="button" aria-expanded=move || asking.get().to_string() on:click=retry>
                    <Icon glyph=Glyph::Again/>"Try again"
                </button>
                <span class="note">{note(&head)}</span>
            </div>
            <Show when=move || asking.get()>
                <Again text=prompt() of=turn.get_value() ran=turn.with_value(done_already) asking/>
            </Show>
        </footer>
    }
}

#[component]
fn Files(files: Vec<Changed>) -> impl IntoView {
    let (added, removed) = files.iter().fold((0, 0), |(a, r), file| (a + file.added, r + file.removed));
    let title = work::title(&files);
    let known = files.iter().any(|file| !file.whole);
    let row = |file: Changed| {
        view! {
            <li>
                <code>{plain::line(&file.path)}</code>
                <span class="plus">{format!("+{}", file.added)}</span>
                {match file.whole {
                    true => view! { <span class="dim">"written whole"</span> }.into_any(),
                    false => view! { <span class="minus">{format!("−{}", file.removed)}</span> }.into_any(),
                }}
            </li>
        }
    };
    view! {
        <details class="changed">
            <summary>
                <Icon glyph=Glyph::File/>
                {title}
                <span class="plus">{format!("+{added}")}</span>
                {known.then(|| view! { <span class="minus">{format!("−{removed}")}</span> })}
            </summary>
            <ul>{files.into_iter().map(row).collect_view()}</ul>
        </details>
    }
}

/// `2 min 08 s, 38k tokens`
fn note(head: &Head) -> Option<String> {
    let took = time::took(head.created_at, head.ended_at?);
    let usage = head.usage.as_ref().filter(|usage| usage.total_tokens > 0);
    let used = usage.map(|usage| format!("{} tokens", time::count(usage.total_tokens)));
    Some([took, used].into_iter().flatten().collect::<Vec<_>>().join(", "))
}
