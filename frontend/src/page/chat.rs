use crate::component::{
    Approval, Composer, Details, FailureCard, Flock, Glyph, Icon, Queue, Sessions, Started, Steps,
    Transcript, send, session_name,
};
use crate::hook::{App, Feed, State};
use crate::model::look;
use crate::view;
use gaggle_shared::{Phase, Project, SessionId};
use leptos::prelude::*;
use std::sync::Arc;

/// The conversation, with what happens underneath beside it.
#[component]
pub(crate) fn Chat(project: Signal<Arc<Project>>) -> impl IntoView {
    let feed = Feed::get();
    // An agent that came up says what it offers, a turn that ended may have given its session a title, and what asks
    // may be a conversation that somebody else began.
    let told =
        Memo::new(move |_| feed.with(|chat| (chat.ended(), chat.activation.done, chat.pending().count())));
    Effect::watch(move || told.get(), move |_, _, _| feed.read_sessions(), false);
    // Where there is no room for the list: the one that is shown, and the others behind it.
    let shown = Memo::new(move |_| {
        let id = feed.session.get();
        called(feed, &id).unwrap_or_else(|| "Conversations".into())
    });
    let chooser = NodeRef::<leptos::html::Details>::new();
    Effect::watch(
        move || feed.session.get(),
        move |_, _, _| {
            if let Some(chooser) = chooser.get_untracked() {
                let _ = chooser.remove_attribute("open");
            }
        },
        false,
    );
    // A start that is over is told where it was.
    let began = Memo::new(move |_| {
        let project = project.read();
        let start = project.start.as_ref().filter(|start| start.ready_at.is_some())?;
        Some(start.at)
    });
    Effect::new(move |_| feed.place_start(began.get()));
    view! {
        <div class="split">
            <div class="chat">
                <details class="narrow-sessions" node_ref=chooser>
                    <summary aria-label=move || format!("Conversations: {}", shown.get())>
                        <Icon glyph=Glyph::Thought/>
                        <span>{shown}</span>
                        <Show when=move || { feed.sessions.read().len() > 1 }>
                            <span class="n">{move || feed.sessions.read().len()}</span>
                        </Show>
                        <Icon glyph=Glyph::Down/>
                    </summary>
                    <Sessions/>
                </details>
                <Transcript empty=move || view! { <Hello project/> } after=view! { <Starting project/> }/>
                <div class="dock">
                    <Pending/>
                    <Queue/>
                    <Composer project/>
                </div>
            </div>
            <aside class="aside" aria-label="Details">
                <Sessions/>
                <Details project/>
            </aside>
        </div>
        <Announcer project/>
    }
}

/// What a conversation is called, once it is known.
fn called(feed: Feed, id: &SessionId) -> Option<String> {
    feed.sessions.read().iter().find(|one| one.id == *id).map(session_name)
}

/// The way in: what one might say first.
#[component]
fn Hello(project: Signal<Arc<Project>>) -> impl IntoView {
    let feed = Feed::get();
    const IDEAS: [&str; 3] = ["create a file hello.txt with hi", "list the files", "What can you do?"];
    view! {
        <div class="empty hello">
            <Flock/>
            <h2>{move || format!("Say something to {}", look::name(&project.read()))}</h2>
            <p>"It reads, writes and runs things in its own workspace, and asks before it changes anything."</p>
            <div class="ideas">
                {IDEAS.map(|idea| view! { <button class="btn small" on:click=move |_| send(feed, "idea", idea.to_owned(), None, None)>{idea}</button> })}
            </div>
        </div>
    }
}

/// How the agent comes up, and why it did not.
#[component]
fn Starting(project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let phase = Memo::new(move |_| project.read().phase);
    let activation = Memo::new(move |_| feed.with(|chat| chat.activation.clone()));
    // A message that failed of the same cause says it already, and offers the same.
    let told = Memo::new(move |_| {
        let session = feed.session.get();
        feed.with(|chat| chat.last_failure(&session).map(|failure| failure.code))
    });
    let failure = Memo::new(move |_| {
        let failure = project.read().failure.clone().filter(|_| feed.state.get() != State::Loading);
        failure.filter(|failure| phase.get() == Phase::Activating || told.get() != Some(failure.code))
    });
    let id = move || project.with_untracked(|project| project.id.clone());
    view! {
        <Show when=move || phase.get() == Phase::Active && feed.ids.read().is_empty() && !activation.read().rows.is_empty()>
            <Started/>
        </Show>
        <Show when=move || phase.get() == Phase::Activating>
            <section class="start-card" aria-label="Start">
                <h2><i class="dot busy live"></i>"Starting its agent"</h2>
                <Steps activation/>
            </section>
        </Show>
        {move || failure.get().filter(|_| matches!(phase.get(), Phase::Failed | Phase::Activating)).map(|failure| view! {
            <FailureCard failure>
                <button class="btn small" on:click=move |_| app.activate(&id())>"Try again"</button>
            </FailureCard>
        })}
    }
}

/// Approvals of this project, oldest first, where they cannot be overlooked.
#[component]
fn Pending() -> impl IntoView {
    let feed = Feed::get();
    let pending = Memo::new(move |_| feed.with(|chat| chat.pending().cloned().collect::<Vec<_>>()));
    view! {
        <div class="asks">
            <For each=move || pending.get() key=|permission| permission.id.clone() let:permission>
                {
                    let place = super::approvals::place(pending, permission.id.clone());
                    let (from, there) = (permission.session_id.clone(), permission.session_id.clone());
                    // One that another conversation asks stands here too, and says where it belongs.
                    let elsewhere = Memo::new(move |_| {
                        let name = || called(feed, &from).unwrap_or_else(|| "Another conversation".into());
                        (feed.session.get() != from).then(name)
                    });
                    let visit = move |_| feed.show(there.clone());
                    view! {
                        <p class="inbox-project" hidden=move || elsewhere.read().is_none()>
                            <button class="btn ghost small" on:click=visit>"In "{elsewhere}</button>
                        </p>
                        <Approval permission api=feed.api() place/>
                    }
                }
            </For>
        </div>
    }
}

/// Says what matters, once: not every word.
#[component]
fn Announcer(project: Signal<Arc<Project>>) -> impl IntoView {
    let feed = Feed::get();
    let said = Memo::new(move |_| {
        let session = feed.session.get();
        let (asks, works) = feed.with(|chat| (chat.pending().count(), chat.running(&session).is_some()));
        match (asks, works, project.read().phase) {
            (1, ..) => "Goose asks for approval".to_owned(),
            (2.., ..) => format!("Goose asks for {asks} approvals"),
            (_, true, _) => "Goose works".to_owned(),
            (_, _, Phase::Failed) => "The agent did not start".to_owned(),
            (_, _, Phase::Active) => "Goose is ready".to_owned(),
            _ => String::new(),
        }
    });
    view! { <p class="sr" role="status" aria-live="polite">{said}</p> }
}
