use super::{Part, load::at_once};
use crate::hook::catch_focus;
use crate::view;
use leptos::{prelude::*, task::spawn_local};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Coming,
    Here,
    Lost,
}

/// Shows a part: at once if it is here, else when it has come. If it does not come, it says so and offers to try again.
#[component]
pub(crate) fn Late(
    part: Part,
    /// It lies over the page, such as a dialog: then it takes no room while it comes.
    #[prop(optional)]
    over: bool,
) -> impl IntoView {
    let progress = RwSignal::new(Progress::Coming);
    fetch(part, progress);
    move || match progress.get() {
        // It is here, so there is nothing to wait for, and it gets its owner and context from where it stands.
        Progress::Here => at_once(&mut part.show()).and_then(Result::ok),
        Progress::Coming if over => None,
        Progress::Coming => Some(view! { <div class="page-body"><i class="skeleton card"></i></div> }),
        Progress::Lost => Some(lost(over, move || fetch(part, progress))),
    }
}

/// A part over the page, from the first time that it is open.
#[component]
pub(crate) fn Opened(part: Part, #[prop(into)] open: Signal<bool>) -> impl IntoView {
    let wanted = Memo::new(move |before: Option<&bool>| before == Some(&true) || open.get());
    move || wanted.get().then(|| view! { <Late part over=true/> })
}

fn fetch(part: Part, progress: RwSignal<Progress>) {
    let mut work = part.fetch();
    let told = move |fetched: Result<(), _>| {
        // Whoever asked may have gone elsewhere meanwhile.
        let _ = progress.try_set(if fetched.is_ok() { Progress::Here } else { Progress::Lost });
    };
    if let Some(done) = at_once(&mut work) {
        return told(done);
    }
    progress.set(Progress::Coming);
    spawn_local(async move { told(work.await) });
}

fn lost(over: bool, again: impl Fn() + 'static) -> AnyView {
    let reload = |_| {
        let _ = window().location().reload();
    };
    view! {
        <div class=if over { "fallen" } else { "empty" } role="alert">
            <div>
                <h2>"This part of the page did not load"</h2>
                <p>"The server may be away, or newer than this page. What you wrote is kept, and agents go on."</p>
            </div>
            <p class="row">
                <button type="button" class="btn primary" on:click=move |_| {
                    again();
                    catch_focus();
                }>"Try again"</button>
                " "
                <button type="button" class="btn" on:click=reload>"Reload the page"</button>
            </p>
        </div>
    }
}
