use super::dialog::Modal;
use super::pill::Dot;
use crate::hook::{App, Route};
use crate::model::{
    fleet::{Filter, Sort},
    look,
};
use crate::view;
use leptos::{ev, prelude::*};

/// How many finds are shown.
const SHOWN: usize = 9;

#[derive(Clone, PartialEq)]
enum Find {
    Place { label: String, href: String, look: Option<look::Look> },
    Create,
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
    let query = RwSignal::new(String::new());
    let at = RwSignal::new(0usize);
    let finds = Memo::new(move |_| {
        let query = query.get();
        let Some(user) = app.user.get() else { return Vec::new() };
        let mut finds: Vec<Find> = app
            .fleet
            .read()
            .view(&query, Filter::All, Sort::Attention)
            .into_iter()
            .take(SHOWN - 3)
            .map(|p| Find::Place {
                label: p.name.to_string(),
                href: format!("/u/{user}/p/{}", p.id),
                look: Some(look::of(&p)),
            })
            .collect();
        let small = query.trim().to_lowercase();
        let fits = |label: &str| label.to_lowercase().contains(&small);
        for (label, href) in
            [("Projects", format!("/u/{user}")), ("Approvals", format!("/u/{user}/approvals"))]
        {
            if fits(label) {
                finds.push(Find::Place { label: label.into(), href, look: None });
            }
        }
        if fits("New project") {
            finds.push(Find::Create);
        }
        finds
    });
    let take = move |find: Find| {
        app.palette.set(false);
        match find {
            Find::Place { href, .. } => route.go(&href),
            Find::Create => app.creating.set(true),
        }
    };
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
            aria-label="Go to a project or page"
            aria-expanded="true"
            aria-controls="finds"
            aria-activedescendant=move || format!("find-{}", at.get())
            placeholder="Go to a project or page"
            on:input=move |event| {
                query.set(event_target_value(&event));
                at.set(0);
            }
            on:keydown=keys
        />
        <ul id="finds" role="listbox" aria-label="Finds">
            {move || finds.get().into_iter().enumerate().map(|(index, find)| {
                let chosen = find.clone();
                let (label, look) = match find {
                    Find::Place { label, look, .. } => (label, look),
                    Find::Create => ("New project…".to_owned(), None),
                };
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
                        <small>{look.map(|look| look.word)}</small>
                    </li>
                }
            }).collect_view()}
        </ul>
    }
}
