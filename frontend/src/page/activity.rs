use crate::api::Trouble;
use crate::component::{Details, Glyph, Icon, LongList, Seat, VirtualList};
use crate::hook::{App, Feed, Route, State, clock_time, instant};
use crate::model::{
    plain, time,
    timeline::{self, Entry, Topic},
};
use crate::view;
use gaggle_shared::{Project, Seq};
use leptos::{prelude::*, task::spawn_local};
use std::{collections::BTreeMap, sync::Arc};

/// How many numbers of the journal are read back at a time.
const BACK: Seq = 1000;

/// So few moments are no page.
const FEW: usize = 12;

/// What happened, the newest first.
#[component]
pub(crate) fn Activity(project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed, route) = (App::get(), Feed::get(), Route::get());
    let (topic, query) = (route.asked("topic"), route.asked("q"));
    let topic =
        Memo::new(move |_| Topic::ALL.into_iter().find(|one| one.label().to_lowercase() == *topic.read()));
    let older = RwSignal::new(BTreeMap::<Seq, Entry>::new());
    // Where what was read begins; 0: at the beginning of the journal.
    let from = RwSignal::new(None::<Seq>);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    let all = Memo::new(move |_| {
        let (topic, query, older) = (topic.get(), query.get(), older.read());
        let fits = |entry: &&Entry| topic.is_none_or(|topic| entry.topic == topic) && entry.says(&query);
        feed.with(|chat| {
            let first = chat.timeline().last().map_or(Seq::MAX, |entry| entry.seq);
            let before = older.values().rev().filter(|entry| entry.seq < first);
            chat.timeline().chain(before).filter(fits).cloned().collect::<Vec<_>>()
        })
    });
    let more = Memo::new(move |_| match from.get() {
        Some(first) => first > 0,
        None => feed.with(|chat| chat.timeline().last().is_some_and(|entry| entry.seq > 2)),
    });
    let count = Memo::new(move |_| all.read().len() + usize::from(more.get() && !all.read().is_empty()));
    let read_back = move || {
        // Where nothing of what was read is a moment, what comes before all of it.
        let first = from.get_untracked().or_else(|| {
            feed.peek(|chat| Some(chat.timeline().last().map_or(chat.last_seq + 1, |entry| entry.seq)))
        });
        busy.set(true);
        trouble.set(None);
        let api = feed.api();
        spawn_local(async move {
            let mut until = first.unwrap_or(0).saturating_sub(1);
            // Words of an answer are no moments: it goes on until it found one, or is at the beginning.
            let told = loop {
                let after = until.saturating_sub(BACK);
                match api.journal_between(after, until).await {
                    Ok(events) => {
                        let entries = events.iter().filter_map(|one| Some((one.seq, timeline::entry(one)?)));
                        let entries: BTreeMap<_, _> = entries.collect();
                        let found = !entries.is_empty();
                        let there = older.try_update(|older| older.extend(entries)).is_some();
                        // What is read next ends where this began.
                        let _ = from.try_set(Some(if after == 0 { 0 } else { after + 1 }));
                        if found || after == 0 || !there {
                            break None;
                        }
                        until = after;
                    }
                    Err(trouble) => break Some(trouble),
                }
            };
            let _ = trouble.try_set(told);
            let _ = busy.try_set(false);
        });
    };
    // A page that was just opened knows the last moments only, or none: what is seen at once is read at once.
    let few = Memo::new(move |_| {
        let said = feed.with(|chat| (chat.timeline().count(), chat.last_seq));
        feed.state.get() == State::Ready && said.1 > 0 && said.0 + older.read().len() < FEW
    });
    Effect::new(move |_| {
        let begun = from.get() == Some(0);
        if few.get() && !begun && !busy.get() && trouble.read().is_none() {
            read_back();
        }
    });
    let choice = move |this: Option<Topic>| {
        view! {
            <button
                class="filter"
                aria-pressed=move || (topic.get() == this).to_string()
                on:click=move |_| route.ask("topic", &this.map(|topic| topic.label().to_lowercase()).unwrap_or_default())
            >
                {this.map_or("All", Topic::label)}
            </button>
        }
    };
    let base = project.with_untracked(|p| format!("/u/{}/p/{}", p.user_id, p.id));
    let base = StoredValue::new(base);
    let row = move |entry: Entry| {
        let base = base.get_value();
        let tone = entry.tone.class();
        let at = entry.at;
        let chat = entry.turn.as_ref().map(|turn| format!("{base}?turn={turn}"));
        let log = entry.in_log.then(|| format!("{base}/logs?at={}", instant(at)));
        view! {
            <div class=format!("moment {tone}")>
                <i class=format!("dot {tone}")></i>
                <div>
                    <strong>{plain::line(&entry.title)}</strong>
                    <span class="detail">{entry.detail}</span>
                </div>
                <span class="moment-links">
                    {chat.map(|href| view! { <a href=href>"Chat"</a> })}
                    {log.map(|href| view! { <a href=href>"Log"</a> })}
                </span>
                <time title=clock_time(at)>{move || time::ago(at, app.now.get())}</time>
            </div>
        }
    };
    let list = LongList {
        label: "What happened, the newest first",
        class: Signal::derive(|| "timeline"),
        count: count.into(),
        key: Callback::new(move |at: usize| {
            all.with(|all| all.get(at).map(|entry| entry.seq.to_string())).unwrap_or_else(|| "more".into())
        }),
        row: Callback::new(move |seat: Seat| {
            match all.with_untracked(|all| all.get(seat.at.get_untracked()).cloned()) {
                Some(entry) => row(entry),
                None => view! {
                    <button class="btn small more" disabled=busy on:click=move |_| read_back()>"Earlier"</button>
                    {move || trouble.get().map(|trouble| view! {
                        <p class="error" role="alert">"Not read: "{trouble.message()}" Press “Earlier” to try again."</p>
                    })}
                },
            }
        }),
        height: Signal::derive(|| 52.0),
        column: Signal::derive(|| 0.0),
        stick: None,
        still: true,
        reuse: false,
    };
    view! {
        <div class="split">
            <div class="list-body record" tabindex="-1" role="region" aria-label="Activity">
                <VirtualList list>
                    <div class="tools">
                        <div class="filters" role="group" aria-label="Show">
                            {choice(None)} {Topic::ALL.map(|topic| choice(Some(topic)))}
                        </div>
                        <span class="grow"></span>
                        <label class="input search">
                            <Icon glyph=Glyph::Search/>
                            <span class="sr">"Search what happened"</span>
                            <input type="search" placeholder="Search" prop:value=query on:input=move |event| route.ask("q", &event_target_value(&event))/>
                        </label>
                    </div>
                    <Show when=move || all.read().is_empty() && (busy.get() || feed.state.get() == State::Loading)>
                        <div class="skeletons" role="status"><span class="sr">"Reading what happened"</span><i class="skeleton"></i><i class="skeleton short"></i></div>
                    </Show>
                    <Show when=move || all.read().is_empty() && !busy.get() && feed.state.get() != State::Loading>
                        {move || if query.read().is_empty() && topic.get().is_none() {
                            view! { <div class="empty"><h2>"Nothing happened yet"</h2><p>"What the agent does is written down here: starts, messages, tools, approvals. It stays as long as the project does."</p></div> }
                        } else {
                            view! { <div class="empty"><h2>"Nothing like that"</h2><p>"No moment fits this filter."</p></div> }
                        }}
                    </Show>
                </VirtualList>
            </div>
            <aside class="aside always" aria-label="Details"><Details project/></aside>
        </div>
    }
}
