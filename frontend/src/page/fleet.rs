use crate::component::{
    Glyph, Icon, LongList, Notices, Seat, SelectBar, Tick, Tour, VirtualList, card, row_line,
};
use crate::hook::{App, Link, Route, command_key, recall, remember};
use crate::model::fleet::{Filter, Sort};
use crate::view;
use gaggle_shared::Project;
use leptos::prelude::*;
use std::sync::Arc;

/// All projects of a user, live.
#[component]
pub(crate) fn Fleet() -> impl IntoView {
    let app = App::get();
    let route = Route::get();
    let search = route.asked("q");
    let (show, order) = (route.asked("show"), route.asked("sort"));
    let filter = Memo::new(move |_| Filter::of_key(&show.read()));
    let sort = Memo::new(move |_| Sort::of_key(&order.read()));
    let rows = RwSignal::new(recall("view").as_deref() == Some("rows"));
    let list = Memo::<Vec<Arc<Project>>>::new(move |_| {
        app.fleet.read().view(&search.get(), filter.get(), sort.get())
    });
    let total = Memo::new(move |_| list.read().len());
    let known = Memo::new(move |_| app.fleet.read().is_known());
    let any = Memo::new(move |_| app.counts.get().all > 0);
    let summary = move || {
        let counts = app.counts.get();
        match (counts.awake, counts.needs_you) {
            (0, 0) if counts.all > 0 => "all asleep".to_owned(),
            (0, 0) => String::new(),
            (awake, 0) => format!("{awake} awake"),
            (awake, needs) => format!("{awake} awake, {needs} waiting for you"),
        }
    };
    let tick = Tick::new(move |(id, range)| {
        list.with_untracked(|list| {
            app.chosen.update(|chosen| chosen.toggle(&id, range, &list.iter().map(|project| &project.id)));
        });
    });
    let all = Callback::new(move |()| {
        list.with_untracked(|list| {
            app.chosen.update(|chosen| chosen.all(list.iter().map(|project| &project.id)));
        });
    });
    // Who leaves the list lets go of what was ticked in it.
    on_cleanup(move || app.chosen.update(crate::model::bulk::Chosen::clear));
    let narrow =
        window().match_media("(max-width: 980px)").ok().flatten().is_some_and(|media| media.matches());
    let long = LongList {
        label: "Projects",
        class: Signal::derive(move || if rows.get() { "rows" } else { "cards" }),
        count: total.into(),
        // A card and a row of one project are two things.
        key: Callback::new(move |index: usize| {
            let id =
                list.with(|list| list.get(index).map(|project| project.id.to_string())).unwrap_or_default();
            if rows.get() { format!("r{id}") } else { id }
        }),
        row: Callback::new(move |seat: Seat| {
            let first = list.with_untracked(|list| list.get(seat.at.get_untracked()).cloned());
            let id = Signal::derive({
                let key = seat.key.clone();
                move || key.read().trim_start_matches('r').to_owned()
            });
            first
                .map(
                    |first| {
                        if rows.get_untracked() { row_line(id, first, tick) } else { card(id, first, tick) }
                    },
                )
                .into_any()
        }),
        reuse: true,
        height: Signal::derive(move || match (rows.get(), narrow) {
            (true, false) => 46.0,
            (true, true) => 66.0,
            (false, false) => 176.0,
            (false, true) => 182.0,
        }),
        column: Signal::derive(move || if rows.get() { 0.0 } else { 288.0 }),
        stick: None,
        still: false,
    };
    view! {
        <header class="page-bar">
            <h1>"Projects"</h1>
            <span class="dim">{summary}</span>
            <span class="grow"></span>
            <button class="input jump" on:click=move |_| app.palette.set(true)>
                <Icon glyph=Glyph::Search/><span>"Search or jump to"</span><span class="grow"></span><kbd>{palette_keys()}</kbd>
            </button>
            <button class="btn primary" on:click=move |_| app.creating.set(true)><Icon glyph=Glyph::Plus/>"New project"</button>
        </header>
        <Notices/>
        <div class="list-body">
            <VirtualList list=long>
                <Tour/>
                <Show when=move || any.get()>
                    <Tools search filter sort rows/>
                    <Show when=move || { rows.get() && total.get() > 0 }>
                        <div class="row-head" aria-hidden="true">
                            <span>"Project"</span><span>"State"</span><span>"Now"</span><span>"Awake"</span>
                            <span>"Today"</span><span>"Last activity"</span>
                        </div>
                    </Show>
                </Show>
                <Show when=move || !known.get()><Waiting/></Show>
                <Show when=move || { known.get() && total.get() == 0 }><Nothing any=any.into()/></Show>
            </VirtualList>
            <SelectBar all/>
        </div>
    }
}

