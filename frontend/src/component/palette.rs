use super::dialog::Modal;
use super::pill::Dot;
use crate::hook::{App, Route};
use crate::model::{bulk, find, look, plain};
use crate::view;
use gaggle_shared::{Project, ProjectId};
use leptos::{ev, prelude::*};
use std::{cmp::Reverse, sync::Arc};

/// How many finds are shown.
const SHOWN: usize = 12;

#[derive(Clone, PartialEq)]
struct Find {
    label: String,
    /// Where or of what it is, for the end of its line.
    what: &'static str,
    look: Option<look::Look>,
    act: Act,
}

#[derive(Clone, PartialEq)]
enum Act {
    Go(String),
    Create,
    Wake(ProjectId),
    Sleep(ProjectId),
    Delete(ProjectId),
    Help,
    Notes,
}

/// Pages of the user and of the project that is shown, and what can be done from anywhere.
fn commands(app: App, route: Route) -> Vec<Find> {
    let Some(user) = app.user.get() else { return Vec::new() };
    let find = |label: &str, what, act| Find { label: label.to_owned(), what, look: None, act };
    let mut all = Vec::new();
    let here = route.place.get_untracked().project.and_then(|id| ProjectId::parse(&id).ok());
    if let Some(project) = here.and_then(|id| app.fleet.read().get(&id)) {
        let id = project.id.clone();
        for (tab, label) in [
            ("", "Chat"),
            ("/activity", "Activity"),
            ("/logs", "Logs"),
            ("/resources", "Resources"),
            ("/usage", "Usage of this project"),
            ("/settings", "Settings"),
        ] {
            all.push(find(label, "this project", Act::Go(format!("/u/{user}/p/{id}{tab}"))));
        }
        if bulk::Act::Wake.fits(&project) {
            all.push(find("Wake its agent", "this project", Act::Wake(id.clone())));
        }
        if bulk::Act::Sleep.fits(&project) {
            all.push(find("Put it to sleep", "this project", Act::Sleep(id.clone())));
        }
        all.push(find("Delete this project…", "this project", Act::Delete(id)));
    }
    for (page, label) in
        [("", "Projects"), ("/approvals", "Approvals"), ("/usage", "Usage"), ("/status", "Status")]
    {
        all.push(find(label, "page", Act::Go(format!("/u/{user}{page}"))));
    }
    all.push(find("New project…", "do", Act::Create));
    all.push(find("Shortcuts", "help", Act::Help));
    all.push(find("Notes and notifications", "help", Act::Notes));
    for other in app.users.get() {
        if other.id != user {
            let label = format!("Switch to {}", plain::called(&other.name));
            all.push(find(&label, "user", Act::Go(format!("/u/{}", other.id))));
        }
    }
    all
}

/// Ctrl-K: go anywhere by a few letters.
#[component]
pub(crate) fn Palette() -> impl IntoView {
    let app = App::get();
    let close = Callback::new(move |()| app.palette.set(false));
    view! {
        <Modal open=app.palette close label="Go to" class="palette"><Search/></Modal>
    }
}

#[component]
fn Search() -> impl IntoView {
    let app = App::get();
    let route = Route::get();
    let typed = app.sought.try_update(std::mem::take).unwrap_or_default();
    let entered = typed.ends_with('\n');
    let query = RwSignal::new(typed.trim_end_matches('\n').to_owned());
    let at = RwSignal::new(0usize);
    let finds = Memo::new(move |_| {
        let query = query.get();
        let Some(user) = app.user.get() else { return Vec::new() };
        let fleet = app.fleet.read();
        let rank = |label: &str| find::score(&query, label);
        let mut finds: Vec<(u32, Find)> =
            commands(app, route).into_iter().filter_map(|one| Some((rank(&one.label)?, one))).collect();
        let projects = fleet.all().filter_map(|p| Some((rank(p.name.as_str())?, p)));
        let mut projects: Vec<_> = projects.collect();
        let newest = |(rank, p): &(u32, &Arc<Project>)| {
            (Reverse(*rank), look::of(p).tone, Reverse(p.last_activity_at))
        };
        // With nothing typed there must be room for what can be done.
        let most = if query.trim().is_empty() { SHOWN / 2 } else { SHOWN };
        if projects.len() > most {
            projects.select_nth_unstable_by_key(most, newest);
            projects.truncate(most);
        }
        projects.sort_by_key(newest);
        finds.extend(projects.into_iter().map(|(rank, p)| {
            let look = look::of(p);
            let act = Act::Go(format!("/u/{user}/p/{}", p.id));
            // With nothing typed, who needs a person comes first.
            (rank + 1, Find { label: look::name(p), what: look.word, look: Some(look), act })
        }));
        finds.sort_by_key(|(rank, _)| Reverse(*rank));
        finds.into_iter().take(SHOWN).map(|(_, one)| one).collect()
    });
    let take = move |find: Find| {
        app.palette.set(false);
        match find.act {
            Act::Go(href) => route.go(&href),
            Act::Create => app.creating.set(true),
            Act::Wake(id) => app.activate(&id),
            Act::Sleep(id) => app.deactivate(&id),
            Act::Delete(id) => app.deleting.set(app.fleet.with_untracked(|fleet| fleet.get(&id))),
            Act::Help => app.help.set(true),
            Act::Notes => app.reading_notes.set(true),
        }
    };
    if entered {
        // Once it is drawn: what is found first closes the palette again.
        request_animation_frame(move || {
            if let Some(find) = finds.get_untracked().into_iter().next() {
                take(find);
            }
        });
    }
    let keys = move |event: ev::KeyboardEvent| {
        let count = finds.read_untracked().len();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(find) = finds.read_untracked().get(at.get_untracked()).cloned() {
                    take(find);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <input
            class="palette-input"
            type="text"
            autofocus
            role="combobox"
            aria-label="Go to a project or page, or do something"
            aria-expanded="true"
            aria-controls="finds"
            aria-activedescendant=move || format!("find-{}", at.get())
            prop:value=query.get_untracked()
            placeholder="Go to a project or page, or do something"
            on:input=move |event| {
                query.set(event_target_value(&event));
                at.set(0);
            }
            on:keydown=keys
        />
        <ul id="finds" role="listbox" aria-label="Finds">
            {move || finds.get().into_iter().enumerate().map(|(index, find)| {
                let chosen = find.clone();
                let Find { label, what, look, .. } = find;
                view! {
                    <li
                        id=format!("find-{index}")
                        role="option"
                        aria-selected=move || (at.get() == index).to_string()
                        class:on=move || at.get() == index
                        on:click=move |_| take(chosen.clone())
                        on:mousemove=move |_| if at.get_untracked() != index { at.set(index) }
                    >
                        {look.map(|look| view! { <Dot look/> })}
                        <span>{label}</span>
                        <span class="grow"></span>
                        <small>{what}</small>
                    </li>
                }
            }).collect_view()}
        </ul>
    }
}
