//! Several projects at once: the bar while some are ticked, and what becomes of what it was told.

use super::dialog::Modal;
use super::icon::{Glyph, Icon};
use crate::api::User;
use crate::hook::{App, catch_focus};
use crate::model::{
    bulk::{Act, Bulk, How},
    look,
};
use crate::view;
use leptos::{prelude::*, task::spawn_local};
use std::sync::atomic::{AtomicU32, Ordering};

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
        let mut bulk = app.bulk.get_untracked().filter(|bulk| is_of(app, bulk) && fleet.is_known());
        if bulk.as_mut().is_some_and(|bulk| bulk.observe(&fleet)) {
            app.bulk.set(bulk);
        }
    });
    // Nobody follows what becomes of it once another user is shown.
    Effect::new(move |_| {
        app.user.track();
        if app.bulk.with_untracked(|bulk| bulk.as_ref().is_some_and(|bulk| !is_of(app, bulk))) {
            leave(app);
        }
    });
    let busy = Memo::new(move |_| app.bulk.read().as_ref().is_some_and(Bulk::goes_on));
    let why = move || busy.get().then_some("What was begun before is not over yet");
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
        let (fleet, Some(user)) = (app.fleet.get_untracked(), app.user.get_untracked()) else { return };
        begin(app, app.chosen.with_untracked(|chosen| Bulk::new(act, user, chosen.ids(), &fleet)));
        clear();
    };
    let button = move |act: Act, label: &'static str, class: &'static str| {
        view! {
            <button class=class title=why disabled=move || { busy.get() || fits(act) == 0 } on:click=move |_| go(act)>
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
                <button
                    class="btn danger small"
                    title=why
                    disabled=move || { busy.get() || fits(Act::Delete) == 0 }
                    on:click=move |_| asking.set(true)
                >
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

/// Starts an action on several projects, a few at a time. One that goes on is not given up for it.
fn begin(app: App, mut bulk: Bulk) {
    static BEGUN: AtomicU32 = AtomicU32::new(0);
    let goes_on = app.bulk.read_untracked().as_ref().is_some_and(Bulk::goes_on);
    if bulk.items.is_empty() || goes_on {
        return;
    }
    bulk.number = BEGUN.fetch_add(1, Ordering::Relaxed);
    // Whoever is shown meanwhile: it is asked of the user with whom it began.
    let (act, number, user) = (bulk.act, bulk.number, User(bulk.user.clone()));
    app.bulk.set(Some(bulk));
    for _ in 0..SIDE_BY_SIDE {
        let user = user.clone();
        spawn_local(async move {
            while let Some(id) = with(app, number, Bulk::take_next).flatten() {
                let api = user.project(id.clone());
                let sent = match act {
                    Act::Wake => api.activate().await,
                    Act::Sleep => api.deactivate().await,
                    Act::Delete => api.delete().await,
                };
                if let Err(trouble) = sent {
                    with(app, number, |bulk| bulk.refused(&id, trouble.message()));
                }
            }
        });
    }
}

/// Changes what goes on, if it is still this one.
fn with<T>(app: App, number: u32, change: impl FnOnce(&mut Bulk) -> T) -> Option<T> {
    app.bulk.try_update(|bulk| bulk.as_mut().filter(|bulk| bulk.number == number).map(change)).flatten()
}

/// Whether it is done to projects of the user who is shown.
fn is_of(app: App, bulk: &Bulk) -> bool {
    app.user.read_untracked().as_ref() == Some(&bulk.user)
}

/// Puts away what was done; of what is not over it says so.
fn leave(app: App) {
    let left = app.bulk.try_update(Option::take).flatten();
    if let Some(said) = left.and_then(|bulk| bulk.left()) {
        app.toast(said, None, true);
    }
}

/// What became of each project, until it is put away.
#[component]
fn Progress() -> impl IntoView {
    let app = App::get();
    let shown = Memo::new(move |_| app.bulk.read().is_some());
    let over = Memo::new(move |_| app.bulk.read().as_ref().is_some_and(|bulk| !bulk.goes_on()));
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
    let put_away = move || if over.get() { "Put this away" } else { "Stop and put this away" };
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
                    <button
                        class="btn ghost small square"
                        aria-label=put_away
                        title=put_away
                        on:click=move |_| {
                            leave(app);
                            catch_focus();
                        }
                    >
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
