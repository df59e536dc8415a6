use super::{Part, load::at_once};
use crate::model::route::{Page, place};
use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;

/// Fetches a part as soon as the pointer or the focus is on what leads to it: by the time of the click it is here.
pub(crate) fn foresee() {
    window_event_listener(ev::pointerover, |event| look(event.target()));
    window_event_listener(ev::focusin, |event| look(event.target()));
}

fn look(target: Option<web_sys::EventTarget>) {
    if let Some(part) = target.and_then(ahead) {
        let mut work = part.fetch();
        if at_once(&mut work).is_none() {
            // If it fails, the click tries again and says so.
            spawn_local(async move {
                let _ = work.await;
            });
        }
    }
}

/// Where this leads to: links by their address, buttons to a dialog.
fn ahead(target: web_sys::EventTarget) -> Option<Part> {
    let element = target.dyn_into::<web_sys::Element>().ok()?.closest("a[href], button").ok()??;
    let Some(href) = element.get_attribute("href") else { return Some(Part::Palette) };
    match place(&href).page {
        Page::Project => Some(Part::Project),
        Page::Approvals => Some(Part::Approvals),
        Page::Usage | Page::Status => Some(Part::Usage),
        _ => None,
    }
}
