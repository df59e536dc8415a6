use crate::api::{Stop, Stream, Trouble, pause};
use crate::component::{Glyph, Icon};
use crate::hook::{Feed, copy, dice};
use crate::model::{ansi, backoff, plain};
use crate::view;
use leptos::{html, prelude::*, task::spawn_local};

/// How many lines are kept; older ones are in the log itself.
const LINES: usize = 5_000;

/// The agent's log, followed.
#[component]
pub(crate) fn Logs() -> impl IntoView {
    let feed = Feed::get();
    let lines = RwSignal::new(Vec::<(u64, String)>::new());
    let trouble = RwSignal::new(None::<Trouble>);
    let follow = RwSignal::new(true);
    let wrap = RwSignal::new(true);
    let query = RwSignal::new(String::new());
    let node = NodeRef::<html::Div>::new();
    let stop = Stop::default();
    stop.with_owner();
    spawn_local(read(feed, lines, trouble, stop));
    Effect::new(move |_| {
        lines.track();
        if follow.get()
            && let Some(node) = node.get()
        {
            request_animation_frame(move || node.set_scroll_top(node.scroll_height()));
        }
    });
    let shown = Memo::new(move |_| {
        let query = query.read().to_lowercase();
        let fits = |line: &&(u64, String)| query.is_empty() || line.1.to_lowercase().contains(&query);
        lines.read().iter().filter(fits).cloned().collect::<Vec<_>>()
    });
    let all =
        move || lines.read_untracked().iter().map(|line| line.1.as_str()).collect::<Vec<_>>().join("\n");
    view! {
        <div class="page-body record logs">
            <div class="tools">
                <label class="input search">
                    <Icon glyph=Glyph::Search/>
                    <span class="sr">"Search the log"</span>
                    <input type="search" placeholder="Search" on:input=move |event| query.set(event_target_value(&event))/>
                </label>
                <span class="grow"></span>
                <label class="check"><input type="checkbox" prop:checked=follow on:change=move |e| follow.set(event_target_checked(&e))/>"Follow"</label>
                <label class="check"><input type="checkbox" prop:checked=wrap on:change=move |e| wrap.set(event_target_checked(&e))/>"Wrap"</label>
                <button class="btn small" on:click=move |_| copy(&all())><Icon glyph=Glyph::Copy/>"Copy"</button>
            </div>
            {move || trouble.get().map(|trouble| view! { <p class="error" role="alert">{trouble.message()}" "{trouble.hint()}</p> })}
            <div
                class="log"
                class:wrap=wrap
                node_ref=node
                tabindex="0"
                role="log"
                aria-live="off"
                aria-label="The agent's log"
                on:wheel=move |event| if event.delta_y() < 0.0 { follow.set(false) }
            >
                <Show when=move || shown.read().is_empty() && trouble.read().is_none()>
                    <p class="dim">"No lines yet. The log begins when the agent does."</p>
                </Show>
                <For each=move || shown.get() key=|line| line.0 let:line>
                    <div class=level(&line.1)>{line.1.clone()}</div>
                </For>
            </div>
        </div>
    }
}

async fn read(
    feed: Feed,
    lines: RwSignal<Vec<(u64, String)>>,
    trouble: RwSignal<Option<Trouble>>,
    stop: Stop,
) {
    let (api, mut attempt, mut number) = (feed.api(), 0, 0u64);
    while !stop.is_stopped() {
        match Stream::open(&api.follow_logs(), &stop).await {
            Ok(mut stream) => {
                // A new connection tells the tail again.
                let mut first = true;
                while let Some(frames) = stream.next().await {
                    if stop.is_stopped() {
                        return;
                    }
                    attempt = 0;
                    let texts = frames.iter().flat_map(|frame| frame.data.split('\n'));
                    let new: Vec<_> = texts
                        .map(|text| {
                            number += 1;
                            (number, plain::line(&ansi::strip(text)))
                        })
                        .collect();
                    if first || !new.is_empty() {
                        trouble.set(None);
                        lines.update(|lines| {
                            if std::mem::take(&mut first) {
                                lines.clear();
                            }
                            lines.extend(new);
                            let extra = lines.len().saturating_sub(LINES);
                            lines.drain(..extra);
                        });
                    }
                }
            }
            Err(_) if stop.is_stopped() => return,
            Err(error) if error.is_final() => {
                // A sleeping project may have a kept log but nothing to follow.
                match api.logs().await {
                    Ok(text) if !stop.is_stopped() => lines.set(
                        ansi::strip(&text)
                            .lines()
                            .enumerate()
                            .map(|(n, l)| (n as u64, plain::line(l)))
                            .collect(),
                    ),
                    _ if stop.is_stopped() => return,
                    _ => trouble.set(Some(error)),
                }
                return;
            }
            Err(error) => trouble.set(Some(error)),
        }
        pause(backoff::wait_ms(attempt, dice())).await;
        attempt += 1;
    }
}

fn level(line: &str) -> &'static str {
    let head = line.get(..80).unwrap_or(line);
    if head.contains("ERROR") {
        "bad"
    } else if head.contains("WARN") {
        "busy"
    } else if head.contains("DEBUG") || head.contains("TRACE") {
        "idle"
    } else {
        ""
    }
}
