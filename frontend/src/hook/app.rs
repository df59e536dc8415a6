//! The app's state: who looks, at what fleet, over what connection.

use super::browser::now;
use crate::api::{self, Trouble};
use crate::model::bulk::{Bulk, Chosen};
use crate::model::fleet::{Counts, Fleet};
use crate::model::plain;
use gaggle_shared::{Info, Project, ProjectId, Time, User, UserId};
use leptos::{prelude::*, task::spawn_local};
use std::{sync::Arc, time::Duration};

/// How a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// Not there yet.
    Connecting,
    /// What is shown is what is.
    Live,
    /// Gone; tried again by itself.
    Lost,
}

/// A short note that goes by itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Toast {
    pub(crate) id: u32,
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
    pub(crate) bad: bool,
}

/// The app's state; copies are the same state.
#[derive(Clone, Copy)]
pub(crate) struct App {
    /// All users, once known.
    pub(crate) users: RwSignal<Vec<User>>,
    /// Why the users could not be read.
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    /// What the server says about itself.
    pub(crate) info: RwSignal<Option<Info>>,
    /// Whose projects are shown.
    pub(crate) user: RwSignal<Option<UserId>>,
    /// Their projects.
    pub(crate) fleet: RwSignal<Fleet>,
    /// How many of each.
    pub(crate) counts: Memo<Counts>,
    /// How the user's stream is.
    pub(crate) link: RwSignal<Link>,
    /// Ticks once a second.
    pub(crate) now: RwSignal<Time>,
    /// Notes that are shown.
    pub(crate) toasts: RwSignal<Vec<Toast>>,
    /// The dialog for a new project.
    pub(crate) creating: RwSignal<bool>,
    /// The project that a person is asked to confirm the deletion of.
    pub(crate) deleting: RwSignal<Option<Arc<Project>>>,
    /// The side bar on a phone.
    pub(crate) menu: RwSignal<bool>,
    /// The command palette.
    pub(crate) palette: RwSignal<bool>,
    /// What was typed for the palette before its field was there to take it; a line break is Enter.
    pub(crate) sought: RwSignal<String>,
    /// The sheet of shortcuts.
    pub(crate) help: RwSignal<bool>,
    /// Notes that were shown, newest last, and when; the bell of the side bar tells them again.
    pub(crate) notes: RwSignal<Vec<(Time, Toast)>>,
    /// The list of those notes.
    pub(crate) reading_notes: RwSignal<bool>,
    /// The projects that are ticked.
    pub(crate) chosen: RwSignal<Chosen>,
    /// What is done to several at once.
    pub(crate) bulk: RwSignal<Option<Bulk>>,
}

/// How many notes are kept.
const NOTES: usize = 50;

impl App {
    /// A new state, ticking and reading what every page needs.
    pub(crate) fn new() -> Self {
        let fleet = RwSignal::new(Fleet::default());
        let app = Self {
            users: RwSignal::new(Vec::new()),
            trouble: RwSignal::new(None),
            info: RwSignal::new(None),
            user: RwSignal::new(None),
            fleet,
            counts: Memo::new(move |_| fleet.read().counts()),
            link: RwSignal::new(Link::Connecting),
            now: RwSignal::new(now()),
            toasts: RwSignal::new(Vec::new()),
            creating: RwSignal::new(false),
            deleting: RwSignal::new(None),
            menu: RwSignal::new(false),
            palette: RwSignal::new(false),
            sought: RwSignal::new(String::new()),
            help: RwSignal::new(false),
            notes: RwSignal::new(Vec::new()),
            reading_notes: RwSignal::new(false),
            chosen: RwSignal::new(Chosen::default()),
            bulk: RwSignal::new(None),
        };
        set_interval(move || app.now.set(now()), Duration::from_secs(1));
        app.read();
        super::watch::fleet(app);
        app
    }

    /// The state that the app provides.
    pub(crate) fn get() -> Self {
        expect_context()
    }

    /// Reads users and info; again from the error page.
    pub(crate) fn read(self) {
        spawn_local(async move {
            let mut attempt = 0;
            loop {
                match (api::users().await, api::info().await) {
                    (Ok(users), Ok(info)) => {
                        self.info.set(Some(info));
                        self.users.set(users);
                        self.trouble.set(None);
                        return;
                    }
                    (Err(trouble), _) | (_, Err(trouble)) => self.trouble.set(Some(trouble)),
                }
                api::pause(crate::model::backoff::wait_ms(attempt, super::dice())).await;
                attempt += 1;
            }
        });
    }

    /// The routes of the user who is shown.
    pub(crate) fn api(self) -> Option<api::User> {
        self.user.get_untracked().map(api::User)
    }

    /// The routes of one of their projects.
    pub(crate) fn project_api(self, id: &ProjectId) -> Option<api::Project> {
        self.api().map(|user| user.project(id.clone()))
    }

    /// Does something and says if it failed.
    pub(crate) fn act(self, what: &'static str, work: impl Future<Output = Result<(), Trouble>> + 'static) {
        spawn_local(async move {
            if let Err(trouble) = work.await {
                self.complain(what, &trouble);
            }
        });
    }

    /// Says that something failed.
    pub(crate) fn complain(self, what: &str, trouble: &Trouble) {
        self.toast(format!("{what}: {}", trouble.message()), trouble.hint(), true);
    }

    /// Says something in passing.
    pub(crate) fn toast(self, text: String, hint: Option<String>, bad: bool) {
        let (text, hint) = (plain::line(&text), hint.as_deref().map(plain::line));
        let id = self.notes.with_untracked(|all| all.last().map_or(0, |(_, toast)| toast.id + 1));
        let toast = Toast { id, text, hint, bad };
        self.notes.update(|all| {
            all.push((now(), toast.clone()));
            let extra = all.len().saturating_sub(NOTES);
            all.drain(..extra);
        });
        self.toasts.update(|all| {
            all.push(toast);
            let extra = all.len().saturating_sub(4);
            all.drain(..extra);
        });
        let gone = move || self.toasts.update(|all| all.retain(|toast| toast.id != id));
        set_timeout(gone, Duration::from_secs(if bad { 12 } else { 4 }));
    }

    /// Starts a project's agent.
    pub(crate) fn activate(self, id: &ProjectId) {
        if let Some(api) = self.project_api(id) {
            self.act("It was not woken", async move { api.activate().await });
        }
    }

    /// Sends a project to sleep.
    pub(crate) fn deactivate(self, id: &ProjectId) {
        if let Some(api) = self.project_api(id) {
            self.act("It was not put to sleep", async move { api.deactivate().await });
        }
    }
}
