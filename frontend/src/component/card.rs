use super::details::today;
use super::icon::{Glyph, Icon};
use super::link::A;
use super::pill::Pill;
use crate::hook::App;
use crate::model::{
    look::{self, Next},
    plain, time,
};
use crate::view;
use gaggle_shared::{Phase, Project, ProjectId};
use leptos::prelude::*;
use std::sync::Arc;

/// A project of the list, live; as it was until it is known again.
fn live(id: &ProjectId, first: Arc<Project>) -> Signal<Arc<Project>> {
    let (app, id) = (App::get(), id.clone());
    Memo::new(move |old: Option<&Arc<Project>>| {
        app.fleet.read().get(&id).or_else(|| old.cloned()).unwrap_or_else(|| first.clone())
    })
    .into()
}

fn place(project: &Project) -> String {
    format!("/u/{}/p/{}", project.user_id, project.id)
}

/// A project as a card: what it does in a sentence, why it is awake, and the next action there and then.
#[component]
pub(crate) fn Card(project: Arc<Project>) -> impl IntoView {
    let app = App::get();
    let href = place(&project);
    let name = move |p: &Project| p.name.to_string();
    let project = live(&project.id.clone(), project);
    let sentence = Memo::new(move |_| plain::line(&look::sentence(&project.read())));
    let bad = move || project.read().phase == Phase::Failed;
    let hint =
        move || project.read().failure.as_ref().filter(|_| bad()).and_then(|failure| failure.hint.clone());
    view! {
        <article class="card">
            <div class="card-head">
                <h2><A href=href.clone()>{move || name(&project.read())}</A></h2>
                <Pill project/>
            </div>
            <p class="now">{sentence}</p>
            {move || hint().map(|hint| view! { <p class="now dim">{hint}</p> })}
            <div class="card-acts"><Acts project href/></div>
            <footer>
                <span>{move || today(&project.read())}</span>
                <span class="grow"></span>
                <span>{move || foot(&project.read(), app)}</span>
            </footer>
        </article>
    }
}

/// A project as a line of a dense list.
#[component]
pub(crate) fn RowLine(project: Arc<Project>) -> impl IntoView {
    let app = App::get();
    let href = place(&project);
    let project = live(&project.id.clone(), project);
    view! {
        <article class="row-line">
            <Pill project/>
            <h2><A href=href.clone()>{move || project.read().name.to_string()}</A></h2>
            <p class="now">{move || plain::line(&look::sentence(&project.read()))}</p>
            <span class="row-foot">{move || foot(&project.read(), app)}</span>
            <div class="card-acts"><Acts project href/></div>
        </article>
    }
}

fn foot(project: &Project, app: App) -> String {
    let now = app.now.get();
    match (project.phase, project.sleeps_at, project.activity.awake_reason) {
        (Phase::Active, Some(at), _) => format!("sleeps in {}", time::left(at, now)),
        (Phase::Active, None, Some(reason)) => look::awake(reason).to_owned(),
        _ => time::ago(project.last_activity_at, now),
    }
}

#[component]
fn Acts(project: Signal<Arc<Project>>, href: String) -> impl IntoView {
    let app = App::get();
    let next = Memo::new(move |_| look::next(&project.read()));
    let awake = Memo::new(move |_| matches!(project.read().phase, Phase::Active | Phase::Activating));
    let id = move || project.with_untracked(|project| project.id.clone());
    let name = move || project.read().name.to_string();
    let href = StoredValue::new(href);
    view! {
        {move || match next.get() {
            Next::Review => view! {
                <A href=href.get_value() class="btn wait small" label=format!("Review {}", name())>"Review"</A>
            }.into_any(),
            Next::Open => view! {
                <A href=href.get_value() class="btn small" label=format!("Open {}", name())>"Open"</A>
            }.into_any(),
            Next::Wake => view! {
                <button class="btn small" aria-label=format!("Wake {}", name()) on:click=move |_| app.activate(&id())>"Wake"</button>
            }.into_any(),
            Next::TryAgain => view! {
                <button class="btn small" aria-label=format!("Try {} again", name()) on:click=move |_| app.activate(&id())>"Try again"</button>
            }.into_any(),
            Next::Nothing => ().into_any(),
        }}
        <Show when=move || awake.get()>
            <button
                class="btn ghost small"
                aria-label=move || format!("Put {} to sleep", name())
                on:click=move |_| app.deactivate(&id())
            >
                {move || if project.read().phase == Phase::Activating { "Cancel" } else { "Sleep" }}
            </button>
        </Show>
        <span class="grow"></span>
        <Show when=move || next.get() != Next::Nothing>
            <button
                class="btn ghost small square reveal"
                aria-label=move || format!("Delete {}", name())
                title="Delete"
                on:click=move |_| app.deleting.set(Some(project.get_untracked()))
            >
                <Icon glyph=Glyph::Bin/>
            </button>
        </Show>
    }
}
