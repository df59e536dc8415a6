use super::again::{EditAgain, done_already};
use super::answer_end::AnswerEnd;
use super::asked::Asked;
use super::attached;
use super::copy::CopyButton;
use super::failure::FailureCard;
use super::icon::{Glyph, Icon};
use super::logo::Goose;
use super::markdown::Markdown;
use super::plain::Plain;
use super::pulse::Pulse;
use super::reads::Reads;
use super::started::Started;
use super::tool::ToolCard;
use crate::hook::{App, Feed, Head, PartRow, Row, Side, clock_time};
use crate::model::{chat::fold::Group, plain, timeline};
use crate::view;
use gaggle_shared::{MessageId, MessageState, Part, Role, StopReason};
use leptos::prelude::*;

/// One message with its parts in the order they came, while it is drawn.
#[component]
pub(crate) fn MessageView(row: Row) -> impl IntoView {
    let feed = Feed::get();
    let gone = row.id.clone();
    on_cleanup(move || feed.forget_row(&gone));
    let head = RwSignal::from(row.head.clone());
    let (parts, groups) = (RwSignal::from(row.parts.clone()), RwSignal::from(row.groups.clone()));
    let last_tool = RwSignal::from(row.last_tool.clone());
    let id = StoredValue::new(row.id);
    let user = head.read_untracked().role == Role::User;
    let state = Memo::new(move |_| head.read().state);
    let streaming = Memo::new(move |_| state.get() == MessageState::Streaming);
    let newest = Memo::new(move |_| id.with_value(|id| feed.ids.read().last() == Some(id)));
    let divider = Memo::new(move |_| {
        let found = feed.divider.read();
        found.as_ref().filter(|(at, _)| id.with_value(|id| id == at)).map(|(_, part)| *part)
    });
    let starts = Memo::new(move |_| {
        let place = feed.start_place.read();
        place.as_ref().filter(|(at, _)| id.with_value(|id| id == at)).map(|(_, side)| *side)
    });
    // What is written in its place is still there when it is drawn again.
    let kept = StoredValue::new(id.with_value(|id| feed.again.of(id.as_str())).is_some());
    let editing = RwSignal::new(kept.get_value());
    let one = move |index: usize| {
        let part = parts.read_untracked().get(index).cloned();
        let last = Signal::derive(move || newest.get() && last_tool.get() == Some(index));
        part.map(|part| view! { <PartView part user last/> })
    };
    let group = move |group: Group| {
        let at = group.start();
        let drawn = match group {
            Group::One(at) => one(at),
            Group::Reads(..) => {
                // It grows while the agent reads on, and what was opened in it stays open.
                let run = Memo::new_with_compare(
                    move |_| {
                        let found = groups.read().iter().find(|group| group.start() == at).cloned();
                        let count = found.map_or(0, |group| group.count());
                        parts.read().iter().skip(at).take(count).cloned().collect::<Vec<_>>()
                    },
                    |old, new| old.map(Vec::len) != new.map(Vec::len),
                );
                Some(view! { <Reads parts=run/> })
            }
        };
        view! {
            <Show when=move || { at > 0 && divider.get() == Some(at) }><NewLine/></Show>
            {drawn}
        }
    };
    view! {
        <div class="message-row">
            <Show when=move || starts.get() == Some(Side::Above)><Started/></Show>
            <Show when=move || divider.get() == Some(0)><NewLine/></Show>
            <article class="message" class:from-user=user class:newest=newest aria-busy=move || streaming.get().to_string()>
                <Avatar user/>
                <div class="message-body">
                    <header class="who">
                        <strong>{move || name(user)}</strong>
                        <time>{move || clock_time(head.read().created_at)}</time>
                        <span class="grow"></span>
                        {user.then(|| view! { <Acts id=id.get_value() editing/> })}
                    </header>
                    <Show
                        when=move || editing.get()
                        fallback=move || view! { <For each=move || groups.get() key=Group::key let:found>{group(found)}</For> }
                    >
                        {id.with_value(|id| feed.peek(|chat| chat.message(id).map(crate::model::chat::Entry::text))).map(|text| {
                            let of = head.read_untracked().turn_id.clone();
                            let ran = done_already(&of);
                            let asked = !kept.get_value();
                            kept.set_value(false);
                            view! { <EditAgain id=id.get_value() text of ran asked editing/> }
                        })}
                    </Show>
                    {user.then(|| {
                        let came = feed.peek(|chat| id.with_value(|id| chat.message(id).map(|entry| entry.attachments.clone())));
                        attached::sent(&feed.api(), &head.read_untracked().turn_id, came.unwrap_or_default())
                    })}
                    <Show when=move || streaming.get()><Pulse head parts/></Show>
                    {move || {
                        state.track();
                        head.with_untracked(ending)
                    }}
                    {move || (!user && !streaming.get()).then(|| {
                        head.track();
                        view! { <AnswerEnd id=id.get_value() head=head.get_untracked()/> }
                    })}
                </div>
            </article>
            <Show when=move || starts.get() == Some(Side::Below)><Started/></Show>
        </div>
    }
}

