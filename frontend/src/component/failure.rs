use super::icon::{Glyph, Icon};
use super::plain::Plain;
use crate::model::ansi;
use crate::view;
use gaggle_shared::Failure;
use leptos::prelude::*;

/// A failure: sentence, hint, raw cause with the last lines, and a way on.
#[component]
pub(crate) fn FailureCard(failure: Failure, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let detail = failure.detail.as_deref().map(ansi::strip).filter(|detail| !detail.trim().is_empty());
    view! {
        <section class="failure" role="group" aria-label="Failure">
            <p class="failure-head"><Icon glyph=Glyph::Warning/><strong>{failure.message}</strong></p>
            {failure.hint.map(|hint| view! { <p>{hint}</p> })}
            {detail.map(|detail| view! {
                <details class="raw">
                    <summary>"Raw cause "<code>{failure.code.as_str()}</code></summary>
                    <pre tabindex="0"><Plain text=detail/></pre>
                </details>
            })}
            {children.map(|children| view! { <div class="buttons start">{children()}</div> })}
        </section>
    }
}
