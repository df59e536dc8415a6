//! Where the page is: the address, the links and the way back.

use crate::model::route::{Place, place};
use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::UrlSearchParams;

/// The address; copies are the same one.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    /// The path, such as `/u/alice`.
    pub(crate) path: RwSignal<String>,
    /// What the path means.
    pub(crate) place: Memo<Place>,
    query: RwSignal<String>,
}

impl Route {
    /// Follows the address and every link of the page.
    pub(crate) fn new() -> Self {
        let path = RwSignal::new(String::new());
        let route = Self {
            path,
            place: Memo::new(move |_| place(&path.read())),
            query: RwSignal::new(String::new()),
        };
        route.read();
        window_event_listener(ev::popstate, move |_| {
            if route.read() {
                arrive(0);
            }
        });
        window_event_listener(ev::click, move |event| {
            if let Some(href) = inner_link(&event) {
                event.prevent_default();
                route.go(&href);
            }
        });
        route
    }

    /// The address of the page.
    pub(crate) fn get() -> Self {
        expect_context()
    }

    /// Reads the address; true if it is another page.
    fn read(self) -> bool {
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        let query = location.search().unwrap_or_default();
        if *self.query.read_untracked() != query {
            self.query.set(query);
        }
        let other = *self.path.read_untracked() != path;
        if other {
            self.path.set(path);
        }
        other
    }

    /// Goes to another page.
    pub(crate) fn go(self, href: &str) {
        if let Ok(history) = window().history() {
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(href));
        }
        if self.read() {
            arrive(0);
        }
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }

    /// Stands in the place of this page: the way back leads before it.
    pub(crate) fn replace(self, href: &str) {
        if let Ok(history) = window().history() {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(href));
        }
        self.read();
    }

    /// A value of the query.
    pub(crate) fn asked(self, key: &'static str) -> Memo<String> {
        Memo::new(move |_| {
            let all = UrlSearchParams::new_with_str(&self.query.read());
            all.ok().and_then(|all| all.get(key)).unwrap_or_default()
        })
    }

    /// Sets a value of the query; an empty one is left out.
    pub(crate) fn ask(self, key: &str, value: &str) {
        let Ok(all) = UrlSearchParams::new_with_str(&self.query.read_untracked()) else { return };
        all.delete(key);
        if !value.is_empty() {
            all.set(key, value);
        }
        let query = String::from(all.to_string());
        let mark = if query.is_empty() { "" } else { "?" };
        self.replace(&format!("{}{mark}{query}", self.path.read_untracked()));
    }
}

/// So many frames the name of a page that is on its way is awaited.
const PATIENCE: u32 = 200;

/// Who comes to another page is told which: its heading gets the focus, unless something in the page has it or took it.
/// A choice that leads there, such as the user's, may be changed again at once. `waited`: for so many frames.
fn arrive(waited: u32) {
    request_animation_frame(move || {
        let active = document().active_element();
        let at = |place: &str| active.as_ref().is_some_and(|at| matches!(at.closest(place), Ok(Some(_))));
        if at("#main *, dialog *, select") || waited > 0 && !at("#main") {
            return;
        }
        let heading = document().query_selector("#main h1").ok().flatten();
        if heading.is_none() && waited < PATIENCE {
            arrive(waited + 1);
        }
        let heading = heading.inspect(|heading| drop(heading.set_attribute("tabindex", "-1")));
        let place = heading.or_else(|| document().get_element_by_id("main"));
        if let Some(place) = place.and_then(|place| place.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = place.focus();
        }
    });
}

/// The address of a link of the page that was followed plainly.
fn inner_link(event: &web_sys::MouseEvent) -> Option<String> {
    let with_key = event.meta_key() || event.alt_key() || event.ctrl_key() || event.shift_key();
    if event.default_prevented() || event.button() != 0 || with_key {
        return None;
    }
    let link = event.target()?.dyn_into::<web_sys::Element>().ok()?.closest("a[href]").ok()??;
    let href = link.get_attribute("href")?;
    let inside = href.starts_with('/') && !href.starts_with("//") && !href.starts_with("/api/");
    (inside && !link.has_attribute("target") && !link.has_attribute("download")).then_some(href)
}
