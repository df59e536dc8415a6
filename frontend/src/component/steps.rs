use crate::model::{
    start::{Activation, Row, label},
    time,
};
use crate::view;
use gaggle_shared::StepState;
use leptos::prelude::*;

/// The steps of an activation as they happen, each where it stood in the whole time.
#[component]
pub(crate) fn Steps(#[prop(into)] activation: Signal<Activation>) -> impl IntoView {
    move || {
        let activation = activation.get();
        let total = activation.total_ms().max(1) as f64;
        let row = |row: &Row| step(row, total);
        view! { <ol class="steps">{activation.rows.iter().map(row).collect_view()}</ol> }
    }
}

fn step(row: &Row, total: f64) -> impl IntoView + use<> {
    let (tone, word) = match row.state {
        StepState::Started => ("busy live", "under way"),
        StepState::Done => ("ok", "done"),
        StepState::Failed => ("bad", "failed"),
    };
    let end = row.to_ms.map_or(total, |ms| ms as f64);
    let left = format!("{:.1}%", 100.0 * row.from_ms as f64 / total);
    let width = format!("{:.1}%", (100.0 * (end - row.from_ms as f64) / total).max(1.5));
    let took = row.took_ms().map_or_else(|| "…".to_owned(), |ms| time::length(ms as i64));
    let message = row.message.clone();
    let shown = row.state != StepState::Done && !message.is_empty();
    view! {
        <li class=tone>
            <i class=format!("dot {tone}")></i>
            <span class="step-name">{label(row.step)}<span class="sr">{format!(", {word}")}</span></span>
            <span class="bar" aria-hidden="true"><i style:left=left style:width=width></i></span>
            <span class="step-time">{took}</span>
            {shown.then(|| view! { <span class="step-message">{message}</span> })}
        </li>
    }
}
