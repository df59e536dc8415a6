use super::icon::{Glyph, Icon};
use crate::hook::{App, catch_focus};
use crate::view;
use leptos::prelude::*;

/// Short notes; read out politely. They stand under the bar, where nothing is written, sent or answered. On a phone the
/// last one stands for all, or they would lie over the page: the others are a press away, and all can be read again from
/// the bell.
#[component]
pub(crate) fn Toasts() -> impl IntoView {
    let app = App::get();
    let all = RwSignal::new(false);
    let others = Memo::new(move |_| app.toasts.read().len().saturating_sub(1));
    Effect::new(move |_| {
        if others.get() == 0 {
            all.set(false);
        }
    });
    view! {
        <div class="toasts" class:all=all>
            <Show when=move || { others.get() > 0 && !all.get() }>
                <button class="btn small more" on:click=move |_| {
                    all.set(true);
                    catch_focus();
                }>{move || match others.get() {
                    1 => "1 more note".to_owned(),
                    more => format!("{more} more notes"),
                }}</button>
            </Show>
            <div class="told" role="status" aria-live="polite">
                <For each=move || app.toasts.get() key=|toast| toast.id let:toast>
                    <div class="toast" class:bad=toast.bad>
                        <div>
                            <p>{toast.text}</p>
                            {toast.hint.map(|hint| view! { <p class="dim">{hint}</p> })}
                        </div>
                        {toast.undo.map(|undo| view! {
                            <button class="btn small" on:click=move |_| {
                                undo.run();
                                app.dismiss(toast.id);
                            }>"Undo"</button>
                        })}
                        <button class="btn ghost small square" aria-label="Dismiss" on:click=move |_| app.dismiss(toast.id)>
                            <Icon glyph=Glyph::Close/>
                        </button>
                    </div>
                </For>
            </div>
        </div>
    }
}
