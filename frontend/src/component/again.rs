use crate::hook::{App, Feed, FocusBack, catch_focus_at, fresh_key, now};
use crate::model::chat::{once::Once, work};
use crate::view;
use gaggle_shared::{MessageId, TurnId};
use leptos::{ev, html, prelude::*};
use std::cell::RefCell;

thread_local! {
    /// What a button sent last.
    static LAST: RefCell<Once> = RefCell::default();
}

/// Where the focus goes once it is sent.
const NEXT: &[&str] = &["#composer", "#main"];

/// What the answer of a turn did that stays done if its message is sent again.
pub(crate) fn done_already(turn: &TurnId) -> Vec<String> {
    let answer = MessageId::of_agent(turn);
    Feed::get().peek(|chat| chat.message(&answer).map(|entry| work::ran(entry.parts())).unwrap_or_default())
}

/// This turn, if something came with its message.
pub(crate) fn with_attachments(feed: Feed, turn: &TurnId) -> Option<TurnId> {
    let user = MessageId::of_user(turn);
    let some = feed.peek(|chat| chat.message(&user).is_some_and(|entry| !entry.attachments.is_empty()));
    some.then(|| turn.clone())
}

/// Sends a text as a new message of the shown session, with what came with the turn `of`. What was written in the place
/// of the message `instead` is kept until it is sent. `button` tells where it was pressed: the same text may be sent by
/// another.
pub(crate) fn send(feed: Feed, button: &str, text: String, of: Option<TurnId>, instead: Option<MessageId>) {
    let (app, api, session) = (App::get(), feed.api(), feed.session.get_untracked());
    let what = format!("{session} {button} {text}");
    let Some(key) = LAST.with_borrow_mut(|last| last.begin(what, now(), fresh_key)) else { return };
    app.act("Not sent", async move {
        let sent = api.say_again(text, session, of, &key).await;
        LAST.with_borrow_mut(|last| last.end(&key, now(), sent.is_ok()));
        sent?;
        if let Some(id) = instead {
            feed.again.forget(id.as_str());
        }
        feed.speak();
        Ok(())
    });
}

/// Asks before a message is sent again whose tools have run.
#[component]
pub(crate) fn Again(text: String, of: TurnId, ran: Vec<String>, asking: RwSignal<bool>) -> impl IntoView {
    let (feed, back) = (Feed::get(), FocusBack::here());
    let first = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = first.get() {
            let _ = button.focus();
        }
    });
    let leave = move || {
        asking.set(false);
        back.give();
    };
    let again = move |_| {
        asking.set(false);
        send(feed, of.as_str(), text.clone(), with_attachments(feed, &of), None);
        catch_focus_at(NEXT);
    };
    view! {
        <div
            class="again"
            role="group"
            aria-label="Send it again?"
            on:keydown=move |event: ev::KeyboardEvent| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                    leave();
                }
            }
        >
            <p><strong>"Send it again?"</strong>" What already ran stays done, and may run a second time:"</p>
            <Ran ran/>
            <div class="buttons start">
                <button class="btn small" type="button" on:click=again>"Send again"</button>
                <button class="btn ghost small" type="button" node_ref=first on:click=move |_| leave()>"Leave it"</button>
            </div>
        </div>
    }
}

/// Tools that ran, in words.
#[component]
pub(crate) fn Ran(ran: Vec<String>) -> impl IntoView {
    const SHOWN: usize = 5;
    let more = ran.len().saturating_sub(SHOWN);
    view! {
        <ul class="ran">
            {ran.into_iter().take(SHOWN).map(|one| view! { <li><code>{one}</code></li> }).collect_view()}
            {(more > 0).then(|| view! { <li>{format!("and {more} more")}</li> })}
        </ul>
    }
}

/// A message of a person to be said in other words, as a new message. Its words are kept while it is not drawn; it takes
/// the focus only if it was `asked` for now.
#[component]
pub(crate) fn EditAgain(
    id: MessageId,
    text: String,
    of: TurnId,
    ran: Vec<String>,
    asked: bool,
    editing: RwSignal<bool>,
) -> impl IntoView {
    let (feed, back) = (Feed::get(), FocusBack::here());
    let words = RwSignal::new(feed.again.of(id.as_str()).unwrap_or(text));
    let (id, of) = (StoredValue::new(id), StoredValue::new(of));
    let keep = move || id.with_value(|id| feed.again.keep(id.as_str(), &words.read_untracked()));
    keep();
    let node = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if let Some(node) = node.get().filter(|_| asked) {
            let _ = node.focus();
        }
    });
    let submit = move || {
        let text = words.get_untracked();
        if !text.trim().is_empty() {
            of.with_value(|of| {
                send(feed, of.as_str(), text, with_attachments(feed, of), Some(id.get_value()));
            });
            editing.set(false);
            catch_focus_at(NEXT);
        }
    };
    let cancel = move || {
        id.with_value(|id| feed.again.forget(id.as_str()));
        editing.set(false);
        back.give();
    };
    let warned = !ran.is_empty();
    view! {
        <form
            class="edit-again"
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
        >
            <textarea
                class="input"
                node_ref=node
                aria-label="Message to send again"
                prop:value=words
                on:input=move |event| {
                    words.set(event_target_value(&event));
                    keep();
                }
                on:keydown=move |event: ev::KeyboardEvent| match event.key().as_str() {
                    "Escape" => {
                        event.stop_propagation();
                        cancel();
                    }
                    "Enter" if event.ctrl_key() || event.meta_key() => {
                        event.prevent_default();
                        submit();
                    }
                    _ => {}
                }
            ></textarea>
            {warned.then(|| view! { <p class="dim">"What the first answer did stays done:"</p> <Ran ran/> })}
            <div class="buttons start">
                <button class="btn primary small" type="submit">"Send as a new message"</button>
                <button class="btn ghost small" type="button" on:click=move |_| cancel()>"Cancel"</button>
            </div>
        </form>
    }
}
