use super::icon::{Glyph, Icon};
use super::link::A;
use super::pill::Pill;
use crate::hook::{App, clock_time};
use crate::model::{
    look::{self, Also, Next},
    plain, remedy, time,
};
use crate::view;
use gaggle_shared::{Phase, Project, ProjectId};
use leptos::{ev, prelude::*};
use std::sync::Arc;

/// Ticks or unticks a project of the list; true: all up to it.
pub(crate) type Tick = Callback<(ProjectId, bool)>;

/// The project of a seat of the list, live; as it was until it is known again.
fn live(id: Signal<String>, first: Arc<Project>) -> Signal<Arc<Project>> {
    let app = App::get();
    Memo::new(move |old: Option<&Arc<Project>>| {
        let found = ProjectId::parse(&id.read()).ok().and_then(|id| app.fleet.read().get(&id));
        found.or_else(|| old.cloned()).unwrap_or_else(|| first.clone())
    })
    .into()
}

/// A project as a card: what it does in a sentence, why it is awake, and the next action there and then.
pub(crate) fn card(id: Signal<String>, first: Arc<Project>, tick: Tick) -> AnyView {
    let app = App::get();
    let project = live(id, first);
    view! {
        <article class="card" class:chosen=move || is_chosen(app, project) title=move || look::told(&project.read())>
            <div class="card-head">{tick_box(project, tick)}{name(project, tick)}<Pill project/></div>
            <p class="facts-line">{move || look::facts(&project.read(), app.now.get(), starting(project))}</p>
            <p class="now">{says(project)}{hint(project)}</p>
            <div class="card-acts">{acts(project)}</div>
        </article>
    }
}

/// A project as a line of a dense list.
pub(crate) fn row_line(id: Signal<String>, first: Arc<Project>, tick: Tick) -> AnyView {
    let app = App::get();
    let project = live(id, first);
    view! {
        <article class="row-line" class:chosen=move || is_chosen(app, project) title=move || look::told(&project.read())>
            {tick_box(project, tick)}
            {name(project, tick)}
            <Pill project/>
            {now(project)}
            <span class="row-rest">{move || look::rest(&project.read(), app.now.get())}</span>
            <span class="row-today">{move || look::today(&project.read())}</span>
            {last(project)}
            <div class="card-acts">{acts(project)}</div>
        </article>
    }
}

fn is_chosen(app: App, project: Signal<Arc<Project>>) -> bool {
    app.chosen.read().has(&project.read().id)
}

fn tick_box(project: Signal<Arc<Project>>, tick: Tick) -> AnyView {
    let app = App::get();
    view! {
        <label class="tick">
            <input
                type="checkbox"
                class="box"
                aria-label=move || format!("Select {}", look::name(&project.read()))
                prop:checked=move || is_chosen(app, project)
                on:click=move |event: ev::MouseEvent| tick.run((project.read_untracked().id.clone(), event.shift_key()))
            />
        </label>
    }
}

fn address(project: &Project) -> String {
    format!("/u/{}/p/{}", project.user_id, project.id)
}

fn name(project: Signal<Arc<Project>>, tick: Tick) -> AnyView {
    let href = Memo::new(move |_| address(&project.read()));
    let keys = move |event: ev::KeyboardEvent| {
        if event.key() == "x" && !event.ctrl_key() && !event.meta_key() && !event.alt_key() {
            event.prevent_default();
            tick.run((project.read_untracked().id.clone(), false));
        }
    };
    view! {
        <h2><a href=move || href.get() data-main="" on:keydown=keys>{move || look::name(&project.read())}</a></h2>
    }
}

/// What it does or last said. All of it is told by the whole card: its link lies over all in it.
fn says(project: Signal<Arc<Project>>) -> AnyView {
    let sentence = Memo::new(move |_| look::said(&plain::line(&look::sentence(&project.read()))));
    view! {
        <span class="says">
            {move || sentence.get().0}
            {move || sentence.get().1.map(|code| view! { <code>{code}</code> })}
        </span>
    }
}

