use super::attached::{self, AttachButton, Attaching};
use super::icon::{Glyph, Icon};
use super::pickers::{Pickers, offered};
use super::queue::take_over;
use crate::api::Trouble;
use crate::hook::{App, Draft, Feed, key_names, on_coarse_pointer, on_small_or_touch};
use crate::model::{complete, look, plain};
use crate::view;
use gaggle_shared::{Accepts, Code, Phase, Project, SlashCommand};
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

/// What can be put into a message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Offer {
    Command(SlashCommand),
    File(String),
}

#[component]
fn Writer(draft: Draft, project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let session = feed.session.get_untracked();
    take_over(session.clone(), draft);
    let node = NodeRef::<html::Textarea>::new();
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    let session = StoredValue::new(session);
    let running = Memo::new(move |_| feed.with(|chat| session.with_value(|s| chat.running(s).is_some())));
    let wordless = Memo::new(move |_| draft.text.read().trim().is_empty());
    let empty = Memo::new(move |_| wordless.get() && draft.attached.read().is_empty());
    // Why something was not attached, or not found.
    let said = RwSignal::new(Vec::<String>::new());
    let accepts = Memo::new(move |_| {
        session.with_value(|id| {
            feed.sessions.read().iter().find(|one| one.id == *id).and_then(|one| one.accepts)
        })
    });
    let accepts: Signal<Option<Accepts>> = accepts.into();
    let gone = move || project.read().phase == Phase::Deleting;

    // What could not be added to the turn, as far as one knows: tried again, it is added, not queued.
    let unsure = StoredValue::new(String::new());
    // Commands of the agent, while the first word is written.
    let closed = RwSignal::new(false);
    let at = RwSignal::new(0_usize);
    // Files of the workspace, while one is named.
    let named = RwSignal::new(None::<(complete::Mention, Vec<String>)>);
    let wanted = StoredValue::new(None::<complete::Mention>);
    let offers = Memo::new(move |_| {
        if closed.get() {
            return Vec::new();
        }
        if let Some((_, files)) = &*named.read() {
            return files.iter().cloned().map(Offer::File).collect();
        }
        let all = offered(feed).map(|offers| offers.commands).unwrap_or_default();
        complete::commands(&draft.text.read(), &all).into_iter().cloned().map(Offer::Command).collect()
    });
    let look_for = move |mention: Option<complete::Mention>| {
        wanted.set_value(mention.clone());
        let Some(mention) = mention else { return named.set(None) };
        let api = feed.api();
        spawn_local(async move {
            let found = api.files(&mention.query).await;
            // What was typed since asks again.
            if wanted.try_get_value().flatten().as_ref() != Some(&mention) {
                return;
            }
            match found {
                Ok(files) => named.set(Some((mention, files))),
                Err(trouble) if trouble.code() == Some(Code::NotSupportedByRuntime) => {
                    said.set(vec![
                        "Files of this project cannot be looked up now; write their paths.".into(),
                    ]);
                }
                Err(_) => named.set(None),
            }
        });
    };
    let mention = move |text: &str| {
        let caret = node.get_untracked().and_then(|node| node.selection_start().ok().flatten());
        complete::mention(text, caret.map_or(usize::MAX, |caret| caret as usize))
    };
    // What was offered for another place is not offered any more.
    let moved = move || {
        if wanted.with_value(|wanted| wanted.is_some() && *wanted != mention(&draft.text.read_untracked())) {
            look_for(None);
        }
    };
    let close = move || {
        closed.set(true);
        look_for(None);
    };
    let put = move |text: String, caret: Option<usize>| {
        draft.write(text.clone());
        if let Some(node) = node.get_untracked() {
            node.set_value(&text);
            let _ = node.focus();
            if let Some(caret) = caret.and_then(|caret| u32::try_from(caret).ok()) {
                let _ = node.set_selection_range(caret, caret);
            }
        }
    };
    let complete = move |index: usize| {
        let Some(offer) = offers.read_untracked().get(index).cloned() else { return };
        match offer {
            Offer::Command(command) => put(complete::with_command(&command), None),
            Offer::File(path) => {
                let mention = named.get_untracked().map(|(mention, _)| mention);
                look_for(None);
                let text = draft.text.get_untracked();
                if let Some((text, caret)) = mention.and_then(|one| complete::with_file(&text, &one, &path)) {
                    put(text, Some(caret));
                }
            }
        }
    };

    let submit = move |steer: bool| {
        let nothing = if steer { wordless.get_untracked() } else { empty.get_untracked() };
        if nothing || busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        said.set(Vec::new());
        close();
        let (api, session) = (feed.api(), session.get_value());
        let mut sending = draft.sending();
        if steer {
            // What runs is told words only: the rest waits for the next message.
            sending.attached.clear();
        }
        spawn_local(async move {
            let (text, of) = (sending.text.clone(), session.clone());
            let result = if steer {
                api.steer(text, session, &sending.key).await
            } else {
                api.say(text, session, sending.mode, sending.attached.clone(), &sending.key).await
            };
            // From here on another conversation may be shown, or another page.
            busy.set(false);
            let lost = steer && result.as_ref().is_err_and(|error| !error.is_final());
            let _ = unsure.try_set_value(if lost { sending.text.clone() } else { String::new() });
            match result {
                Ok(_) => {
                    if let Some(mode) = sending.mode.filter(|_| !steer) {
                        feed.runs_in(&of, mode);
                        draft.mode_taken(&sending);
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
        let again =
            || unsure.with_value(|unsure| !unsure.is_empty() && *unsure == *draft.text.read_untracked());
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
                submit(running.get_untracked() || again());
            }
            "Enter" if !event.shift_key() && !event.alt_key() && !on_coarse_pointer() => {
                event.prevent_default();
                submit(again());
            }
            "Escape" if running.get_untracked() => {
                event.prevent_default();
                stop();
            }
            _ => {}
        }
    };
    let placeholder = move || {
        let name = look::name(&project.read());
        match project.read().phase {
            Phase::Inactive | Phase::Failed => format!("Message {name}; it wakes up for it"),
            _ if running.get() && on_small_or_touch() => "Queue a message, or steer".to_owned(),
            _ if running.get() => key_names("Enter queues a message, Ctrl-Enter steers"),
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
            on:dragover=move |event: ev::DragEvent| event.prevent_default()
            on:drop=move |event: ev::DragEvent| {
                event.prevent_default();
                attached::take(draft, event.data_transfer().and_then(|data| data.files()), accepts.get_untracked(), said);
            }
            on:submit=move |event| {
                event.prevent_default();
                submit(false);
            }
        >
            <label class="sr" for="composer">"Message"</label>
            <ul id="commands" class="slash" role="listbox" aria-label="Completions" hidden=move || offers.read().is_empty()>
                {move || offers.get().into_iter().enumerate().map(|(index, offer)| view! {
                    <li
                        id=format!("command-{index}")
                        role="option"
                        aria-selected=move || (at.get() == index).to_string()
                        on:mousedown=move |event: ev::MouseEvent| {
                            event.prevent_default();
                            complete(index);
                        }
                    >
                        {match offer {
                            Offer::Command(command) => view! {
                                <code>{plain::line(&format!("/{}", command.name))}</code>
                                <span>{plain::line(&command.description)}</span>
                            }.into_any(),
                            Offer::File(path) => view! { <code>{plain::line(&path)}</code> }.into_any(),
                        }}
                    </li>
                }).collect_view()}
            </ul>
            <Attaching draft said/>
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
                    let text = event_target_value(&event);
                    look_for(mention(&text));
                    draft.write(text);
                }
                on:paste=move |event: ev::ClipboardEvent| {
                    let files = event.clipboard_data().and_then(|data| data.files());
                    if files.as_ref().is_some_and(|files| files.length() > 0) {
                        event.prevent_default();
                        attached::take(draft, files, accepts.get_untracked(), said);
                    }
                }
                on:keydown=keys
                on:keyup=move |_| moved()
                on:click=move |_| moved()
                on:blur=move |_| close()
            ></textarea>
            <div class="composer-row">
                <AttachButton draft accepts said/>
                <Pickers project mode=draft.mode/>
                <span class="composer-hint">
                    {move || key_names(if running.get() { "Esc stops, Ctrl-Enter steers" } else { "Enter sends, Shift-Enter makes a line" })}
                </span>
                <span class="grow"></span>
                <Show when=move || running.get()>
                    <button type="button" class="btn small" on:click=move |_| stop()>
                        <Icon glyph=Glyph::Stop/>"Stop"
                    </button>
                    <button type="button" class="btn small" disabled=move || wordless.get() || busy.get() on:click=move |_| submit(true)>
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
