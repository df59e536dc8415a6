use super::icon::{Glyph, Icon};
use crate::hook::{App, Feed, on_small_or_touch};
use crate::model::plain;
use crate::view;
use gaggle_shared::{Choice, Mode, Project, SessionOptions, UpdateSession};
use leptos::prelude::*;
use std::sync::Arc;

/// What the agent offers in the shown session, as far as it has said.
pub(crate) fn offered(feed: Feed) -> Option<SessionOptions> {
    let session = feed.session.get();
    feed.sessions.read().iter().find(|one| one.id == session).and_then(|one| one.options.clone())
}

/// Mode and model of what is said next: the agent's own choices.
#[component]
pub(crate) fn Pickers(project: Signal<Arc<Project>>, mode: RwSignal<Option<Mode>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let offers = Memo::new(move |_| offered(feed));
    let modes = Memo::new(move |_| {
        let said = offers.read().as_ref().map(|offers| offers.modes.clone()).unwrap_or_default();
        if said.is_empty() {
            ALL.map(|mode| Choice { id: mode.as_str().into(), name: mode.as_str().into(), description: None })
                .to_vec()
        } else {
            said
        }
    });
    let current = Memo::new(move |_| {
        let session = feed.session.get();
        let own = feed.sessions.read().iter().find(|one| one.id == session).and_then(|one| one.mode);
        mode.get().or(own).or(project.read().settings.mode).unwrap_or(Mode::SmartApprove).as_str().to_owned()
    });
    let models =
        Memo::new(move |_| offers.read().as_ref().map(|offers| offers.models.clone()).unwrap_or_default());
    let model = Memo::new(move |_| {
        let session = feed.session.get();
        let own = feed.sessions.read().iter().find(|one| one.id == session).and_then(|one| one.model.clone());
        own.or_else(|| offers.read().as_ref().and_then(|offers| offers.model.clone())).unwrap_or_default()
    });
    // Rises when the server refused a choice: what is set is shown again.
    let refused = RwSignal::new(0u32);
    let set_model = move |chosen: String| {
        let (api, session) = (feed.api(), feed.session.get_untracked());
        app.act("The model was not changed", async move {
            let patch = UpdateSession { model: Some(Some(chosen)), ..UpdateSession::default() };
            let sent = api.update_session(&session, patch).await;
            match &sent {
                Ok(_) => feed.read_sessions(),
                Err(_) => drop(refused.try_update(|refused| *refused += 1)),
            }
            sent.map(drop)
        });
    };
    view! {
        <Show when=move || { models.read().len() > 1 }>
            <Picker
                label="Model"
                choices=Signal::derive(move || named(models.get(), &model.read()))
                current=Signal::derive(move || {
                    refused.track();
                    model.get()
                })
                chosen=Callback::new(set_model)
            />
        </Show>
        <Picker
            label="Mode"
            choices=Signal::derive(move || modes.get().into_iter().map(|one| Choice { name: words(&one), ..one }).collect())
            current=current.into()
            chosen=Callback::new(move |id: String| mode.set(ALL.into_iter().find(|one| one.as_str() == id)))
        />
    }
}

const ALL: [Mode; 4] = [Mode::Auto, Mode::Approve, Mode::SmartApprove, Mode::Chat];

/// The agent's word for a mode is a name for programs: these are for people.
fn words(choice: &Choice) -> String {
    let short = on_small_or_touch();
    match choice.id.as_str() {
        "auto" if short => "Does all".into(),
        "auto" => "Does all by itself".into(),
        "approve" if short => "Asks always".into(),
        "approve" => "Asks before every tool".into(),
        "smart_approve" if short => "Asks first".into(),
        "smart_approve" => "Asks before it changes things".into(),
        "chat" => "Only talks".into(),
        _ => plain::line(&choice.name),
    }
}

/// The choices, with what is set even if the agent does not name it.
fn named(mut choices: Vec<Choice>, current: &str) -> Vec<Choice> {
    if !current.is_empty() && !choices.iter().any(|one| one.id == current) {
        choices.insert(0, Choice { id: current.into(), name: current.into(), description: None });
    }
    choices
}

#[component]
fn Picker(
    label: &'static str,
    choices: Signal<Vec<Choice>>,
    current: Signal<String>,
    chosen: Callback<String>,
) -> impl IntoView {
    view! {
        <span class="select picker">
            <select
                aria-label=label
                title=label
                prop:value=move || {
                    choices.track();
                    current.get()
                }
                on:change=move |event| chosen.run(event_target_value(&event))
            >
                {move || choices.get().into_iter().map(|one| {
                    let on = one.id == *current.read();
                    view! { <option value=one.id title=one.description.as_deref().map(plain::line) selected=on>{plain::line(&one.name)}</option> }
                }).collect_view()}
            </select>
            <Icon glyph=Glyph::Down/>
        </span>
    }
}
