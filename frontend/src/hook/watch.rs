//! Keeps the fleet live by the user's stream.

use super::app::{App, Link};
use super::browser::remember;
use crate::api::{self, Stop, Stream, again};
use crate::model::{fleet::Fleet, sse::Frame};
use gaggle_shared::{Project, ProjectId, UserId, read::from_json, read_object};
use leptos::{prelude::*, task::spawn_local};
use std::{cell::RefCell, rc::Rc, time::Duration};

/// Follows whoever is shown.
pub(crate) fn fleet(app: App) {
    let user = Memo::new(move |_| app.user.get());
    Effect::new(move |_| {
        let Some(user) = user.get() else { return };
        remember("user", user.as_str());
        app.fleet.set(Fleet::default());
        app.link.set(Link::Connecting);
        let stop = Stop::default();
        stop.with_owner();
        spawn_local(run(app, user, stop));
    });
}

/// What came and is not yet shown.
type Backlog = Rc<RefCell<Vec<Frame>>>;

/// A fleet of more than so many is drawn anew at most some times a second.
const MANY: usize = 300;

/// Shows what came, together: soon in a small fleet, a few times a second in a large one. What comes first is shown at
/// once: somebody waits for it, and the page need not be painted without it.
fn show_soon(app: App, backlog: &Backlog, stop: &Stop, first: bool) {
    let (backlog, stop) = (backlog.clone(), stop.clone());
    let flush = move || {
        let frames = backlog.take();
        if !stop.is_stopped() && !frames.is_empty() {
            app.fleet.update(|fleet| frames.iter().for_each(|frame| take(fleet, frame)));
        }
    };
    if first {
        return flush();
    }
    // Timers, not frames: a hidden page must know what waits for its reader too.
    let wait = if app.fleet.with_untracked(Fleet::len) > MANY { 150 } else { 16 };
    set_timeout(flush, Duration::from_millis(wait));
}

async fn run(app: App, user: UserId, stop: Stop) {
    let backlog = Backlog::default();
    let path = api::User(user).events();
    let mut attempt = 0;
    while !stop.is_stopped() {
        if let Ok(mut stream) = Stream::open(&path, &stop).await {
            let mut first = true;
            while let Some(frames) = stream.next().await {
                if stop.is_stopped() {
                    return;
                }
                attempt = 0;
                if app.link.get_untracked() != Link::Live {
                    app.link.set(Link::Live);
                }
                if !frames.is_empty() {
                    let is_first = backlog.borrow().is_empty();
                    backlog.borrow_mut().extend(frames);
                    if is_first {
                        show_soon(app, &backlog, &stop, std::mem::take(&mut first));
                    }
                }
            }
        }
        if stop.is_stopped() {
            return;
        }
        app.link.set(Link::Lost);
        backlog.borrow_mut().clear();
        app.fleet.update_untracked(Fleet::broke);
        again(&mut attempt).await;
    }
}

struct Snapshot {
    items: Vec<Project>,
    more: bool,
}
read_object!(Snapshot { items = "items", more = "more" });

struct Deleted {
    id: ProjectId,
}
read_object!(Deleted { id = "id" });

/// One event of the stream; what is not understood is of a newer server and left out.
fn take(fleet: &mut Fleet, frame: &Frame) {
    match frame.event.as_str() {
        "snapshot" => {
            if let Some(page) = from_json::<Snapshot>(&frame.data) {
                fleet.snapshot(page.items, page.more);
            }
        }
        "project.created" | "project.changed" => {
            if let Some(project) = from_json(&frame.data) {
                fleet.put(project);
            }
        }
        "project.deleted" => {
            if let Some(gone) = from_json::<Deleted>(&frame.data) {
                fleet.remove(&gone.id);
            }
        }
        _ => {}
    }
}
