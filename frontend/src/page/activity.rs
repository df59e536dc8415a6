use crate::component::Details;
use crate::hook::{App, Feed, clock_time};
use crate::model::{plain, time, timeline::Topic};
use crate::view;
use gaggle_shared::Project;
use leptos::prelude::*;
use std::sync::Arc;

/// How many entries are drawn at first, and how many more at a time.
const PAGE: usize = 200;

/// What happened, the newest first.
#[component]
pub(crate) fn Activity(project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let topic = RwSignal::new(None::<Topic>);
    let shown = RwSignal::new(PAGE);
    let all = Memo::new(move |_| {
        let topic = topic.get();
        let fits = |entry: &&crate::model::timeline::Entry| topic.is_none_or(|topic| entry.topic == topic);
        feed.with(|chat| chat.timeline().filter(fits).take(shown.get()).cloned().collect::<Vec<_>>())
    });
    let choice = move |this: Option<Topic>| {
        view! {
            <button
                class="filter"
                aria-pressed=move || (topic.get() == this).to_string()
                on:click=move |_| topic.set(this)
            >
                {this.map_or("All", Topic::label)}
            </button>
        }
    };
    view! {
        <div class="split">
            <div class="page-body record" tabindex="0" role="region" aria-label="Activity">
                <div class="filters" role="group" aria-label="Show">
                    {choice(None)} {Topic::ALL.map(|topic| choice(Some(topic)))}
                </div>
                <Show when=move || all.read().is_empty()>
                    <div class="empty"><h2>"Nothing happened yet"</h2><p>"What the agent does is written down here."</p></div>
                </Show>
                <ol class="timeline">
                    <For each=move || all.get() key=|entry| entry.seq let:entry>
                        <li class=entry.tone.class()>
                            <i class=format!("dot {}", entry.tone.class())></i>
                            <div>
                                <strong>{plain::line(&entry.title)}</strong>
                                <span class="detail">{entry.detail.clone()}</span>
                            </div>
                            <time title=clock_time(entry.at)>{move || time::ago(entry.at, app.now.get())}</time>
                        </li>
                    </For>
                </ol>
                <Show when=move || all.read().len() == shown.get()>
                    <button class="btn more" on:click=move |_| shown.update(|n| *n += PAGE)>"Earlier"</button>
                </Show>
            </div>
            <aside class="aside always" aria-label="Details"><Details project/></aside>
        </div>
    }
}
