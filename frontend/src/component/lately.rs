use super::asked;
use super::icon::{Glyph, Icon};
use crate::api::{self, Trouble};
use crate::hook::App;
use crate::model::{plain, tool};
use crate::page::project_link;
use crate::view;
use gaggle_shared::{Permission, PermissionId};
use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;

/// What was asked and is over, the newest first: read when it is opened, and again whenever one more is.
#[component]
pub(crate) fn Lately(
    /// Those that wait.
    ids: Memo<Vec<PermissionId>>,
) -> impl IntoView {
    let app = App::get();
    let open = RwSignal::new(false);
    let list = RwSignal::new(None::<Result<Vec<Permission>, Trouble>>);
    Effect::new(move |_| {
        ids.get();
        let Some(user) = app.user.get().filter(|_| open.get()) else { return };
        spawn_local(async move {
            let read = api::User(user).over().await;
            let _ = list.try_set(Some(read));
        });
    });
    let toggled = move |event: ev::Event| {
        let details = event.target().and_then(|at| at.dyn_into::<web_sys::Element>().ok());
        open.set(details.is_some_and(|details| details.has_attribute("open")));
    };
    let line = move |permission: Permission| {
        let head = tool::head(&permission.tool_call);
        view! {
            <li>
                <p class="inbox-project">{project_link(app, permission.project_id.clone())}</p>
                <p><strong>{head.verb}</strong>" "<code>{plain::line(&head.subject)}</code></p>
                <p class="dim">{asked::words(&permission)}</p>
            </li>
        }
    };
    view! {
        <details class="lately" on:toggle=toggled>
            <summary><Icon glyph=Glyph::Clock/>"Answered lately"</summary>
            {move || match &*list.read() {
                None => view! { <i class="skeleton"></i> }.into_any(),
                Some(Err(trouble)) => view! { <p class="error" role="alert">{trouble.message()}</p> }.into_any(),
                Some(Ok(items)) if items.is_empty() => view! { <p class="dim">"Nothing was asked yet."</p> }.into_any(),
                Some(Ok(items)) => view! { <ul>{items.iter().cloned().map(line).collect_view()}</ul> }.into_any(),
            }}
        </details>
    }
}
