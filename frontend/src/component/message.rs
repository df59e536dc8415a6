use super::failure::FailureCard;
use super::icon::{Glyph, Icon};
use super::logo::Goose;
use super::markdown::Markdown;
use super::plain::Plain;
use super::tool::ToolCard;
use crate::hook::{App, Feed, PartRow, Row, clock_time, copy};
use crate::model::{plain, time, timeline};
use crate::view;
use gaggle_shared::{MessageState, Part, PermissionId, PermissionState, Role, StopReason, TurnState};
use leptos::prelude::*;

/// One message with its parts in the order they came.
#[component]
pub(crate) fn MessageView(row: Row) -> impl IntoView {
    let app = App::get();
    let head = RwSignal::from(row.head.clone());
    let parts = RwSignal::from(row.parts.clone());
    let user = head.read_untracked().role == Role::User;
    let name = move || {
        if !user {
            return "Goose".to_owned();
        }
        let id = app.user.get();
        app.users
            .read()
            .iter()
            .find(|user| Some(&user.id) == id.as_ref())
            .map_or("You".into(), |user| user.name.clone())
    };
    let initial = move || name().chars().next().map(|c| c.to_uppercase().to_string());
    let streaming = Memo::new(move |_| head.read().state == MessageState::Streaming);
    let copied = RwSignal::new(false);
    let whole = move |_| {
        let text = Feed::get().peek(|chat| chat.message(&row.id).map(crate::model::chat::Entry::text));
        copy(&text.unwrap_or_default());
        copied.set(true);
    };
    view! {
        <article class="message" class:from-user=user class:streaming=streaming aria-busy=move || streaming.get().to_string()>
            <span class="avatar" aria-hidden="true">
                {if user { initial.into_any() } else { view! { <Goose/> }.into_any() }}
            </span>
            <div class="message-body">
                <header class="who">
                    <strong>{name}</strong>
                    <time>{move || clock_time(head.read().created_at)}</time>
                    {(!user).then(|| view! { <TurnNote head/> })}
                    <span class="grow"></span>
                    <button class="btn ghost small reveal" on:click=whole>
                        <Icon glyph=Glyph::Copy/>
                        {move || if copied.get() { "Copied" } else { "Copy" }}
                    </button>
                </header>
                <For each=move || parts.get() key=|part| part.index let:part>
                    <PartView part user/>
                </For>
                <Show when=move || streaming.get()><Pulse head parts/></Show>
                {move || ending(&head.read())}
            </div>
        </article>
    }
}

type Head = crate::hook::Head;

#[component]
fn PartView(part: PartRow, user: bool) -> impl IntoView {
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
        Part::Tool { .. } => view! { <ToolCard part=part.part/> }.into_any(),
        Part::Permission { permission_id } => view! { <Asked id=permission_id/> }.into_any(),
    }
}

/// Where an approval was asked, and what became of it.
#[component]
fn Asked(id: PermissionId) -> impl IntoView {
    let feed = Feed::get();
    let permission = Memo::new(move |_| feed.with(|chat| chat.permission_of(&id).cloned()));
    move || {
        let permission = permission.get()?;
        let chosen =
            permission.options.iter().find(|option| Some(&option.id) == permission.option_id.as_ref());
        let (class, text) = match permission.state {
            PermissionState::Pending => ("asked pending", "Asked for approval; answer it below.".to_owned()),
            PermissionState::Answered => {
                let option = chosen.map_or_else(|| "answered".into(), |option| plain::line(&option.name));
                let by = permission.answered_by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
                let said = permission
                    .comment
                    .as_deref()
                    .map(|c| format!(": {}", plain::line(c)))
                    .unwrap_or_default();
                ("asked", format!("{option}{by}{said}"))
            }
            PermissionState::Expired => ("asked", "Nobody answered in time: rejected.".into()),
            PermissionState::Cancelled => ("asked", "No longer needed: the turn ended.".into()),
        };
        Some(view! { <p class=class><Icon glyph=Glyph::Bell/>{text}</p> })
    }
}

/// Silence says what it waits for.
#[component]
fn Pulse(head: RwSignal<Head>, parts: RwSignal<Vec<PartRow>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let asks = move || feed.with(|chat| chat.pending().any(|p| p.turn_id == head.read().turn_id));
    let since = Memo::new(move |_| {
        if let Some(part) = parts.read().last() {
            part.part.track();
        }
        crate::hook::now()
    });
    let what = move || {
        if asks() {
            return "Waits for your answer".to_owned();
        }
        let ms = time::ms_between(since.get(), app.now.get());
        if ms < 2_000 { "Working".to_owned() } else { format!("Model, {}", time::about(ms)) }
    };
    view! { <p class="pulse" aria-hidden="true"><i class="dot ok live"></i>{what}</p> }
}

/// How long the turn took and what it used.
#[component]
fn TurnNote(head: RwSignal<Head>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let note = move || {
        let turn = feed.with(|chat| chat.turn_of(&head.read().turn_id).cloned())?;
        let from = turn.started_at?;
        let to = match turn.state {
            TurnState::Ended => turn.ended_at?,
            _ => app.now.get(),
        };
        let mut note = time::length(time::ms_between(from, to) / 100 * 100);
        if turn.state != TurnState::Ended {
            note = time::about(time::ms_between(from, to));
        }
        if let Some(usage) = turn.usage.filter(|usage| usage.total_tokens > 0) {
            note.push_str(&format!(", {} tokens", time::count(usage.total_tokens)));
        }
        Some(note)
    };
    view! { <span class="note">{note}</span> }
}

fn ending(head: &Head) -> Option<AnyView> {
    if let Some(failure) = head.failure.clone() {
        return Some(view! { <FailureCard failure/> }.into_any());
    }
    let stop = match head.state {
        MessageState::Cancelled => StopReason::Cancelled,
        MessageState::Interrupted => StopReason::Interrupted,
        MessageState::Failed => StopReason::Failed,
        _ => return None,
    };
    Some(view! { <p class="ending">{timeline::stop_words(stop)}</p> }.into_any())
}
