use super::steps::Steps;
use crate::hook::{App, Feed};
use crate::model::time;
use crate::view;
use leptos::prelude::*;

/// The agent's last start in one line, where it was; it opens to its steps.
#[component]
pub(crate) fn Started() -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let activation = Memo::new(move |_| feed.with(|chat| chat.activation.clone()));
    let took = took(app, feed);
    let line = move || {
        let took = took.get().map(|took| format!(" in {took}")).unwrap_or_default();
        match activation.read().summary() {
            Some(steps) => format!("Started{took}: {steps}"),
            None => format!("Started{took}"),
        }
    };
    view! {
        <details class="started">
            <summary><i class="dot ok"></i><span>{line}</span></summary>
            <Steps activation/>
        </details>
    }
}

/// How long the last start of the shown project took: as the project says, else as its steps do.
pub(crate) fn took(app: App, feed: Feed) -> Memo<Option<String>> {
    let id = feed.api().id;
    Memo::new(move |_| {
        let start = app.fleet.read().get(&id).and_then(|project| project.start.clone());
        let known = start.and_then(|start| time::took(start.at, start.ready_at?));
        let steps = feed.with(|chat| chat.activation.total_ms());
        known.or_else(|| (steps > 0).then(|| time::length(steps as i64)))
    })
}