/// What is new since the reader left begins here.
#[component]
fn NewLine() -> impl IntoView {
    view! { <p class="new-line" role="separator" aria-label="New since you left"><span>"New since you left"</span></p> }
}

#[component]
fn Avatar(user: bool) -> impl IntoView {
    let initial = move || name(true).chars().next().map(|c| c.to_uppercase().to_string());
    view! {
        <span class="avatar" aria-hidden="true">
            {if user { initial.into_any() } else { view! { <Goose/> } }}
        </span>
    }
}

fn name(user: bool) -> String {
    if !user {
        return "Goose".to_owned();
    }
    let app = App::get();
    let id = app.user.get();
    app.users
        .read()
        .iter()
        .find(|user| Some(&user.id) == id.as_ref())
        .map_or("You".into(), |user| plain::called(&user.name))
}

/// What to do with a message of a person.
#[component]
fn Acts(id: MessageId, editing: RwSignal<bool>) -> impl IntoView {
    let feed = Feed::get();
    let text = Callback::new(move |()| {
        feed.peek(|chat| chat.message(&id).map(crate::model::chat::Entry::text)).unwrap_or_default()
    });
    view! {
        <span class="reveal">
            <CopyButton text/>
            <button class="btn ghost small" type="button" on:click=move |_| editing.set(true)>
                <Icon glyph=Glyph::Pen/>"Edit and send again"
            </button>
        </span>
    }
}

#[component]
fn PartView(part: PartRow, user: bool, last: Signal<bool>) -> impl IntoView {
    let signal = RwSignal::from(part.part.clone());
    let kind = part.part.get_untracked();
    let text = Signal::derive(move || match &*signal.read() {
        Part::Text { text } | Part::Thought { text } => text.clone(),
        _ => String::new(),
    });
    match kind {
        Part::Text { .. } if user => view! { <p class="said"><Plain text/></p> }.into_any(),
        Part::Text { .. } => view! { <Markdown text/> }.into_any(),
        Part::Thought { .. } => view! {
            <details class="thought">
                <summary><Icon glyph=Glyph::Thought/>"Thought"</summary>
                <Markdown text/>
            </details>
        }
        .into_any(),
        Part::Tool { .. } => view! { <ToolCard part=part.part last/> }.into_any(),
        Part::Permission { permission_id } => view! { <Asked id=permission_id/> }.into_any(),
    }
}

fn ending(head: &Head) -> Option<AnyView> {
    if let Some(failure) = head.failure.clone() {
        return Some(view! { <FailureCard failure/> }.into_any());
    }
    let stop = match (head.stop_reason, head.state) {
        (Some(StopReason::EndTurn), _) => return None,
        (Some(stop), _) => stop,
        (None, MessageState::Cancelled) => StopReason::Cancelled,
        (None, MessageState::Interrupted) => StopReason::Interrupted,
        (None, MessageState::Failed) => StopReason::Failed,
        _ => return None,
    };
    Some(view! { <p class="ending">{timeline::stop_words(stop)}</p> }.into_any())
}
