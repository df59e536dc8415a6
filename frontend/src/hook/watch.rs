//! Keeps the fleet live by the user's stream.

use super::app::{App, Link};
use super::browser::{dice, remember};
use crate::api::{self, Stop, Stream, pause};
use crate::model::{backoff, fleet::Fleet, sse::Frame};
use gaggle_shared::{Project, ProjectId, UserId};
use leptos::{prelude::*, task::spawn_local};
use serde::Deserialize;

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

async fn run(app: App, user: UserId, stop: Stop) {
    let path = api::User(user).events();
    let mut attempt = 0;
    while !stop.is_stopped() {
        if let Ok(mut stream) = Stream::open(&path, &stop).await {
            while let Some(frames) = stream.next().await {
                if stop.is_stopped() {
                    return;
                }
                attempt = 0;
                if app.link.get_untracked() != Link::Live {
                    app.link.set(Link::Live);
                }
                if !frames.is_empty() {
                    app.fleet.update(|fleet| frames.iter().for_each(|frame| take(fleet, frame)));
                }
            }
        }
        if stop.is_stopped() {
            return;
        }
        app.link.set(Link::Lost);
        app.fleet.update_untracked(Fleet::broke);
        pause(backoff::wait_ms(attempt, dice())).await;
        attempt += 1;
    }
}

#[derive(Deserialize)]
struct Snapshot {
    items: Vec<Project>,
    more: bool,
}

#[derive(Deserialize)]
struct Deleted {
    id: ProjectId,
}

/// One event of the stream; what is not understood is of a newer server and left out.
fn take(fleet: &mut Fleet, frame: &Frame) {
    match frame.event.as_str() {
        "snapshot" => {
            if let Ok(page) = serde_json::from_str::<Snapshot>(&frame.data) {
                fleet.snapshot(page.items, page.more);
            }
        }
        "project.created" | "project.changed" => {
            if let Ok(project) = serde_json::from_str(&frame.data) {
                fleet.put(project);
            }
        }
        "project.deleted" => {
            if let Ok(gone) = serde_json::from_str::<Deleted>(&frame.data) {
                fleet.remove(&gone.id);
            }
        }
        _ => {}
    }
}
