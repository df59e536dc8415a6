use super::icon::{Glyph, Icon};
use super::message::MessageView;
use crate::hook::{Feed, State};
use crate::view;
use leptos::{html, prelude::*};
use std::time::Duration;
use wasm_bindgen::{JsCast, prelude::Closure};

/// How near to the end still counts as reading the newest.
const NEAR_PX: i32 = 60;

/// The messages of a session. It follows what is new only while the reader is at its end.
#[component]
pub(crate) fn Transcript(#[prop(into)] empty: ViewFn, after: AnyView) -> impl IntoView {
    let feed = Feed::get();
    let scroller = NodeRef::<html::Div>::new();
    let content = NodeRef::<html::Div>::new();
    let stuck = RwSignal::new(true);
    let to_end = move || {
        if let Some(scroller) = scroller.get_untracked() {
            scroller.set_scroll_top(scroller.scroll_height());
        }
    };
    let on_scroll = move |_| {
        let Some(scroller) = scroller.get_untracked() else { return };
        let below = scroller.scroll_height() - scroller.scroll_top() - scroller.client_height();
        let near = below < NEAR_PX;
        if stuck.get_untracked() != near {
            stuck.set(near);
        }
    };
    // Whatever makes the content grow: words, an opened tool, a font.
    Effect::new(move |_| {
        let (Some(content), Some(scroller)) = (content.get(), scroller.get()) else { return };
        let grown = Closure::<dyn Fn()>::new(move || {
            if stuck.get_untracked() {
                to_end();
            }
        });
        if let Ok(observer) = web_sys::ResizeObserver::new(grown.as_ref().unchecked_ref()) {
            observer.observe(&content);
            observer.observe(&scroller);
            let kept = send_wrapper::SendWrapper::new((observer, grown));
            on_cleanup(move || kept.0.disconnect());
        }
    });
    Effect::new(move |_| {
        feed.session.track();
        stuck.set(true);
        to_end();
    });
    let older = move |_| {
        // What is read stays where it is: the distance to the end does not change.
        let before = scroller.get_untracked().map(|node| node.scroll_height() - node.scroll_top());
        feed.read_older();
        let first = feed.rows.with_untracked(Vec::len);
        let keep = move |feed: Feed| {
            if let (Some(node), Some(before)) = (scroller.get_untracked(), before)
                && feed.rows.with_untracked(Vec::len) != first
            {
                node.set_scroll_top(node.scroll_height() - before);
            }
        };
        Effect::watch(
            move || feed.rows.with(Vec::len),
            move |_, _, _| set_timeout(move || keep(feed), Duration::ZERO),
            false,
        );
    };
    let blank = Memo::new(move |_| feed.rows.read().is_empty());
    view! {
        <div class="scroller" node_ref=scroller on:scroll=on_scroll tabindex="0" role="region" aria-label="Conversation">
            <div class="transcript" node_ref=content>
                <Show when=move || feed.older.read().is_some()>
                    <button class="btn ghost small older" on:click=older>"Earlier messages"</button>
                </Show>
                <Show when=move || feed.state.get() == State::Loading>
                    <Skeleton/>
                </Show>
                <Show when=move || blank.get() && feed.state.get() == State::Ready>{empty.run()}</Show>
                <For each=move || feed.rows.get() key=|row| row.id.clone() let:row>
                    <MessageView row/>
                </For>
                {after}
            </div>
        </div>
        <Show when=move || !stuck.get()>
            <button
                class="btn small to-end"
                on:click=move |_| {
                    stuck.set(true);
                    to_end();
                }
            >
                <Icon glyph=Glyph::Down/>
                "Newest"
            </button>
        </Show>
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeletons" role="status">
            <span class="sr">"Loading the conversation"</span>
            <i class="skeleton short"></i>
            <i class="skeleton"></i>
            <i class="skeleton"></i>
        </div>
    }
}
