use super::icon::{Glyph, Icon};
use super::link::A;
use super::logo::Logo;
use super::pill::Dot;
use crate::hook::{App, Route, Theme, theme};
use crate::model::{
    look::{self, Tone},
    plain,
};
use crate::view;
use gaggle_shared::{Isolation, Project, RuntimeKind};
use leptos::prelude::*;
use std::sync::Arc;

/// How many projects a group of the side bar shows.
const GROUP: usize = 8;

/// Who looks, where to go, and who of the flock needs what.
#[component]
pub(crate) fn Sidebar() -> impl IntoView {
    let app = App::get();
    let base = Signal::derive(move || app.user.get().map(|user| format!("/u/{user}")).unwrap_or_default());
    let groups = Memo::new(move |_| app.fleet.read().groups(GROUP));
    let group = move |(tone, count, projects): (Tone, usize, Vec<Arc<Project>>)| {
        let line = |project: Arc<Project>| {
            let look = look::of(&project);
            let href = format!("/u/{}/p/{}", project.user_id, project.id);
            view! { <li><A href><Dot look/><span>{look::name(&project)}</span></A></li> }
        };
        view! {
            <div class="group">
                <h2>{tone.group()}{(count > 1).then(|| view! { <span class="n">{count}</span> })}</h2>
                <ul>{projects.into_iter().map(line).collect_view()}</ul>
            </div>
        }
    };
    view! {
        <div class="side-head">
            <A href=base class="home"><Logo/></A>
            <div class="side-tools">
                <button class="btn ghost small square" aria-label="Notes and notifications" title="Notes" on:click=move |_| app.reading_notes.set(true)>
                    <Icon glyph=Glyph::Bell/>
                </button>
                <button class="btn ghost small square" aria-label="Shortcuts" title="Shortcuts (?)" on:click=move |_| app.help.set(true)>
                    <Icon glyph=Glyph::Help/>
                </button>
                <ThemeSwitch/>
            </div>
        </div>
        <UserSwitch/>
        <nav class="nav" aria-label="Main">
            <A href=base exact=true>
                <Icon glyph=Glyph::Grid/>"Projects"<span class="n">{move || app.counts.get().all}</span>
            </A>
            <A href=Signal::derive(move || format!("{}/approvals", base.get()))>
                <Icon glyph=Glyph::Bell/>"Approvals"
                <Show when=move || { app.counts.get().approvals > 0 }>
                    <span class="n hot">{move || app.counts.get().approvals}<span class="sr">" waiting"</span></span>
                </Show>
            </A>
            <A href=Signal::derive(move || format!("{}/usage", base.get()))><Icon glyph=Glyph::Chart/>"Usage"</A>
            <A href=Signal::derive(move || format!("{}/status", base.get()))><Icon glyph=Glyph::Pulse/>"Status"</A>
        </nav>
        <nav class="nav flock" aria-label="Your projects">{move || groups.get().into_iter().map(group).collect_view()}</nav>
        <div class="side-foot">
            <Where/>
        </div>
    }
}

#[component]
fn UserSwitch() -> impl IntoView {
    let app = App::get();
    let route = Route::get();
    view! {
        <label class="user-switch">
            <span class="sr">"User"</span>
            <span class="avatar small" aria-hidden="true">
                {move || app.user.get().and_then(|user| user.as_str().chars().next()).map(|c| c.to_uppercase().to_string())}
            </span>
            <select
                prop:value=move || {
                    app.users.track();
                    app.user.get().map(|user| user.to_string())
                }
                on:change=move |event| route.go(&format!("/u/{}", event_target_value(&event)))
            >
                {move || {
                    let shown = app.user.get();
                    app.users.get().into_iter().map(|user| view! {
                        <option value=user.id.to_string() selected=shown.as_ref() == Some(&user.id)>{plain::called(&user.name)}</option>
                    }).collect_view()
                }}
            </select>
            <Icon glyph=Glyph::Down/>
        </label>
    }
}

/// Where agents run and who answers, always in sight.
#[component]
fn Where() -> impl IntoView {
    let app = App::get();
    move || {
        app.info.get().map(|info| {
            let place = match (&info.runtime, &info.isolation) {
                (RuntimeKind::Local, Isolation::None) => "On this computer, as you",
                (RuntimeKind::Local, _) => "On this computer",
                (RuntimeKind::Kubernetes, _) => "Kubernetes",
            };
            let model = match (&info.provider, &info.model) {
                _ if info.demo => "Demo model".to_owned(),
                (Some(provider), Some(model)) => plain::line(&format!("{provider}, {model}")),
                (Some(one), None) | (None, Some(one)) => plain::line(one),
                (None, None) => String::new(),
            };
            let model_empty = model.is_empty();
            view! { <p class="where-line">{place}<br/>{model}{(!model_empty).then_some(" · ")}{format!("Gaggle {}", info.version)}</p> }
        })
    }
}

#[component]
fn ThemeSwitch() -> impl IntoView {
    let theme = theme();
    let next = move || {
        let at = Theme::ALL.iter().position(|known| *known == theme.get()).unwrap_or_default();
        Theme::ALL[(at + 1) % Theme::ALL.len()]
    };
    view! {
        <button
            class="btn ghost small square"
            title=move || theme.get().label()
            aria-label=move || format!("{}; switch to {}", theme.get().label(), next().label().to_lowercase())
            on:click=move |_| theme.set(untrack(next))
        >
            {move || view! {
                <Icon glyph=match theme.get() {
                    Theme::System => Glyph::Screen,
                    Theme::Light => Glyph::Sun,
                    Theme::Dark => Glyph::Moon,
                }/>
            }}
        </button>
    }
}
