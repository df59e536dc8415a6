use crate::component::{Card, Glyph, Icon, Notices, RowLine};
use crate::hook::{App, Link, Route, recall, remember};
use crate::model::fleet::{Filter, Sort};
use crate::view;
use gaggle_shared::Project;
use leptos::prelude::*;
use std::sync::Arc;

/// How many projects are drawn at first, and how many more at a time.
const PAGE: usize = 120;

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
    let shown = RwSignal::new(PAGE);
    let list = Memo::new(move |_| app.fleet.read().view(&search.get(), filter.get(), sort.get()));
    let total = Memo::new(move |_| list.read().len());
    let page = move || list.read().iter().take(shown.get()).cloned().collect::<Vec<_>>();
    let key = move |project: &Arc<Project>| (project.id.clone(), rows.get());
    let known = Memo::new(move |_| app.fleet.read().is_known());
    let summary = move || {
        let counts = app.counts.get();
        match (counts.awake, counts.needs_you) {
            (0, 0) if counts.all > 0 => "all asleep".to_owned(),
            (0, 0) => String::new(),
            (awake, 0) => format!("{awake} awake"),
            (awake, needs) => format!("{awake} awake, {needs} waiting for you"),
        }
    };
    view! {
        <header class="page-bar">
            <h1>"Projects"</h1>
            <span class="dim">{summary}</span>
            <span class="grow"></span>
            <button class="input jump" on:click=move |_| app.palette.set(true)>
                <Icon glyph=Glyph::Search/><span>"Search or jump to"</span><span class="grow"></span><kbd>"Ctrl K"</kbd>
            </button>
            <button class="btn primary" on:click=move |_| app.creating.set(true)><Icon glyph=Glyph::Plus/>"New project"</button>
        </header>
        <Notices/>
        <div class="page-body">
            <Show when=move || { app.counts.get().all > 0 }>
                <Tools search filter sort rows/>
            </Show>
            <Show when=move || known.get() fallback=move || view! { <Waiting/> }>
                <Show
                    when=move || { total.get() > 0 }
                    fallback=move || view! { <Nothing any=Signal::derive(move || app.counts.get().all > 0)/> }
                >
                    <div class=move || if rows.get() { "rows" } else { "cards" }>
                        <For each=page key=key let:project>
                            {if rows.get_untracked() {
                                view! { <RowLine project/> }.into_any()
                            } else {
                                view! { <Card project/> }.into_any()
                            }}
                        </For>
                    </div>
                    <Show when=move || { total.get() > shown.get() }>
                        <button class="btn more" on:click=move |_| shown.update(|n| *n += PAGE)>
                            {move || format!("Show more ({} left)", total.get() - shown.get())}
                        </button>
                    </Show>
                </Show>
            </Show>
        </div>
    }
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
                        {this.label()}
                        <span class="n">{move || app.counts.get().of(this)}</span>
                    </button>
                }).collect_view()}
            </div>
            <span class="grow"></span>
            <label class="input search">
                <Icon glyph=Glyph::Search/>
                <span class="sr">"Search projects"</span>
                <input
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
