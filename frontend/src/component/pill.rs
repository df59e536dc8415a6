use crate::model::look::{self, Look};
use crate::view;
use gaggle_shared::Project;
use leptos::prelude::*;
use std::sync::Arc;

/// A project's state by dot and word.
#[component]
pub(crate) fn Pill(#[prop(into)] project: Signal<Arc<Project>>) -> impl IntoView {
    let look = Memo::new(move |_| look::of(&project.read()));
    view! { <span class=move || format!("pill {}", look.get().tone.class())><Dot look/>{move || look.get().word}</span> }
}

/// A project's state by dot alone; the word stands elsewhere.
#[component]
pub(crate) fn Dot(#[prop(into)] look: Signal<Look>) -> impl IntoView {
    view! { <i class=move || format!("dot {}", look.get().tone.class()) class:live=move || look.get().live></i> }
}
