//! The root: routes, and what happens if the program falls.

use crate::component::Shell;
use crate::hook::{App, Route, recall};
use crate::model::route::Page;
use crate::page::Missing;
use crate::view;
use leptos::prelude::*;

/// Starts the page in the document's body.
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        if let Ok(event) = web_sys::Event::new("gaggle-panic") {
            let _ = window().dispatch_event(&event);
        }
    }));
    let _ = js_sys::Reflect::set(&window(), &"gaggleStarted".into(), &true.into());
    crate::part::foresee();
    mount_to_body(Root);
}

#[component]
fn Root() -> impl IntoView {
    provide_context(App::new());
    let route = Route::new();
    provide_context(route);
    // What follows a user stays as long as there is one, whichever page is shown.
    let frame = Memo::new(move |_| match route.place.read().page {
        page @ (Page::Home | Page::Lost | Page::Design) => page,
        _ => Page::Fleet,
    });
    move || match frame.get() {
        Page::Home => view! { <Home/> },
        Page::Lost => view! { <Missing/> },
        #[cfg(debug_assertions)]
        Page::Design => crate::page::design(),
        _ => view! { <Shell/> },
    }
}

/// Goes on to the user of last time, else the first.
#[component]
fn Home() -> impl IntoView {
    let app = App::get();
    let route = Route::get();
    Effect::new(move |_| {
        let users = app.users.get();
        let kept = recall("user");
        let user = users.iter().find(|user| Some(user.id.as_str()) == kept.as_deref()).or(users.first());
        if let Some(user) = user {
            route.replace(&format!("/u/{}", user.id));
        }
    });
    view! {
        <main class="lonely">
            <crate::component::Logo/>
            {move || app.trouble.get().map(|trouble| view! {
                <p role="alert">{trouble.message()}</p>
                <p class="dim">{trouble.hint()}</p>
            })}
        </main>
    }
}
