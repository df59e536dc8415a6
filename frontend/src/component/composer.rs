use super::icon::{Glyph, Icon};
use super::pickers::{Pickers, offered};
use crate::api::Trouble;
use crate::hook::{App, Draft, Feed, on_coarse_pointer};
use crate::model::{complete, plain};
use crate::view;
use gaggle_shared::{Mode, Phase, Project};
use leptos::{ev, html, prelude::*, task::spawn_local};
use std::sync::Arc;

/// Where a person writes. Enter sends or queues, Ctrl-Enter steers, Esc stops; the draft survives everything.
#[component]
pub(crate) fn Composer(#[prop(into)] project: Signal<Arc<Project>>) -> impl IntoView {
    let feed = Feed::get();
    move || {
        let draft = Draft::of(&feed.session.get());
        view! { <Writer draft project/> }
    }
}

#[component]
fn Writer(draft: Draft, project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let session = feed.session.get_untracked();
    let node = NodeRef::<html::Textarea>::new();
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    let session = StoredValue::new(session);
    let running = Memo::new(move |_| feed.with(|chat| session.with_value(|s| chat.running(s).is_some())));
    let empty = Memo::new(move |_| draft.text.read().trim().is_empty());
    let gone = move || project.read().phase == Phase::Deleting;

    let mode = RwSignal::new(None::<Mode>);
    // Commands of the agent, while the first word is written.
    let closed = RwSignal::new(false);
    let at = RwSignal::new(0_usize);
    let offers = Memo::new(move |_| {
        let all = offered(feed).map(|offers| offers.commands).unwrap_or_default();
        match closed.get() {
            true => Vec::new(),
            false => complete::commands(&draft.text.read(), &all).into_iter().cloned().collect(),
        }
    });
    let complete = move |index: usize| {
        let Some(command) = offers.read_untracked().get(index).cloned() else { return };
        let text = complete::with_command(&command);
        draft.write(text.clone());
        if let Some(node) = node.get_untracked() {
            node.set_value(&text);
            let _ = node.focus();
        }
    };

    let submit = move |steer: bool| {
        let text = draft.text.get_untracked();
        if text.trim().is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        let (api, session, mode) = (feed.api(), session.get_value(), mode.get_untracked());
        let sending = draft.sending();
        spawn_local(async move {
            let text = sending.text.clone();
            let result = if steer {
                api.steer(text, session).await
            } else {
                api.say(text, session, mode, &sending.key).await.map(|_| ())
            };
            // From here on another conversation may be shown, or another page.
            busy.set(false);
            match result {
                Ok(()) => {
                    if mode.is_some() {
                        feed.read_sessions();
                    }
                    let rest = draft.sent(&sending);
                    if let Some(node) = node.try_get_untracked().flatten() {
                        node.set_value(&rest);
                        feed.speak();
                    }
                }
                Err(error) => trouble.set(Some(error)),
            }
        });
    };
    let stop = move || {
        let (api, session) = (feed.api(), session.get_value());
        app.act("It was not stopped", async move { api.cancel(session).await });
    };
    let keys = move |event: ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let count = offers.read_untracked().len();
        if count > 0 && !event.shift_key() && !event.ctrl_key() && !event.meta_key() {
            let key = event.key();
            match key.as_str() {
                "ArrowDown" => at.update(|at| *at = (*at + 1) % count),
                "ArrowUp" => at.update(|at| *at = (*at + count - 1) % count),
                "Enter" | "Tab" => complete(at.get_untracked().min(count - 1)),
                "Escape" => closed.set(true),
                _ => {}
            }
            if matches!(key.as_str(), "ArrowDown" | "ArrowUp" | "Enter" | "Tab" | "Escape") {
                event.prevent_default();
                return;
            }
        }
        match event.key().as_str() {
            "Enter" if event.ctrl_key() || event.meta_key() => {
                event.prevent_default();
                submit(running.get_untracked());
            }
            "Enter" if !event.shift_key() && !event.alt_key() && !on_coarse_pointer() => {
                event.prevent_default();
                submit(false);
            }
            "Escape" if running.get_untracked() => {
                event.prevent_default();
                stop();
            }
            _ => {}
        }
    };
    let placeholder = move || {
        let name = project.read().name.to_string();
        match project.read().phase {
            Phase::Inactive | Phase::Failed => format!("Message {name}; it wakes up for it"),
            _ if running.get() && on_coarse_pointer() => "Queue a message, or steer".to_owned(),
            _ if running.get() => "Enter queues a message, Ctrl-Enter steers".to_owned(),
            _ => format!("Message {name}"),
        }
    };
    view! {
        {move || trouble.get().map(|trouble| view! {
            <p class="error" role="alert">
                "Not sent: "{trouble.message()}" "{trouble.hint()}" Your text is kept; press Enter to try again."
            </p>
        })}
        <form
            class="composer"
            class:busy=busy
            on:submit=move |event| {
                event.prevent_default();
                submit(false);
            }
        >
            <label class="sr" for="composer">"Message"</label>
            <ul id="commands" class="slash" role="listbox" aria-label="Commands" hidden=move || offers.read().is_empty()>
                {move || offers.get().into_iter().enumerate().map(|(index, command)| view! {
                    <li
                        id=format!("command-{index}")
                        role="option"
                        aria-selected=move || (at.get() == index).to_string()
                        on:mousedown=move |event: ev::MouseEvent| {
                            event.prevent_default();
                            complete(index);
                        }
                    >
                        <code>{plain::line(&format!("/{}", command.name))}</code>
                        <span>{plain::line(&command.description)}</span>
                    </li>
                }).collect_view()}
            </ul>
            <textarea
                id="composer"
                node_ref=node
                rows="1"
                placeholder=placeholder
                disabled=gone
                prop:value=draft.text
                aria-autocomplete="list"
                aria-controls="commands"
                aria-activedescendant=move || (!offers.read().is_empty()).then(|| format!("command-{}", at.get()))
                on:input=move |event| {
                    closed.set(false);
                    at.set(0);
                    draft.write(event_target_value(&event));
                }
                on:keydown=keys
            ></textarea>
            <div class="composer-row">
                <Pickers project mode/>
                <span class="composer-hint">
                    {move || if running.get() { "Esc stops, Ctrl-Enter steers" } else { "Enter sends, Shift-Enter makes a line" }}
                </span>
                <span class="grow"></span>
                <Show when=move || running.get()>
                    <button type="button" class="btn small" on:click=move |_| stop()>
                        <Icon glyph=Glyph::Stop/>"Stop"
                    </button>
                    <button type="button" class="btn small" disabled=move || empty.get() || busy.get() on:click=move |_| submit(true)>
                        "Steer"
                    </button>
                </Show>
                <button type="submit" class="btn primary small" disabled=move || empty.get() || busy.get()>
                    <Icon glyph=Glyph::Send/>
                    {move || if running.get() { "Queue" } else { "Send" }}
                </button>
            </div>
        </form>
    }
}
