use super::icon::{Glyph, Icon};
use crate::hook::{App, Link, recall, remember};
use crate::model::plain;
use crate::view;
use gaggle_shared::{Isolation, RuntimeKind};
use leptos::prelude::*;

/// Says that what is shown may be old, until it is not.
#[component]
pub(crate) fn LostBanner(#[prop(into)] link: Signal<Link>) -> impl IntoView {
    view! {
        <div role="status" aria-live="polite">
            <Show when=move || link.get() == Link::Lost>
                <p class="banner lost">
                    <i class="dot busy live"></i>
                    <span><strong>"Connection lost."</strong>" Trying again. Agents go on with their work meanwhile."</span>
                </p>
            </Show>
        </div>
    }
}

/// What is a demo and what is not isolated, said plainly. Each can be folded away; the side bar keeps saying it.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let app = App::get();
    let local = Signal::derive(move || {
        app.info
            .read()
            .as_ref()
            .is_some_and(|i| i.runtime == RuntimeKind::Local && i.isolation == Isolation::None)
    });
    let demo = Signal::derive(move || app.info.read().as_ref().is_some_and(|info| info.demo));
    let host = move || app.info.read().as_ref().map(|info| info.host.clone());
    view! {
        <Notice shown=local place="notice.local">
            <strong>"Agents run as you, on this computer"</strong>
            {move || host().filter(|host| !host.is_empty()).map(|host| format!(" ({})", plain::line(&host)))}
            ": not isolated. Approvals guard against mistakes, not against malice."
        </Notice>
        <Notice shown=demo place="notice.demo">
            <strong>"The demo model answers."</strong>
            " For a real one, start the server with a key set, such as "
            <code>"ANTHROPIC_API_KEY"</code>", "<code>"OPENAI_API_KEY"</code>" or "<code>"OLLAMA_HOST"</code>"."
        </Notice>
    }
}

#[component]
fn Notice(shown: Signal<bool>, place: &'static str, children: ChildrenFn) -> impl IntoView {
    let folded = RwSignal::new(recall(place).is_some());
    let fold = move |_| {
        remember(place, "folded");
        folded.set(true);
    };
    view! {
        <Show when=move || shown.get() && !folded.get()>
            <div class="banner notice">
                <Icon glyph=Glyph::Warning/>
                <p>{children()}</p>
                <button class="btn ghost small square" aria-label="Fold this notice away" on:click=fold>
                    <Icon glyph=Glyph::Close/>
                </button>
            </div>
        </Show>
    }
}
