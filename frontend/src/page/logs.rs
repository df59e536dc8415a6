use crate::api::{Stop, Stream, Trouble, again};
use crate::component::{Glyph, Icon, LongList, Seat, VirtualList};
use crate::hook::{App, Feed, Route, copy, now, recall, remember};
use crate::model::log::{Level, Log, marked};
use crate::view;
use gaggle_shared::Project;
use leptos::{prelude::*, task::spawn_local};
use std::{sync::Arc, time::Duration};

#[derive(Clone, Copy)]
struct Shown {
    log: StoredValue<Log>,
    /// Rises when other lines are to be seen.
    tick: RwSignal<u32>,
    trouble: RwSignal<Option<Trouble>>,
    /// True once the first lines, or none, are here.
    known: RwSignal<bool>,
    /// True while a search goes on by itself.
    searching: StoredValue<bool>,
}

/// So many lines are searched at a time: a few milliseconds.
const SLICE: usize = 8_000;

impl Shown {
    fn change(self, what: impl FnOnce(&mut Log)) {
        self.log.update_value(what);
        let _ = self.tick.try_update(|tick| *tick += 1);
    }

    /// Goes on with a search, a slice at a time, so that who types is not kept waiting.
    fn search(self) {
        let more = self.log.try_update_value(|log| log.search_on(SLICE)).unwrap_or_default();
        let _ = self.tick.try_update(|tick| *tick += 1);
        if self.searching.try_get_value() == Some(false) && more {
            self.searching.set_value(true);
            set_timeout(
                move || {
                    if self.searching.try_update_value(|searching| *searching = false).is_some() {
                        self.search();
                    }
                },
                Duration::ZERO,
            );
        }
    }
}

/// The agent's log, followed.
#[component]
pub(crate) fn Logs(project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let shown = Shown {
        log: StoredValue::new(Log::default()),
        tick: RwSignal::new(0),
        trouble: RwSignal::new(None),
        known: RwSignal::new(false),
        searching: StoredValue::new(false),
    };
    // A link to a moment, `?at=`, leads there, not to the end.
    let route = Route::get();
    let moment = route.asked("at");
    let follow = RwSignal::new(moment.read_untracked().is_empty());
    let seek = RwSignal::new(None::<usize>);
    let wrap = RwSignal::new(recall("log.wrap").is_none());
    let times = RwSignal::new(recall("log.times").is_some());
    let query = RwSignal::new(String::new());
    let least = RwSignal::new(Level::Debug);
    let stop = Stop::default();
    stop.with_owner();
    spawn_local(read(feed, shown, stop));
    Effect::new(move |_| {
        let (query, least) = (query.get(), least.get());
        shown.change(|log| log.look_for(&query, least));
        shown.search();
    });
    Effect::new(move |_| {
        shown.tick.track();
        let instant = moment.get();
        if !instant.is_empty() && shown.known.get() {
            follow.set(false);
            let near = shown.log.with_value(|log| log.near(&instant));
            if near.is_some() && seek.get_untracked() != near {
                seek.set(near);
            }
        }
    });
    // Who looks for something, or wants to see the end, has left the moment.
    Effect::new(move |_| {
        let left = follow.get() || !query.read().is_empty();
        if left && !moment.read_untracked().is_empty() {
            route.ask("at", "");
        }
    });
    let count = Memo::new(move |_| {
        shown.tick.track();
        shown.log.with_value(Log::count)
    });
    let total = move || {
        shown.tick.track();
        let (count, total) = shown.log.with_value(|log| (log.count(), log.total()));
        if !shown.known.get() {
            return String::new();
        }
        if count == total { format!("{total} lines") } else { format!("{count} of {total} lines") }
    };
    let toggle = |signal: RwSignal<bool>, key: &'static str, kept: bool| {
        move |event| {
            let on = event_target_checked(&event);
            remember(key, if on == kept { "1" } else { "" });
            signal.set(on);
        }
    };
    let list = LongList {
        label: "The agent's log",
        class: Signal::derive(move || match (wrap.get(), times.get()) {
            (true, true) => "lines wrap times",
            (true, false) => "lines wrap",
            (false, true) => "lines times",
            (false, false) => "lines",
        }),
        count: count.into(),
        key: Callback::new(move |at| {
            shown.tick.track();
            // Other words are marked in a line: it is drawn anew.
            let query = query.read();
            shown
                .log
                .with_value(|log| log.line(at).map(|line| format!("{}?{query}", line.number)))
                .unwrap_or_default()
        }),
        row: Callback::new(move |seat: Seat| {
            let at = seat.at.get_untracked();
            shown
                .log
                .with_value(|log| {
                    log.line(at).map(|line| {
                        let sought = move || seek.get() == Some(seat.at.get());
                        let pieces = marked(&line.text, &query.read_untracked());
                        let pieces = pieces.into_iter().map(|(hit, text)| {
                            if hit {
                                view! { <mark>{text}</mark> }
                            } else {
                                text.into_any()
                            }
                        });
                        view! {
                            <div class=format!("line {}", line.level.class()) class:sought=sought>
                                <time>{line.at.clone()}</time>
                                <span>{pieces.collect_view()}</span>
                            </div>
                        }
                    })
                })
                .into_any()
        }),
        // Another height when wrapping changes, so that all is measured anew.
        height: Signal::derive(move || if wrap.get() { 20.0 } else { 20.5 }),
        column: Signal::derive(|| 0.0),
        stick: Some(follow),
        still: true,
        reuse: false,
    };
    let file = feed.api().logs_file();
    let name = move || format!("{}.log", project.read().id);
    view! {
        <div class="page-body record logs">
            <div class="tools">
                <label class="input search">
                    <Icon glyph=Glyph::Search/>
                    <span class="sr">"Search the log"</span>
                    <input type="search" placeholder="Search" on:input=move |event| query.set(event_target_value(&event))/>
                </label>
                <label class="select">
                    <span class="sr">"Levels"</span>
                    <select on:change=move |event| {
                        let label = event_target_value(&event);
                        least.set(Level::ALL.into_iter().find(|level| level.label() == label).unwrap_or(Level::Debug));
                    }>
                        {Level::ALL.map(|level| view! { <option value=level.label()>{level.label()}</option> })}
                    </select>
                    <Icon glyph=Glyph::Down/>
                </label>
                <span class="dim count" role="status">{total}</span>
                <span class="grow"></span>
                <label class="check"><input type="checkbox" prop:checked=follow on:change=move |e| follow.set(event_target_checked(&e))/>"Follow"</label>
                <label class="check"><input type="checkbox" prop:checked=wrap on:change=toggle(wrap, "log.wrap", false)/>"Wrap"</label>
                <label class="check"><input type="checkbox" prop:checked=times on:change=toggle(times, "log.times", true)/>"Times"</label>
                <button class="btn small" on:click=move |_| {
                    let copying = copy(&shown.log.with_value(Log::text));
                    copying.then(app, move || app.toast("Copied what is shown".into(), None, false));
                }><Icon glyph=Glyph::Copy/>"Copy"</button>
                <a class="btn small" href=file download=name title="The last 100 000 lines, as a file"><Icon glyph=Glyph::Save/>"Download"</a>
            </div>
            {move || shown.trouble.get().map(|trouble| view! { <p class="error" role="alert">{trouble.message()}" "{trouble.hint()}</p> })}
            <div class="log">
                <VirtualList list seek>
                    <Show when=move || { count.get() == 0 && shown.trouble.read().is_none() }>
                        <p class="dim none">{move || if !shown.known.get() {
                            "Reading the log"
                        } else if query.read().is_empty() && least.get() == Level::Debug {
                            "No lines yet. The log begins when the agent does."
                        } else {
                            "No line fits."
                        }}</p>
                    </Show>
                </VirtualList>
                <Show when=move || !follow.get()>
                    <button class="btn small to-end" on:click=move |_| follow.set(true)><Icon glyph=Glyph::Down/>"To the end"</button>
                </Show>
            </div>
        </div>
    }
}

