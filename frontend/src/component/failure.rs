use super::icon::{Glyph, Icon};
use super::link::A;
use super::plain::Plain;
use crate::hook::Route;
use crate::model::{ansi, look, plain, remedy};
use crate::view;
use gaggle_shared::Failure;
use leptos::prelude::*;

/// A failure: sentence, hint, raw cause with the last lines, and a way on.
#[component]
pub(crate) fn FailureCard(failure: Failure, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let detail = failure.detail.as_deref().map(ansi::strip).filter(|detail| !detail.trim().is_empty());
    // The button that does what the hint says, where the page has such a place.
    let place = Route::get().place.get_untracked();
    let way = remedy::of(failure.code).zip(place.user.zip(place.project)).map(|(remedy, (user, project))| {
        view! { <A href=remedy::href(remedy, &user, &project) class="btn small">{remedy.label}</A> }
    });
    let any = way.is_some() || children.is_some();
    view! {
        <div class="failure" role="group" aria-label="Failure">
            <p class="failure-head"><Icon glyph=Glyph::Warning/><strong>{plain::line(&look::whole(&failure.message))}</strong></p>
            {failure.hint.map(|hint| view! { <p>{plain::line(&look::whole(&hint))}</p> })}
            {detail.map(|detail| view! {
                <details class="raw">
                    <summary>"Raw cause "<code>{failure.code.as_str()}</code></summary>
                    <pre tabindex="0"><Plain text=detail/></pre>
                </details>
            })}
            {any.then(|| view! { <div class="buttons start">{way}{children.map(|children| children())}</div> })}
        </div>
    }
}
