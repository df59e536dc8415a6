//! Several projects at once: the bar while some are ticked, and what becomes of what it was told.

use super::dialog::Modal;
use super::icon::{Glyph, Icon};
use crate::hook::{App, catch_focus};
use crate::model::{
    bulk::{Act, Bulk, How},
    look,
};
use crate::view;
use leptos::{prelude::*, task::spawn_local};

/// How many are asked for side by side.
const SIDE_BY_SIDE: usize = 6;

/// The bar below the list while projects are ticked, and the progress of what is done to them.
#[component]
pub(crate) fn SelectBar(
    /// Ticks all that are shown.
    all: Callback<()>,
) -> impl IntoView {
    let app = App::get();
    let asking = RwSignal::new(false);
    // What is gone cannot be chosen any more; what happens is told by the fleet.
    Effect::new(move |_| {
        let fleet = app.fleet.read();
        if app.chosen.with_untracked(|chosen| chosen.ids().any(|id| fleet.get(id).is_none())) {
            app.chosen.update(|chosen| chosen.keep(&fleet));
        }
        let mut bulk = app.bulk.get_untracked();
        if bulk.as_mut().is_some_and(|bulk| bulk.observe(&fleet)) {
            app.bulk.set(bulk);
        }
    });
    let count = Memo::new(move |_| app.chosen.read().count());
    let fits = move |act: Act| {
        let fleet = app.fleet.read();
        let chosen = app.chosen.read();
        chosen.ids().filter_map(|id| fleet.get(id)).filter(|project| act.fits(project)).count()
    };
    let clear = move || {
        app.chosen.update(crate::model::bulk::Chosen::clear);
        catch_focus();
    };
    let go = move |act: Act| {
        asking.set(false);
        let fleet = app.fleet.get_untracked();
        begin(app, app.chosen.with_untracked(|chosen| Bulk::new(act, chosen.ids(), &fleet)));
        clear();
    };
    let button = move |act: Act, label: &'static str, class: &'static str| {
        view! {
            <button class=class disabled=move || fits(act) == 0 on:click=move |_| go(act)>
                {label}" "<span class="n">{move || fits(act)}</span>
            </button>
        }
    };
    view! {
        <Show when=move || { count.get() > 0 }>
            <div class="select-bar" role="toolbar" aria-label="Selected projects">
                <strong role="status">{move || format!("{} selected", count.get())}</strong>
                <button class="btn ghost small" on:click=move |_| all.run(())>"Select all shown"</button>
                <span class="grow"></span>
                {button(Act::Wake, "Wake", "btn small")}
                {button(Act::Sleep, "Sleep", "btn small")}
                <button class="btn danger small" disabled=move || fits(Act::Delete) == 0 on:click=move |_| asking.set(true)>
                    "Delete"
                </button>
                <button
                    class="btn ghost small square"
                    aria-label="Clear the selection"
                    on:click=move |_| clear()
                >
                    <Icon glyph=Glyph::Close/>
                </button>
            </div>
        </Show>
        <Modal open=asking close=Callback::new(move |()| asking.set(false)) label="Delete projects">
            <h2>{move || format!("Delete {} projects?", fits(Act::Delete))}</h2>
            <p>"Their agents end, and their workspaces, conversations and records are removed for good. There is no way back."</p>
            <ul class="names">
                {move || app.chosen.get().ids().take(12).filter_map(|id| app.fleet.read_untracked().get(id)).map(|project| view! {
                    <li>{look::name(&project)}</li>
                }).collect_view()}
                {move || (count.get() > 12).then(|| view! { <li class="dim">{format!("and {} more", count.get() - 12)}</li> })}
            </ul>
            <div class="buttons">
                <button type="button" class="btn" autofocus on:click=move |_| asking.set(false)>"Keep them"</button>
                <button type="button" class="btn danger" on:click=move |_| go(Act::Delete)>"Delete them"</button>
            </div>
        </Modal>
        <Progress/>
    }
}

/// Starts an action on several projects, a few at a time.
fn begin(app: App, bulk: Bulk) {
    if bulk.items.is_empty() {
        return;
    }
    let act = bulk.act;
    app.bulk.set(Some(bulk));
    for _ in 0..SIDE_BY_SIDE {
        spawn_local(async move {
            loop {
                let mut next = None;
                app.bulk
                    .update(|bulk| next = bulk.as_mut().filter(|b| b.act == act).and_then(Bulk::take_next));
                let Some((id, api)) = next.and_then(|id| Some((id.clone(), app.project_api(&id)?))) else {
                    return;
                };
                let sent = match act {
                    Act::Wake => api.activate().await,
                    Act::Sleep => api.deactivate().await,
                    Act::Delete => api.delete().await,
                };
                if let Err(trouble) = sent {
                    app.bulk.update(|bulk| {
                        if let Some(bulk) = bulk {
                            bulk.refused(&id, trouble.message());
                        }
                    });
                }
            }
        });
    }
}

/// What became of each project, until it is put away.
#[component]
fn Progress() -> impl IntoView {
    let app = App::get();
    let shown = Memo::new(move |_| app.bulk.read().is_some());
    let over = Memo::new(move |_| app.bulk.read().as_ref().is_some_and(|bulk| bulk.tally().2 == 0));
    let parts = Memo::new(move |_| {
        app.bulk.read().as_ref().map_or((0, 0, 0), |bulk| {
            let (done, failed, left) = bulk.tally();
            (done, failed, done + failed + left)
        })
    });
    let undo = move || {
        let fleet = app.fleet.read();
        app.bulk.read().as_ref().filter(|_| over.get()).and_then(|bulk| bulk.undo(&fleet))
    };
    let failed = move || {
        let bulk = app.bulk.get();
        let failed = bulk.into_iter().flat_map(|bulk| bulk.items).filter_map(|item| match item.how {
            How::Failed(why) => Some((item.name, why)),
            _ => None,
        });
        failed.map(|(name, why)| view! { <li><strong>{name}</strong>" "{why}</li> }).collect_view()
    };
    view! {
        <Show when=move || shown.get()>
            <section class="bulk" aria-label="What is done to several projects">
                <div class="bulk-head">
                    {move || (!over.get()).then(|| view! { <span class="spin"></span> })}
                    <strong role="status">{move || app.bulk.read().as_ref().map(Bulk::sentence)}</strong>
                    <span class="grow"></span>
                    {move || undo().map(|bulk| view! {
                        <button class="btn small" on:click=move |_| {
                            begin(app, bulk.clone());
                            catch_focus();
                        }>"Undo"</button>
                    })}
                    <button class="btn ghost small square" aria-label="Put this away" on:click=move |_| {
                        app.bulk.set(None);
                        catch_focus();
                    }>
                        <Icon glyph=Glyph::Close/>
                    </button>
                </div>
                <progress
                    aria-label="Progress"
                    max=move || parts.get().2.to_string()
                    value=move || (parts.get().0 + parts.get().1).to_string()
                ></progress>
                <ul class="bulk-failed">{failed}</ul>
            </section>
        </Show>
    }
}
