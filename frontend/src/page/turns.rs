use crate::api::{self, Trouble};
use crate::hook::{App, clock_time};
use crate::model::{plain, time, timeline};
use crate::view;
use gaggle_shared::{ProjectId, StopReason, Turn, TurnId, TurnState};
use leptos::{prelude::*, task::spawn_local};

/// What each turn used, the newest first, as far back as one asks.
pub(super) fn by_turn(id: ProjectId) -> AnyView {
    let app = App::get();
    let turns = RwSignal::new(Vec::<Turn>::new());
    let next = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    let api = StoredValue::new(app.user.get_untracked().map(|user| api::Project { user, id }));
    let read = move |cursor: Option<String>| {
        let Some(api) = api.get_value() else { return };
        busy.set(true);
        spawn_local(async move {
            match api.turns_after(cursor.as_deref()).await {
                Ok(page) => {
                    let _ = trouble.try_set(None);
                    // A page that was read anew may have pushed others down.
                    let _ = turns.try_update(|turns| {
                        for turn in page.items {
                            match turns.iter_mut().find(|known| known.id == turn.id) {
                                Some(known) => *known = turn,
                                None => turns.push(turn),
                            }
                        }
                        turns.sort_by(|a, b| b.id.cmp(&a.id));
                    });
                    // What is read anew from the top says nothing of where the rest goes on.
                    let first = next.try_with_untracked(Option::is_none).unwrap_or(true);
                    if cursor.is_some() || first {
                        let _ = next.try_set(page.next_cursor);
                    }
                }
                Err(error) => {
                    let _ = trouble.try_set(Some(error));
                }
            }
            let _ = busy.try_set(false);
        });
    };
    let used = Memo::new(move |_| app.fleet.read().used_today());
    Effect::new(move |_| {
        used.track();
        read(None);
    });
    let base = api.with_value(|api| api.as_ref().map(|api| format!("/u/{}/p/{}", api.user, api.id)));
    let base = StoredValue::new(base.unwrap_or_default());
    let ids = Memo::new(move |_| turns.read().iter().map(|turn| turn.id.clone()).collect::<Vec<_>>());
    let row = move |id: TurnId| {
        let turn = Memo::new(move |_| turns.read().iter().find(|turn| turn.id == id).cloned());
        turn.get_untracked().map(|first| {
            let href = format!("{}?turn={}", base.get_value(), first.id);
            let figure = move |of: fn(&Turn) -> Option<String>| {
                move || turn.read().as_ref().and_then(of).unwrap_or_else(|| "–".into())
            };
            view! {
                <tr>
                    <th scope="row"><a href=href>{prompt(&first)}</a></th>
                    <td>{clock_time(first.created_at)}</td>
                    <td>{move || turn.read().as_ref().map(end)}</td>
                    <td>{figure(|turn| time::took(turn.started_at?, turn.ended_at?))}</td>
                    <td>{figure(|turn| turn.usage.as_ref().filter(|use_| use_.total_tokens > 0).map(|use_| time::count(use_.total_tokens)))}</td>
                    <td>{figure(|turn| turn.usage.as_ref()?.cost.as_ref().map(|cost| time::money(cost.amount)))}</td>
                </tr>
            }
        })
    };
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Use by turn">
            <table class="sums by-turn">
                <thead>
                    <tr>
                        <th scope="col">"Message"</th><th scope="col">"When"</th><th scope="col">"End"</th>
                        <th scope="col">"Took"</th><th scope="col">"Tokens"</th><th scope="col">"Cost"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || ids.get() key=TurnId::clone let:id>
                        {row(id)}
                    </For>
                </tbody>
            </table>
        </div>
        {move || trouble.get().map(|trouble| view! { <p class="error" role="alert">"Turns could not be read: "{trouble.message()}</p> })}
        <Show when=move || next.read().is_some()>
            <p class="row"><button class="btn small" disabled=busy on:click=move |_| read(next.get_untracked())>"Earlier turns"</button></p>
        </Show>
    }
}

/// What was asked, in a line.
fn prompt(turn: &Turn) -> String {
    let line: String = plain::line(&turn.prompt).chars().take(120).collect();
    match (line.trim().is_empty(), turn.attachments.len()) {
        (false, _) => line,
        (true, 0) => "(no words)".into(),
        (true, _) => "(attachments)".into(),
    }
}

fn end(turn: &Turn) -> &'static str {
    match (turn.state, turn.stop_reason) {
        (TurnState::Queued, _) => "Waits",
        (TurnState::Running, _) => "Runs",
        (TurnState::Ended, None | Some(StopReason::EndTurn)) => "Done",
        (TurnState::Ended, Some(stop)) => timeline::stop_words(stop),
    }
}