/// What opens the palette here.
fn palette_keys() -> &'static str {
    if command_key() == "⌘" { "⌘K" } else { "Ctrl K" }
}

/// Search, filter, order and form of the list; all but the form stand in the address.
#[component]
fn Tools(
    search: Memo<String>,
    filter: Memo<Filter>,
    sort: Memo<Sort>,
    rows: RwSignal<bool>,
) -> impl IntoView {
    let app = App::get();
    let route = Route::get();
    let put = Callback::new(move |(key, value): (&'static str, String)| {
        route.ask(key, &value);
    });
    let form = move |wanted: bool| {
        remember("view", if wanted { "rows" } else { "" });
        rows.set(wanted);
    };
    view! {
        <div class="tools">
            <div class="filters" role="group" aria-label="Show">
                {Filter::ALL.into_iter().map(|this| view! {
                    <button
                        class="filter"
                        aria-pressed=move || (filter.get() == this).to_string()
                        on:click=move |_| put.run(("show", this.key().into()))
                    >
                        {this.label()}" "
                        <span class="n">{move || app.counts.get().of(this)}</span>
                    </button>
                }).collect_view()}
            </div>
            <span class="grow"></span>
            <label class="input search">
                <Icon glyph=Glyph::Search/>
                <span class="sr">"Search projects"</span>
                <input
                    id="filter"
                    type="search"
                    placeholder="Filter"
                    prop:value=search
                    on:input=move |event| put.run(("q", event_target_value(&event)))
                />
            </label>
            <label class="select">
                <span class="sr">"Order"</span>
                <select prop:value=move || sort.get().key() on:change=move |event| put.run(("sort", event_target_value(&event)))>
                    {Sort::ALL.into_iter().map(|this| view! { <option value=this.key()>{this.label()}</option> }).collect_view()}
                </select>
                <Icon glyph=Glyph::Down/>
            </label>
            <div class="segment" role="group" aria-label="Form of the list">
                <button aria-label="Cards" aria-pressed=move || (!rows.get()).to_string() on:click=move |_| form(false)>
                    <Icon glyph=Glyph::Grid/>
                </button>
                <button aria-label="Rows" aria-pressed=move || rows.get().to_string() on:click=move |_| form(true)>
                    <Icon glyph=Glyph::Rows/>
                </button>
            </div>
        </div>
    }
}

#[component]
fn Waiting() -> impl IntoView {
    let app = App::get();
    view! {
        <Show
            when=move || app.link.get() != Link::Lost
            fallback=|| view! {
                <div class="empty">
                    <h2>"The server cannot be reached"</h2>
                    <p>"Your projects are shown as soon as it is back."</p>
                </div>
            }
        >
            <div class="cards" role="status">
                <span class="sr">"Loading projects"</span>
                <i class="skeleton card"></i><i class="skeleton card"></i><i class="skeleton card"></i>
            </div>
        </Show>
    }
}

#[component]
fn Nothing(any: Signal<bool>) -> impl IntoView {
    let app = App::get();
    view! {
        <Show
            when=move || any.get()
            fallback=move || view! {
                <div class="empty">
                    <crate::component::Flock/>
                    <h2>"Your first project"</h2>
                    <p>
                        "A project is a workspace with a Goose of its own. Give it a name, say what you want done, and watch it work; it sleeps when there is nothing to do."
                    </p>
                    <button class="btn primary" on:click=move |_| app.creating.set(true)>
                        <Icon glyph=Glyph::Plus/>"Create a project"
                    </button>
                </div>
            }
        >
            <div class="empty"><h2>"None of them"</h2><p>"No project fits this filter."</p></div>
        </Show>
    }
}
