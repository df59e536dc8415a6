use super::usage::project_usage;
use super::{
    activity::Activity, chat::Chat, logs::Logs, missing::Missing, resources::resources, settings::Settings,
};
use crate::api;
use crate::component::{A, Glyph, Icon, LostBanner, Pill};
use crate::hook::{App, Feed, Link, Route, State};
use crate::model::look;
use crate::view;
use gaggle_shared::{Phase, ProjectId};
use leptos::{prelude::*, task::spawn_local};
use std::sync::Arc;

/// The tabs: name and place.
const TABS: [(&str, &str); 6] = [
    ("Chat", ""),
    ("Activity", "/activity"),
    ("Logs", "/logs"),
    ("Resources", "/resources"),
    ("Usage", "/usage"),
    ("Settings", "/settings"),
];

/// One project. A new one for each address, so that nothing of another is left.
#[component]
pub(crate) fn Project() -> impl IntoView {
    let app = App::get();
    let route = Route::get();
    let id = Memo::new(move |_| route.place.read().project.as_ref().and_then(|id| ProjectId::parse(id).ok()));
    let place = Memo::new(move |_| Some((app.user.get()?, id.get()?)));
    move || match (place.get(), id.get()) {
        (Some((user, id)), _) => view! { <Found api=api::Project { user, id }/> }.into_any(),
        (None, None) => view! { <Missing/> }.into_any(),
        (None, Some(_)) => ().into_any(),
    }
}

/// Waits until the project is known: from the fleet, else by asking.
#[component]
fn Found(api: api::Project) -> impl IntoView {
    let app = App::get();
    let id = api.id.clone();
    let missing = RwSignal::new(false);
    let known = Memo::new(move |old: Option<&Option<Arc<gaggle_shared::Project>>>| {
        app.fleet.read().get(&id).or_else(|| old.cloned().flatten())
    });
    let asked = api.clone();
    spawn_local(async move {
        match asked.read().await {
            Ok(project) => {
                if app.fleet.with_untracked(|fleet| fleet.get(&project.id).is_none()) {
                    app.fleet.update(|fleet| fleet.put(project));
                }
            }
            Err(trouble) if trouble.is_final() => {
                let _ = missing.try_set(true);
            }
            Err(_) => {}
        }
    });
    let ready = Memo::new(move |_| known.read().is_some());
    view! {
        <Show when=move || ready.get() fallback=move || view! { <Show when=move || missing.get()><Missing/></Show> }>
            {
                let api = api.clone();
                known.get_untracked().map(|first| {
                    let project = Memo::new(move |_| known.get().unwrap_or_else(|| first.clone()));
                    view! { <Opened api project=project.into()/> }
                })
            }
        </Show>
    }
}

#[component]
fn Opened(api: api::Project, project: Signal<Arc<gaggle_shared::Project>>) -> impl IntoView {
    let app = App::get();
    let base = format!("/u/{}/p/{}", api.user, api.id);
    let feed = Feed::new(api, project.with_untracked(|project| project.default_session_id.clone()));
    provide_context(feed);
    let route = Route::get();
    let tab = Memo::new(move |_| route.place.read().tab.clone());
    let gone = move || matches!(feed.state.get(), State::Gone(_));
    // One banner is enough where both streams are gone.
    let link =
        Signal::derive(move || if app.link.get() == Link::Lost { Link::Connecting } else { feed.link.get() });
    let tabs = TABS.map(|(name, rest)| {
        let href = format!("{base}{rest}");
        view! { <A href exact=true>{name}</A> }
    });
    view! {
        <header class="page-bar project-bar">
            <A href=format!("/u/{}", project.read_untracked().user_id) class="back" label="All projects">
                <Icon glyph=Glyph::Arrow/>
            </A>
            <h1>{move || look::name(&project.read())}</h1>
            <Pill project/>
            <span class="dim awake">{move || awake(&project.read(), app)}</span>
            <span class="grow"></span>
            <Acts project/>
        </header>
        <nav class="tabs" aria-label="Project">{tabs}</nav>
        <LostBanner link/>
        <Show when=move || !gone() fallback=|| view! { <Missing/> }>
            {move || match tab.get().as_str() {
                "" => view! { <Chat project/> }.into_any(),
                "activity" => view! { <Activity project/> }.into_any(),
                "logs" => view! { <Logs project/> }.into_any(),
                "resources" => resources(project),
                "usage" => project_usage(project.read_untracked().id.clone()),
                "settings" => view! { <Settings project/> }.into_any(),
                _ => view! { <Missing/> }.into_any(),
            }}
        </Show>
    }
}

fn awake(project: &gaggle_shared::Project, app: App) -> String {
    if project.phase == Phase::Active { look::rest(project, app.now.get()) } else { String::new() }
}

#[component]
fn Acts(project: Signal<Arc<gaggle_shared::Project>>) -> impl IntoView {
    let app = App::get();
    let id = move || project.with_untracked(|project| project.id.clone());
    let phase = Memo::new(move |_| project.read().phase);
    view! {
        {move || match phase.get() {
            Phase::Inactive => view! { <button class="btn" on:click=move |_| app.activate(&id())>"Wake"</button> }.into_any(),
            Phase::Failed => view! { <button class="btn" on:click=move |_| app.activate(&id())>"Try again"</button> }.into_any(),
            Phase::Active => view! { <button class="btn" on:click=move |_| app.deactivate(&id())>"Put to sleep"</button> }.into_any(),
            Phase::Activating => view! { <button class="btn" on:click=move |_| app.deactivate(&id())>"Cancel"</button> }.into_any(),
            Phase::Deactivating | Phase::Deleting => ().into_any(),
        }}
        <button
            class="btn ghost square"
            aria-label="Delete project"
            title="Delete project"
            disabled=move || phase.get() == Phase::Deleting
            on:click=move |_| app.deleting.set(Some(project.get_untracked()))
        >
            <Icon glyph=Glyph::Bin/>
        </button>
    }
}
