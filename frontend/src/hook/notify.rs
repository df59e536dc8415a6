//! Desktop notifications, for who agreed, while the page is not looked at.

use super::app::App;
use super::browser::{recall, remember};
use super::route::Route;
use crate::model::news::{Ear, News};
use js_sys::Reflect;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

/// True if the person wants them and the browser allows them.
pub(crate) fn wanted() -> bool {
    recall("notify").is_some() && allowed()
}

/// False also where the browser has none: over plain HTTP, and in the views of some apps.
fn allowed() -> bool {
    Reflect::has(&window(), &"Notification".into()).unwrap_or(false)
        && Notification::permission() == NotificationPermission::Granted
}

/// Asks the browser, which asks the person; or stops.
pub(crate) fn switch(app: App, on: bool, is_on: RwSignal<bool>) {
    if !on {
        remember("notify", "");
        is_on.set(false);
        return;
    }
    spawn_local(async move {
        // Where there are none, this is an error.
        if let Ok(asked) = Notification::request_permission() {
            let _ = JsFuture::from(asked).await;
        }
        let allowed = allowed();
        remember("notify", if allowed { "1" } else { "" });
        let _ = is_on.try_set(allowed);
        if !allowed {
            let hint = "Allow notifications for this address in the browser's settings, then try again.";
            app.toast("The browser does not allow notifications".into(), Some(hint.into()), true);
        }
    });
}

/// Tells what happens in the fleet while the page is hidden.
pub(crate) fn tell(app: App, route: Route) {
    let ear = StoredValue::new(Ear::default());
    Effect::new(move |_| {
        let fleet = app.fleet.read();
        let mut news = Vec::new();
        ear.update_value(|ear| news = ear.listen(&fleet));
        if wanted() && document().hidden() {
            news.into_iter().take(3).for_each(|news| show(app, route, &news));
        }
    });
}

fn show(app: App, route: Route, news: &News) {
    let options = NotificationOptions::new();
    options.set_body(&news.words);
    // One of a project takes the place of the one before.
    options.set_tag(news.project.as_str());
    let Ok(shown) = Notification::new_with_options(&news.title, &options) else { return };
    let Some(user) = app.user.get_untracked() else { return };
    let href = format!("/u/{user}/p/{}", news.project);
    let open = Closure::once_into_js(move || {
        let _ = window().focus();
        route.go(&href);
    });
    shown.set_onclick(Some(open.unchecked_ref()));
}