/// The time of day, for lines that do not say theirs.
fn clock() -> String {
    crate::hook::clock_time(now())
}

async fn read(feed: Feed, shown: Shown, stop: Stop) {
    let (api, mut attempt) = (feed.api(), 0);
    while !stop.is_stopped() {
        match Stream::open(&api.follow_logs(), &stop).await {
            Ok(mut stream) => {
                // A new connection tells the tail again; when its lines came is not known.
                let (mut first, mut greeted) = (true, false);
                while let Some(frames) = stream.next().await {
                    if stop.is_stopped() {
                        return;
                    }
                    attempt = 0;
                    shown.trouble.set(None);
                    // The first word says only that it is there. With the next come lines, or there are none.
                    if !std::mem::replace(&mut greeted, true) && frames.is_empty() {
                        continue;
                    }
                    shown.known.set(true);
                    if first || !frames.is_empty() {
                        let at = (!first).then(clock);
                        shown.change(|log| {
                            if std::mem::take(&mut first) {
                                log.restart();
                            }
                            log.push(frames.iter().flat_map(|frame| frame.data.split('\n')), at.as_deref());
                        });
                    }
                }
            }
            Err(_) if stop.is_stopped() => return,
            Err(error) if error.is_final() => {
                // A sleeping project may have a kept log but nothing to follow.
                let kept = api.logs().await;
                if stop.is_stopped() {
                    return;
                }
                match kept {
                    Ok(text) => shown.change(|log| {
                        log.restart();
                        log.push(text.lines(), None);
                    }),
                    _ => shown.trouble.set(Some(error)),
                }
                shown.known.set(true);
                return;
            }
            Err(error) => shown.trouble.set(Some(error)),
        }
        again(&mut attempt).await;
    }
}
