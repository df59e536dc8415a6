use super::icon::{Glyph, Icon};
use crate::hook::{App, catch_focus};
use crate::view;
use leptos::prelude::*;

/// Short notes; read out politely.
#[component]
pub(crate) fn Toasts() -> impl IntoView {
    let app = App::get();
    view! {
        <div class="toasts" role="status" aria-live="polite">
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
                            catch_focus();
                        }>"Undo"</button>
                    })}
                    <button class="btn ghost small square" aria-label="Dismiss" on:click=move |_| app.dismiss(toast.id)>
                        <Icon glyph=Glyph::Close/>
                    </button>
                </div>
            </For>
        </div>
    }
}
