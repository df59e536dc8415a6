//! Colours for code, from a script of our own that is fetched when the first code is shown.

use js_sys::{Array, Function, Reflect};
use leptos::prelude::*;
use std::cell::OnceCell;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};

const SCRIPT: &str = "/highlight.js";
const NAME: &str = "gaggleHighlight";

thread_local! {
    /// True once the script is there.
    static READY: OnceCell<ArcRwSignal<bool>> = const { OnceCell::new() };
}

/// True once code can be coloured; the first call fetches what that needs.
pub(crate) fn highlighter() -> ArcRwSignal<bool> {
    READY.with(|cell| cell.get_or_init(fetch).clone())
}

fn fetch() -> ArcRwSignal<bool> {
    let ready = ArcRwSignal::new(false);
    let tag = document().create_element("script");
    if let (Ok(tag), Some(head)) = (tag, document().head()) {
        let _ = tag.set_attribute("type", "module");
        let _ = tag.set_attribute("src", SCRIPT);
        let there = ready.clone();
        // Without colours code is still code: a script that does not come is no error.
        let loaded = Closure::once_into_js(move || there.set(true));
        let _ = tag.add_event_listener_with_callback("load", loaded.unchecked_ref());
        let _ = head.append_child(&tag);
    }
    ready
}

/// The pieces of a code with their classes; joined they are the code. None if it cannot be coloured.
pub(crate) fn highlight(text: &str, language: &str) -> Option<Vec<(String, String)>> {
    let function: Function = Reflect::get(&window(), &NAME.into()).ok()?.dyn_into().ok()?;
    let pieces = function.call2(&JsValue::NULL, &text.into(), &language.into()).ok()?;
    let pieces: Vec<_> = Array::from(&pieces).iter().filter_map(|piece| piece.as_string()).collect();
    let pairs = pieces.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
    Some(pairs.collect())
}
