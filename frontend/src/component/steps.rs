use crate::hook::{App, learn, now};
use crate::model::{
    plain,
    start::{Activation, Note, Row, label},
    time,
};
use crate::view;
use gaggle_shared::{Step, StepState};
use leptos::prelude::*;

/// The steps of an activation as they happen, each where it stood in the whole time and beside what it usually takes
/// here; what the cluster said is folded under the step it belongs to.
#[component]
pub(crate) fn Steps(#[prop(into)] activation: Signal<Activation>) -> impl IntoView {
    let app = App::get();
    let usual = Memo::new(move |_| activation.with(|activation| learn(app, activation)));
    // Events say only when steps began and ended: what lies between is told by the clock.
    let heard = Memo::new(move |_| {
        activation.track();
        now()
    });
    let since_heard = move || {
        let under_way = activation.with(|one| !one.done && one.rows.iter().any(|row| row.to_ms.is_none()));
        if under_way { time::ms_between(heard.get(), app.now.get()).max(0) as u64 } else { 0 }
    };
    move || {
        let (activation, usual, more) = (activation.get(), usual.get(), since_heard());
        let at = activation.total_ms() + more;
        let awaited = activation.rows.iter().filter(|row| row.to_ms.is_none());
        let awaited = awaited.filter_map(|row| Some(row.from_ms + usual.of(row.step)?)).max().unwrap_or(0);
        let total = at.max(awaited).max(1) as f64;
        let row = |row: &Row| step(row, at, total, usual.of(row.step));
        view! { <ol class="steps">{activation.rows.iter().map(row).collect_view()}</ol> }
    }
}

/// `at`: how far the clock is, from the start's beginning.
fn step(row: &Row, at: u64, total: f64, usual: Option<u64>) -> AnyView {
    let (tone, word) = match row.state {
        StepState::Started => ("busy live", "under way"),
        StepState::Done => ("ok", "done"),
        StepState::Failed => ("bad", "failed"),
    };
    let end = row.to_ms.unwrap_or(at) as f64;
    // What is usual may lie beyond what is known to be left.
    let share = |ms: f64| format!("{:.1}%", (100.0 * ms / total).min(100.0));
    let (left, width) = (share(row.from_ms as f64), share((end - row.from_ms as f64).max(total * 0.015)));
    let took = match row.took_ms() {
        Some(0) => String::new(),
        Some(ms) => time::length(ms as i64),
        None => time::about(at.saturating_sub(row.from_ms) as i64),
    };
    let mark = usual.map(|ms| (share((row.from_ms + ms) as f64), time::length(ms as i64)));
    let title = mark.as_ref().map(|(_, ms)| format!("usually {ms} here"));
    let spoken = format!(", {word}, {}", title.clone().unwrap_or_default());
    let mut message = plain::line(&row.message);
    if let (StepState::Started, Some(title)) = (row.state, &title) {
        message = [message, title.clone()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
    }
    // How long an image took to come is told by the one who fetched it.
    let shown = (row.state != StepState::Done || row.step == Step::Image) && !message.is_empty();
    view! {
        <li class=tone title=title>
            <i class=format!("dot {tone}")></i>
            <span class="step-name">
                {label(row.step)}<span class="sr">{spoken}</span>
            </span>
            <span class="bar" aria-hidden="true">
                <i style:left=left style:width=width></i>
                {mark.map(|(at, _)| view! { <b style:left=at></b> })}
            </span>
            <span class="step-time">{took}</span>
            {shown.then(|| view! { <span class="step-message">{message}</span> })}
            {(!row.events.is_empty()).then(|| notes(&row.events))}
        </li>
    }
}

fn notes(events: &[Note]) -> AnyView {
    let warnings = events.iter().filter(|event| event.warning).count();
    let warned = warnings > 0;
    let head = match (events.len(), warnings) {
        (1, _) => "1 event of the cluster".to_owned(),
        (many, 0) => format!("{many} events of the cluster"),
        (many, warnings) => format!("{many} events of the cluster, {warnings} of them warnings"),
    };
    let line = |event: &Note| {
        view! { <li class:warn=event.warning><strong>{plain::line(&event.title)}</strong>" "{plain::line(&event.message)}</li> }
    };
    view! {
        <details class="step-notes" open=warned>
            <summary>{head}</summary>
            <ul>{events.iter().map(line).collect_view()}</ul>
        </details>
    }
}
