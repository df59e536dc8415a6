use crate::view;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// A dialog over the page; the browser keeps the focus in it and gives it back.
#[component]
pub(crate) fn Modal(
    /// Open or not; the dialog closes itself by it.
    #[prop(into)]
    open: Signal<bool>,
    /// Called when a person closes it.
    close: Callback<()>,
    /// Its accessible name.
    #[prop(into)]
    label: String,
    #[prop(optional)] class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        if open.get() {
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
    // A click on the backdrop is a click on the dialog itself, outside its content.
    let outside = move |event: ev::MouseEvent| {
        if let (Some(target), Some(dialog)) = (event.target(), node.get())
            && target.dyn_ref() == Some(&dialog)
        {
            close.run(());
        }
    };
    view! {
        <dialog
            node_ref=node
            class=format!("modal {class}")
            aria-label=label
            on:click=outside
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                close.run(());
            }
        >
            <Show when=move || open.get()>
                <div class="modal-body">{children()}</div>
            </Show>
        </dialog>
    }
}
