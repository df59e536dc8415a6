use super::dialog::Modal;
use crate::hook::{App, Route, fresh_key};
use crate::view;
use gaggle_shared::ProjectName;
use leptos::{prelude::*, task::spawn_local};

/// Asks for a name and makes a project of it.
#[component]
pub(crate) fn CreateDialog() -> impl IntoView {
    let app = App::get();
    let close = Callback::new(move |()| app.creating.set(false));
    view! {
        <Modal open=app.creating close label="New project">
            <Form/>
        </Modal>
    }
}

#[component]
fn Form() -> impl IntoView {
    let app = App::get();
    let route = Route::get();
    let name = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let key = fresh_key();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let parsed = match ProjectName::parse(&name.get_untracked()) {
            Ok(parsed) => parsed,
            Err(_) => return error.set(Some("A name has 1 to 100 characters and no hidden ones.".into())),
        };
        let (Some(api), false) = (app.api(), busy.get_untracked()) else { return };
        busy.set(true);
        // One key per text: pressing again after a lost answer makes no second project.
        let key = format!(
            "{key}-{:x}",
            parsed.as_str().bytes().fold(7u64, |h, b| h.wrapping_mul(31) ^ u64::from(b))
        );
        spawn_local(async move {
            match api.create(parsed, &key).await {
                Ok(project) => {
                    let place = format!("/u/{}/p/{}", project.user_id, project.id);
                    app.fleet.update(|fleet| fleet.put(project));
                    app.creating.set(false);
                    route.go(&place);
                }
                Err(trouble) => {
                    busy.set(false);
                    error.set(Some(trouble.message()));
                }
            }
        });
    };
    view! {
        <form on:submit=submit>
            <h2>"New project"</h2>
            <p class="dim">"A workspace of its own with an agent of its own. Nothing runs until you wake it or say something."</p>
            <label class="field">
                <span>"Name"</span>
                <input
                    class="input"
                    type="text"
                    autofocus
                    maxlength="120"
                    placeholder="billing-service"
                    autocomplete="off"
                    aria-invalid=move || error.read().is_some().to_string()
                    aria-describedby="create-error"
                    prop:value=name
                    on:input=move |event| {
                        name.set(event_target_value(&event));
                        error.set(None);
                    }
                />
            </label>
            <p id="create-error" class="error" role="alert">{error}</p>
            <div class="buttons">
                <button type="button" class="btn ghost" on:click=move |_| app.creating.set(false)>"Cancel"</button>
                <button type="submit" class="btn primary" disabled=busy>
                    {move || if busy.get() { "Creating…" } else { "Create project" }}
                </button>
            </div>
        </form>
    }
}
