use super::banner::LostBanner;
use super::icon::{Glyph, Icon};
use super::logo::Logo;
use super::sidebar::Sidebar;
use super::toasts::Toasts;
use crate::hook::{App, Route, focus, tell_news};
use crate::model::{
    look,
    route::{Page, Place},
};
use crate::page::{Fleet, Missing};
use crate::part::{Late, Opened, Part};
use crate::view;
use gaggle_shared::{ProjectId, UserId};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

/// The frame around every page of a user.
#[component]
pub(crate) fn Shell() -> impl IntoView {
    let app = App::get();
    let route = Route::get();
    Effect::new(move |_| {
        let user = route.place.read().user.as_ref().and_then(|user| UserId::parse(user).ok());
        if app.user.get_untracked() != user {
            app.user.set(user);
        }
    });
    // Going somewhere closes the menu of a phone.
    Effect::new(move |_| {
        route.path.track();
        app.menu.set(false);
    });
    let title = Memo::new(move |_| {
        let place = route.place.read();
        let id = place.project.as_ref().and_then(|id| ProjectId::parse(id).ok());
        let project = id.and_then(|id| app.fleet.read().get(&id)).map(|project| look::name(&project));
        title(&place, project)
    });
    Effect::new(move |_| {
        let waiting = app.counts.get().approvals;
        let badge = if waiting > 0 { format!("({waiting}) ") } else { String::new() };
        document().set_title(&format!("{badge}{}", title.read()));
    });
    let keys = window_event_listener(ev::keydown, move |event| {
        if (event.ctrl_key() || event.meta_key()) && event.key() == "k" {
            event.prevent_default();
            app.sought.set(String::new());
            app.palette.update(|open| *open = !*open);
        } else if app.palette.get_untracked() && !within(&event, "dialog") {
            type_ahead(app, &event);
        } else if plain_key(&event) && event.key() == "?" {
            event.prevent_default();
            app.help.set(true);
        } else if plain_key(&event) && event.key() == "n" {
            event.prevent_default();
            app.creating.set(true);
        } else if plain_key(&event) && event.key() == "/" {
            event.prevent_default();
            focus("filter");
        } else if event.key() == "Escape" && app.menu.get_untracked() {
            app.menu.set(false);
        }
    });
    on_cleanup(move || keys.remove());
    tell_news(app, route);
    let page = Memo::new(move |_| route.place.read().page);
    let unknown = Memo::new(move |_| {
        let user = app.user.get();
        !app.users.read().is_empty() && !app.users.read().iter().any(|known| Some(&known.id) == user.as_ref())
    });
    view! {
        <button class="skip" on:click=move |_| focus("main")>"Skip to content"</button>
        <div class="app" class:menu-open=app.menu>
            <header class="phone-bar">
                <button
                    class="btn ghost square"
                    aria-label="Menu"
                    aria-expanded=move || app.menu.get().to_string()
                    aria-controls="side"
                    on:click=move |_| app.menu.update(|open| *open = !*open)
                >
                    <Icon glyph=Glyph::Menu/>
                </button>
                <Logo/>
                <span class="grow"></span>
                <Show when=move || { app.counts.get().approvals > 0 }>
                    <a class="n hot" href=move || app.user.get().map(|user| format!("/u/{user}/approvals"))>
                        {move || app.counts.get().approvals}<span class="sr">" approvals waiting"</span>
                    </a>
                </Show>
            </header>
            <aside id="side" class="side" aria-label="Projects and users"><Sidebar/></aside>
            <div class="scrim" aria-hidden="true" on:click=move |_| app.menu.set(false)></div>
            <main id="main" class="main" tabindex="-1">
                <LostBanner link=app.link/>
                <Show when=move || !unknown.get() fallback=|| view! { <Missing/> }>
                    {move || match page.get() {
                        Page::Fleet => view! { <Fleet/> },
                        Page::Approvals => view! { <Late part=Part::Approvals/> },
                        Page::Project => view! { <Late part=Part::Project/> },
                        Page::Usage => view! { <Late part=Part::Usage/> },
                        Page::Status => view! { <Late part=Part::Status/> },
                        _ => view! { <Missing/> },
                    }}
                </Show>
            </main>
        </div>
        <Opened part=Part::Create open=app.creating/>
        <Opened part=Part::Delete open=Signal::derive(move || app.deleting.read().is_some())/>
        <Opened part=Part::Palette open=app.palette/>
        <Opened part=Part::Help open=app.help/>
        <Opened part=Part::Notes open=app.reading_notes/>
        <Toasts/>
    }
}

/// What the page is called among the browser's tabs and in its history.
fn title(place: &Place, project: Option<String>) -> String {
    let page = match (place.page, place.tab.as_str()) {
        (Page::Fleet, _) => "Projects",
        (Page::Approvals, _) => "Approvals",
        (Page::Status, _) => "Status",
        (Page::Usage, _) | (Page::Project, "usage") => "Usage",
        (Page::Project, "") => "Chat",
        (Page::Project, "activity") => "Activity",
        (Page::Project, "logs") => "Logs",
        (Page::Project, "resources") => "Resources",
        (Page::Project, "settings") => "Settings",
        _ => "Nothing is here",
    };
    let project = project.map(|name| format!("{name} · ")).unwrap_or_default();
    format!("{project}{page} · Gaggle")
}

/// The palette is on its way: who types at once has typed into it.
fn type_ahead(app: App, event: &ev::KeyboardEvent) {
    let key = event.key();
    match key.as_str() {
        _ if event.ctrl_key() || event.meta_key() || event.alt_key() => return,
        "Escape" => app.palette.set(false),
        "Backspace" => app.sought.update(|sought| {
            sought.pop();
        }),
        "Enter" => app.sought.update(|sought| sought.push('\n')),
        letter if letter.chars().count() == 1 => app.sought.update(|sought| sought.push_str(letter)),
        _ => return,
    }
    event.prevent_default();
}

/// A key that is meant for the page: nothing is being typed, nothing lies over it, no other key is held.
fn plain_key(event: &ev::KeyboardEvent) -> bool {
    let held = event.ctrl_key() || event.meta_key() || event.alt_key();
    let elsewhere =
        "input, textarea, select, [contenteditable], dialog, [role=listbox], [role=menu], .approval";
    !held && !event.default_prevented() && event.target().is_some() && !within(event, elsewhere)
}

/// Whether a key was pressed in one of these.
fn within(event: &ev::KeyboardEvent, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.closest(selector).ok().flatten().is_some())
}
