use super::icon::{Glyph, Icon};
use crate::api::Trouble;
use crate::hook::{App, Feed, save};
use crate::model::export;
use crate::view;
use gaggle_shared::{
    Message,
    read::{Read, Value},
};
use leptos::prelude::*;

/// What a conversation is called.
pub(crate) fn title(feed: Feed) -> String {
    let session = feed.session.get_untracked();
    let named = feed
        .sessions
        .with_untracked(|all| all.iter().find(|one| one.id == session).and_then(|one| one.title.clone()));
    named.unwrap_or_else(|| "Conversation".to_owned())
}

/// The shown conversation as a file.
#[component]
pub(crate) fn Export() -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let busy = RwSignal::new(false);
    let export = move |json: bool| {
        busy.set(true);
        app.act("It was not exported", async move {
            let result = write(app, feed, json).await;
            let _ = busy.try_set(false);
            result
        });
    };
    view! {
        <div class="export" role="group" aria-label="Export the conversation">
            <Icon glyph=Glyph::Save/>
            <span>"Export"</span>
            <button class="btn ghost small" type="button" disabled=busy on:click=move |_| export(false)>"Markdown"</button>
            <button class="btn ghost small" type="button" disabled=busy on:click=move |_| export(true)>"JSON"</button>
        </div>
    }
}

async fn write(app: App, feed: Feed, json: bool) -> Result<(), Trouble> {
    let (api, session, title) = (feed.api(), feed.session.get_untracked(), title(feed));
    let mut pages = Vec::new();
    let mut before = None;
    loop {
        let page = api.raw_messages(&session, before.as_deref()).await?;
        before = page.next_cursor;
        pages.push(page.items);
        if before.is_none() {
            break;
        }
    }
    let messages: Vec<Value> = pages.into_iter().rev().flatten().collect();
    if json {
        let whole =
            serde_json::json!({ "title": title, "sessionId": session.as_str(), "messages": messages });
        let text = serde_json::to_string_pretty(&whole).unwrap_or_default();
        save(&export::file_name(&title, "json"), "application/json", &text);
    } else {
        let messages: Vec<_> = messages.into_iter().filter_map(Message::read).collect();
        let user = app.user.get_untracked();
        let person = app.users.with_untracked(|all| {
            all.iter().find(|one| Some(&one.id) == user.as_ref()).map_or("You".into(), |one| one.name.clone())
        });
        save(
            &export::file_name(&title, "md"),
            "text/markdown",
            &export::markdown(&title, &person, &messages),
        );
    }
    Ok(())
}
