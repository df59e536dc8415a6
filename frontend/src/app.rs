//! The root: routes, and what happens if the program falls.

use crate::component::Shell;
use crate::hook::{App, recall};
use crate::page::{Approvals, Fleet, Missing, Project};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    components::{ParentRoute, Route, Router, Routes},
    hooks::use_navigate,
    path,
};

/// Starts the page in the document's body.
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        if let Ok(event) = web_sys::Event::new("gaggle-panic") {
            let _ = window().dispatch_event(&event);
        }
    }));
    let _ = js_sys::Reflect::set(&window(), &"gaggleStarted".into(), &true.into());
    mount_to_body(Root);
}

#[component]
fn Root() -> impl IntoView {
    provide_context(App::new());
    view! {
        <Router>
            <Routes fallback=Missing>
                <Route path=path!("/") view=Home/>
                <ParentRoute path=path!("/u/:user") view=Shell>
                    <Route path=path!("") view=Fleet/>
                    <Route path=path!("approvals") view=Approvals/>
                    <Route path=path!("p/:project") view=Project/>
                    <Route path=path!("p/:project/:tab") view=Project/>
                    <Route path=path!("*any") view=Missing/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// Goes on to the user of last time, else the first.
#[component]
fn Home() -> impl IntoView {
    let app = App::get();
    let go = use_navigate();
    Effect::new(move |_| {
        let users = app.users.get();
        let kept = recall("user");
        let user = users.iter().find(|user| Some(user.id.as_str()) == kept.as_deref()).or(users.first());
        if let Some(user) = user {
            go(&format!("/u/{}", user.id), NavigateOptions { replace: true, ..NavigateOptions::default() });
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