/// The same, with how long already, and what to do where it failed.
fn now(project: Signal<Arc<Project>>) -> AnyView {
    let app = App::get();
    let lasting = Memo::new(move |_| match project.read().phase {
        Phase::Activating => starting(project),
        _ => look::lasting(&project.read(), app.now.get()),
    });
    view! {
        <p class="now">
            {says(project)}
            {move || lasting.get().map(|long| view! { <span class="lasting">{long}</span> })}
            {hint(project)}
        </p>
    }
}

/// What to do where it failed.
fn hint(project: Signal<Arc<Project>>) -> AnyView {
    let hint = Memo::new(move |_| look::hint(&project.read()));
    let short = |hint: String| {
        let first = look::first(&hint).to_owned();
        view! { <span class="hint">{first}</span> }
    };
    view! { {move || hint.get().map(short)} }.into_any()
}

/// How far its start is, beside what is usual.
fn starting(project: Signal<Arc<Project>>) -> Option<String> {
    let app = App::get();
    let project = project.read();
    if project.phase != Phase::Activating {
        return None;
    }
    look::starting(&project, app.now.get(), app.usual_start.get())
}

fn last(project: Signal<Arc<Project>>) -> AnyView {
    let app = App::get();
    view! {
        <time class="row-last" title=move || clock_time(project.read().last_activity_at)>
            {move || time::ago(project.read().last_activity_at, app.now.get())}
        </time>
    }
}

fn acts(project: Signal<Arc<Project>>) -> AnyView {
    let app = App::get();
    let next = Memo::new(move |_| look::next(&project.read()));
    let also = Memo::new(move |_| look::also(&project.read()));
    let id = move || project.with_untracked(|project| project.id.clone());
    let name = Memo::new(move |_| look::name(&project.read()));
    let href = Signal::derive(move || address(&project.read()));
    let called = move |what: &'static str| Signal::derive(move || format!("{what} {}", name.read()));
    let remedy = move || {
        let project = project.read();
        let remedy = remedy::of(project.failure.as_ref()?.code)?;
        let href = remedy::href(remedy, project.user_id.as_str(), project.id.as_str());
        Some(view! { <a class="btn small" href=href>{remedy.label}</a> })
    };
    view! {
        {move || match next.get() {
            Next::Review => view! {
                <A href class="btn wait small" label=called("Review")>"Review"</A>
            },
            Next::Open => view! {
                <A href class="btn small" label=called("Open")>"Open"</A>
            },
            Next::Wake => view! {
                <button class="btn small" aria-label=called("Wake") on:click=move |_| app.activate(&id())>"Wake"</button>
            },
            Next::TryAgain => view! {
                {remedy}
                <button class="btn small" aria-label=move || format!("Try {} again", name.read()) on:click=move |_| app.activate(&id())>"Try again"</button>
            },
            Next::Nothing => ().into_any(),
        }}
        {move || match also.get() {
            Some(Also::StopTurn) => view! {
                <button
                    class="btn ghost small"
                    aria-label=move || format!("Stop the turn of {}", name.read())
                    on:click=move |_| project.with_untracked(|project| app.stop_turn(project))
                >"Stop turn"</button>
            },
            Some(also) => view! {
                <button
                    class="btn ghost small"
                    aria-label=move || format!("Put {} to sleep", name.read())
                    on:click=move |_| app.deactivate(&id())
                >
                    {if also == Also::Cancel { "Cancel" } else { "Sleep" }}
                </button>
            },
            None => ().into_any(),
        }}
        <span class="grow"></span>
        <Show when=move || next.get() != Next::Nothing>
            <button
                class="btn ghost small square reveal"
                aria-label=called("Delete")
                title="Delete"
                on:click=move |_| app.deleting.set(Some(project.get_untracked()))
            >
                <Icon glyph=Glyph::Bin/>
            </button>
        </Show>
    }
}
