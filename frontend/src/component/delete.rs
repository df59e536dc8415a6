use super::dialog::Modal;
use crate::hook::{App, Route};
use crate::model::look;
use crate::view;
use leptos::prelude::*;

/// Asks before a project goes for good.
#[component]
pub(crate) fn DeleteDialog() -> impl IntoView {
    let app = App::get();
    let route = Route::get();
    let open = Signal::derive(move || app.deleting.read().is_some());
    let close = Callback::new(move |()| app.deleting.set(None));
    let name = move || app.deleting.read().as_ref().map(|project| look::name(project));
    let delete = move |_| {
        let Some(project) = app.deleting.get_untracked() else { return };
        app.deleting.set(None);
        let Some(api) = app.project_api(&project.id) else { return };
        if route.path.get_untracked().contains(project.id.as_str()) {
            route.go(&format!("/u/{}", project.user_id));
        }
        let name = look::name(&project);
        app.act("It was not deleted", async move {
            api.delete().await?;
            app.toast(format!("{name} is being deleted."), None, false);
            Ok(())
        });
    };
    view! {
        <Modal open close label="Delete project">
            <h2>"Delete "<q>{name}</q>"?"</h2>
            <p>
                "Its agent ends, and its workspace, conversations and records are removed for good. There is no way back."
            </p>
            <div class="buttons">
                <button type="button" class="btn" autofocus on:click=move |_| close.run(())>"Keep it"</button>
                <button type="button" class="btn danger" on:click=delete>"Delete project"</button>
            </div>
        </Modal>
    }
}
