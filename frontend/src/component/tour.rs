use crate::hook::{App, catch_focus, key_names, recall, remember};
use crate::view;
use leptos::prelude::*;

/// What somebody who is here for the first time should know.
const STEPS: [(&str, &str); 3] = [
    (
        "A project is a place with an agent of its own",
        "Give it a name and say what you want done. It wakes by itself and sleeps when there is nothing to do; its files and conversations stay.",
    ),
    (
        "It asks before it writes or runs something",
        "What waits for you is violet, here and under Approvals. You see the whole command before you answer, and you may say why not.",
    ),
    (
        "Everything is a few letters away",
        "Press Ctrl K to go to any project or page, and ? for all shortcuts. Status tells what runs where and what is not isolated.",
    ),
];

/// Three short steps, once, above the list; it covers nothing and can be left at any moment.
#[component]
pub(crate) fn Tour() -> impl IntoView {
    let app = App::get();
    let at = RwSignal::new(if recall("tour").is_some() { STEPS.len() } else { 0 });
    let go = move |to: usize| {
        if to >= STEPS.len() {
            remember("tour", "done");
        }
        at.set(to);
        catch_focus();
    };
    let known = Memo::new(move |_| app.fleet.read().is_known() && app.counts.get().all > 0);
    // Its buttons stay while its words change, so that they keep the focus.
    let step = move || STEPS.get(at.get()).copied().unwrap_or_default();
    let last = move || at.get() + 1 == STEPS.len();
    view! {
        <Show when=move || known.get() && at.get() < STEPS.len()>
            <section class="tour" aria-label="A first look">
                <span class="tour-at" aria-hidden="true">{move || format!("{} of {}", at.get() + 1, STEPS.len())}</span>
                <div aria-live="polite"><h2>{move || step().0}</h2><p>{move || key_names(step().1)}</p></div>
                <div class="buttons">
                    <Show when=move || !last()>
                        <button class="btn ghost small" on:click=move |_| go(STEPS.len())>"Skip"</button>
                    </Show>
                    <button class="btn small" on:click=move |_| go(at.get_untracked() + 1)>{move || if last() { "Got it" } else { "Next" }}</button>
                </div>
            </section>
        </Show>
    }
}
