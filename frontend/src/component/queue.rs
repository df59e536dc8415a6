use super::icon::{Glyph, Icon};
use crate::hook::{App, Draft, Feed, catch_focus_at, focus_while, fresh_key};
use crate::model::plain;
use crate::view;
use gaggle_shared::{SessionId, Turn, TurnId, TurnState};
use leptos::{html, prelude::*, task::spawn_local};

/// Where the focus goes when a chip has gone.
const NEXT: &[&str] = &["#composer", "#main"];

/// Messages that wait behind the running turn: each can be edited and taken back.
#[component]
pub(crate) fn Queue() -> impl IntoView {
    let feed = Feed::get();
    let turns = Memo::new(move |_| {
        let session = feed.session.get();
        feed.with(|chat| chat.queued(&session).cloned().collect::<Vec<_>>())
    });
    view! {
        <Show when=move || !turns.read().is_empty()>
            <ul class="queue" aria-label="Waiting messages">
                <For each=move || turns.get() key=|turn| turn.id.clone() let:turn>
                    <Chip turn/>
                </For>
            </ul>
        </Show>
    }
}

/// What somebody wrote in the place of a message of this session that waits no more goes behind the draft: it is not lost
/// with what it was written into.
pub(super) fn take_over(session: SessionId, draft: Draft) {
    let (app, feed) = (App::get(), Feed::get());
    Effect::new(move |_| {
        let late = feed.with(|chat| {
            let turn = |id: &str| chat.turn_of(&TurnId::parse(id).ok()?);
            let over = |turn: &Turn| turn.session_id == session && turn.state != TurnState::Queued;
            let late = feed.changes.take(|id| turn(id).is_some_and(over));
            late.into_iter().filter_map(|(id, words)| Some((turn(&id)?.clone(), words))).collect::<Vec<_>>()
        });
        for (turn, words) in late {
            catch_focus_at(NEXT);
            if words.trim().is_empty() || words == turn.prompt {
                continue;
            }
            draft.add(&words);
            let said = match turn.started_at {
                Some(_) => "The message was sent as it was before",
                None => "The message does not wait any more",
            };
            let hint = "What you wrote in its place stands where you write: send it, or delete it.";
            app.toast(said.into(), Some(hint.into()), true);
        }
    });
}

#[component]
fn Chip(turn: Turn) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    // What is written in its place is still there when it is drawn again.
    let kept = feed.changes.of(turn.id.as_str());
    let editing = RwSignal::new(kept.is_some());
    let text = RwSignal::new(kept.unwrap_or_default());
    let id = StoredValue::new(turn.id.clone());
    // It stays the same chip, whatever it comes to say.
    let turn = Memo::new(move |_| {
        feed.with(|chat| id.with_value(|id| chat.turn_of(id).cloned())).unwrap_or_else(|| turn.clone())
    });
    let shown = move || {
        let turn = turn.read();
        match turn.attachments.len() {
            0 => plain::line(&turn.prompt),
            1 => format!("{} (1 attachment)", plain::line(&turn.prompt)),
            more => format!("{} ({more} attachments)", plain::line(&turn.prompt)),
        }
    };
    let write = move |words: String| {
        id.with_value(|id| feed.changes.keep(id.as_str(), &words));
        text.set(words);
    };
    let edit = move |_| {
        write(turn.read_untracked().prompt.clone());
        editing.set(true);
    };
    // Its form takes the focus and its button gets it back; a chip that goes leaves it to the composer.
    let (field, pen) = (NodeRef::<html::Input>::new(), NodeRef::<html::Button>::new());
    focus_while(editing, field, pen);
    let gone = StoredValue::new(false);
    on_cleanup(move || {
        if gone.get_value() {
            catch_focus_at(NEXT);
        }
    });
    let take_back = move |_| {
        gone.set_value(true);
        let (api, id) = (feed.api(), id.get_value());
        let (sent, again) = (turn.get_untracked(), api.clone());
        let (session, text, more) = (sent.session_id, sent.prompt, !sent.attachments.is_empty());
        app.act("It was not taken back", async move {
            api.take_back(&id).await?;
            // The way back queues it anew, with all that came with it.
            app.offer_undo("Message taken back".into(), None, move || {
                let (api, text, session) = (again.clone(), text.clone(), session.clone());
                let of = more.then(|| id.clone());
                app.act("It was not sent again", async move {
                    api.say_again(text, session, of, &fresh_key()).await.map(|_| ())
                });
            });
            Ok(())
        });
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let new = text.get_untracked();
        if new.trim().is_empty() {
            return;
        }
        let (api, id) = (feed.api(), id.get_value());
        spawn_local(async move {
            match api.edit(&id, new).await {
                Ok(()) => {
                    feed.changes.forget(id.as_str());
                    let _ = editing.try_set(false);
                }
                Err(trouble) => app.complain("It was not changed", &trouble),
            }
        });
    };
    view! {
        <li class="chip">
            <Show
                when=move || editing.get()
                fallback=move || view! {
                    <Icon glyph=Glyph::Clock/>
                    <span class="chip-text">{shown}</span>
                    <button class="btn ghost small square" aria-label="Edit waiting message" node_ref=pen on:click=edit>
                        <Icon glyph=Glyph::Pen/>
                    </button>
                    <button class="btn ghost small square" aria-label="Take back waiting message" on:click=take_back>
                        <Icon glyph=Glyph::Close/>
                    </button>
                }
            >
                <form class="chip-form" on:submit=save>
                    <input
                        class="input"
                        node_ref=field
                        aria-label="Waiting message"
                        prop:value=text
                        on:input=move |event| write(event_target_value(&event))
                        on:keydown=move |event| {
                            if event.key() == "Escape" {
                                event.stop_propagation();
                                id.with_value(|id| feed.changes.forget(id.as_str()));
                                editing.set(false);
                            }
                        }
                    />
                    <button class="btn small" type="submit">"Save"</button>
                </form>
            </Show>
        </li>
    }
}
