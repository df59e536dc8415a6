use super::export::Export;
use super::icon::{Glyph, Icon};
use crate::hook::{App, Feed, catch_focus_at, focus_while};
use crate::model::{plain, time};
use crate::view;
use gaggle_shared::Session;
use leptos::{html, prelude::*, task::spawn_local};

/// More conversations than this can be searched.
const SEARCHED: usize = 5;

/// The conversations of a project: new, switch, rename, delete.
#[component]
pub(crate) fn Sessions() -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let new = move |_| {
        let api = feed.api();
        spawn_local(async move {
            match api.new_session().await {
                Ok(session) => {
                    let id = session.id.clone();
                    if feed.is_gone() {
                        return;
                    }
                    feed.sessions.update(|all| all.push(session));
                    feed.show(id);
                }
                Err(trouble) => app.complain("No new conversation", &trouble),
            }
        });
    };
    let wanted = RwSignal::new(String::new());
    let found = move || {
        let wanted = wanted.read().trim().to_lowercase();
        let mut all = feed.shown_sessions();
        all.retain(|one| wanted.is_empty() || name(one).to_lowercase().contains(&wanted));
        all
    };
    view! {
        <section class="sessions" aria-label="Conversations">
            <header>
                <h2>"Conversations"</h2>
                <span class="grow"></span>
                <button class="btn ghost small square" aria-label="New conversation" title="New conversation" on:click=new>
                    <Icon glyph=Glyph::Plus/>
                </button>
            </header>
            <Show when=move || { feed.sessions.read().len() > SEARCHED }>
                <input
                    class="input session-search"
                    type="search"
                    placeholder="Search conversations"
                    aria-label="Search conversations"
                    prop:value=wanted
                    on:input=move |event| wanted.set(event_target_value(&event))
                />
            </Show>
            <ul>
                <For each=found key=|s| s.id.clone() let:session>
                    <Line session/>
                </For>
            </ul>
            <Show when=move || found().is_empty()><p class="dim">"None is called so."</p></Show>
            <Export/>
        </section>
    }
}

/// What a conversation is called: its title, else what it is.
pub(crate) fn name(session: &Session) -> String {
    let title = session.title.as_deref().filter(|title| !title.trim().is_empty());
    let unnamed = || if session.is_default { "Main conversation".into() } else { "New conversation".into() };
    title.map_or_else(unnamed, plain::line)
}

#[component]
fn Line(session: Session) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let editing = RwSignal::new(false);
    let fixed = session.is_default;
    let text = RwSignal::new(String::new());
    let id = StoredValue::new(session.id.clone());
    // It stays the same line, whatever it is called.
    let session = Memo::new(move |_| {
        let all = feed.sessions.read();
        id.with_value(|id| all.iter().find(|one| one.id == *id).cloned()).unwrap_or_else(|| session.clone())
    });
    let (field, pen) = (NodeRef::<html::Input>::new(), NodeRef::<html::Button>::new());
    focus_while(editing, field, pen);
    let gone = StoredValue::new(false);
    on_cleanup(move || {
        if gone.get_value() {
            catch_focus_at(&["#composer", "#main"]);
        }
    });
    let edit = move |_| {
        text.set(session.read_untracked().title.clone().unwrap_or_default());
        editing.set(true);
    };
    let on = Memo::new(move |_| id.with_value(|id| *feed.session.read() == *id));
    let working = Memo::new(move |_| feed.with(|chat| id.with_value(|id| chat.running(id).is_some())));
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        editing.set(false);
        let (api, id, title) = (feed.api(), id.get_value(), text.get_untracked());
        app.act("It was not renamed", async move {
            api.rename_session(&id, title).await?;
            feed.read_sessions();
            Ok(())
        });
    };
    // What cannot be undone is done once there was time to take it back.
    let delete = move |_| {
        gone.set_value(true);
        let (api, id) = (feed.api(), id.get_value());
        let fallback =
            feed.sessions.with_untracked(|all| all.iter().find(|s| s.is_default).map(|s| s.id.clone()));
        if let Some(fallback) = fallback.filter(|_| feed.session.get_untracked() == id) {
            feed.show(fallback);
        }
        feed.hide_session(&id, true);
        let (back, said) = (id.clone(), format!("“{}” is being deleted", name(&session.read_untracked())));
        app.unless_undone(
            said,
            move || feed.hide_session(&back, false),
            move || {
                app.act("It was not deleted", async move {
                    let deleted = api.delete_session(&id).await;
                    feed.hide_session(&id, false);
                    deleted
                });
            },
        );
    };
    view! {
        <li class="session" class:on=on>
            <Show
                when=move || editing.get()
                fallback=move || view! {
                    <button
                        class="session-name"
                        aria-current=move || on.get().then_some("true")
                        on:click=move |_| feed.show(id.get_value())
                    >
                        <Show when=move || working.get()><i class="dot ok live"></i></Show>
                        <span>{move || name(&session.read())}</span>
                        <small>{move || time::ago(session.read().last_activity_at, app.now.get())}</small>
                    </button>
                    <span class="session-acts">
                        <button class="btn ghost small square" aria-label="Rename conversation" node_ref=pen on:click=edit>
                            <Icon glyph=Glyph::Pen/>
                        </button>
                        {(!fixed).then(|| view! {
                            <button
                                class="btn ghost small square"
                                aria-label="Delete conversation"
                                on:click=delete
                            >
                                <Icon glyph=Glyph::Bin/>
                            </button>
                        })}
                    </span>
                }
            >
                <form class="chip-form" on:submit=save>
                    <input
                        class="input"
                        node_ref=field
                        maxlength="200"
                        aria-label="Title of the conversation"
                        prop:value=text
                        on:input=move |event| text.set(event_target_value(&event))
                        on:keydown=move |event| {
                            if event.key() == "Escape" {
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
