use crate::component::Logo;
use crate::view;
use leptos::prelude::*;

/// Nothing is here.
#[component]
pub(crate) fn Missing() -> impl IntoView {
    view! {
        <div class="empty">
            <Logo/>
            <h1>"Nothing is here"</h1>
            <p>"The address may be old, or what it names was deleted."</p>
            <a class="btn" href="/">"To your projects"</a>
        </div>
    }
}
