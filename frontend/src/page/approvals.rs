use crate::api::{self, Trouble};
use crate::component::{A, Approval, Glyph, Icon, Lately};
use crate::hook::App;
use crate::model::look;
use crate::view;
use gaggle_shared::{Permission, PermissionId, ProjectId, UserId};
use leptos::{prelude::*, task::spawn_local};

/// Every approval that waits, of every project, oldest first; below them what was answered lately.
#[component]
pub(crate) fn Approvals() -> impl IntoView {
    let app = App::get();
    let list = RwSignal::new(None::<Vec<Permission>>);
    // What was read stays while it cannot be read anew: somebody may be writing in it.
    let trouble = RwSignal::new(None::<Trouble>);
    let latest = StoredValue::new(0_u32);
    // The fleet says which wait; what they ask is read when that changes.
    let ids = Memo::new(move |_| app.fleet.read().pending());
    Effect::new(move |whose: Option<Option<UserId>>| {
        // Not `track`: a memo that nobody has read does not know what it depends on.
        ids.get();
        app.link.track();
        let user = app.user.get();
        // What one person is asked is not shown to another.
        if whose.flatten() != user {
            list.set(None);
        }
        let api = api::User(user.clone()?);
        let asked = latest.get_value() + 1;
        latest.set_value(asked);
        spawn_local(async move {
            let read = api.pending().await;
            // An answer may overtake another: what was asked last counts.
            if latest.try_get_value() == Some(asked) {
                match read {
                    Ok(read) => {
                        trouble.set(None);
                        list.set(Some(read));
                    }
                    Err(why) => trouble.set(Some(why)),
                }
            }
        });
        user
    });
    let items = Memo::new(move |_| list.get().unwrap_or_default());
    let count = move || items.read().len();
    let card = move |permission: Permission| {
        let api = app.project_api(&permission.project_id)?;
        let place = place(items, permission.id.clone());
        Some(view! {
            <div class="inbox-item">
                <p class="inbox-project">{project_link(app, permission.project_id.clone())}</p>
                <Approval permission api place/>
            </div>
        })
    };
    view! {
        <header class="page-bar">
            <h1>"Approvals"</h1>
            <span class="dim">{move || match count() {
                0 => String::new(),
                1 => "1 waits for you".to_owned(),
                n => format!("{n} wait for you"),
            }}</span>
        </header>
        <div class="page-body inbox">
            {move || match (&*trouble.read(), &*list.read()) {
                (Some(trouble), _) => view! { <p class="error" role="alert">{trouble.message()}</p> }.into_any(),
                (None, None) => view! { <i class="skeleton card"></i> }.into_any(),
                (None, Some(items)) if items.is_empty() => view! {
                    <div class="empty">
                        <span class="big-icon"><Icon glyph=Glyph::Check/></span>
                        <h2>"Nobody waits for you"</h2>
                        <p>"When an agent wants to write or run something, it asks here and in its chat."</p>
                    </div>
                }.into_any(),
                (None, Some(_)) => ().into_any(),
            }}
            <For each=move || items.get() key=|permission| permission.id.clone() let:permission>{card(permission)}</For>
            <Lately ids/>
        </div>
    }
}

/// `1 of 3`, where there are more than one.
pub(crate) fn place(all: Memo<Vec<Permission>>, id: PermissionId) -> Signal<String> {
    Signal::derive(move || {
        let all = all.read();
        let at = all.iter().position(|other| other.id == id).unwrap_or_default();
        if all.len() > 1 { format!("{} of {}", at + 1, all.len()) } else { String::new() }
    })
}

/// A link to a project by its name, which may come after its approvals.
pub(crate) fn project_link(app: App, id: ProjectId) -> AnyView {
    let href = app.user.get_untracked().map(|user| format!("/u/{user}/p/{id}")).unwrap_or_default();
    let name = Memo::new(move |_| {
        app.fleet.read().get(&id).map_or_else(|| id.to_string(), |project| look::name(&project))
    });
    view! { <A href><Icon glyph=Glyph::Folder/>{name}</A> }.into_any()
}
