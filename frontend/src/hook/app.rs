//! The app's state: who looks, at what fleet, over what connection.

use super::browser::{catch_focus, now};
use crate::api::{self, Trouble};
use crate::model::bulk::{Bulk, Chosen};
use crate::model::fleet::{Counts, Fleet};
use crate::model::{notes, plain};
use gaggle_shared::{ActivityState, Info, Project, ProjectId, Time, User, UserId};
use leptos::{prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};

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
#[derive(Clone)]
pub(crate) struct Toast {
    pub(crate) id: u32,
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
    pub(crate) bad: bool,
    /// The way back, while there is one.
    pub(crate) undo: Option<Undo>,
}

/// A way back.
#[derive(Clone)]
pub(crate) struct Undo(SendWrapper<Rc<dyn Fn()>>);

impl Undo {
    /// Goes it.
    pub(crate) fn run(&self) {
        (self.0)();
    }
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
    /// How long a start usually takes here, in milliseconds.
    pub(crate) usual_start: Memo<Option<u64>>,
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

/// How long there is a way back.
const UNDO: Duration = Duration::from_secs(8);

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
            usual_start: Memo::new(move |_| fleet.read().usual_start()),
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
                api::again(&mut attempt).await;
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
        self.show(text, hint, bad, None, Duration::from_secs(if bad { 12 } else { 4 }));
    }

    /// Says what was done, with the way back.
    pub(crate) fn offer_undo(self, text: String, hint: Option<String>, undo: impl Fn() + 'static) {
        self.show(text, hint, false, Some(Undo(SendWrapper::new(Rc::new(undo)))), UNDO);
    }

    /// Does what cannot be undone once there was time to take it back. Who leaves the page has not done it.
    pub(crate) fn unless_undone(
        self,
        text: String,
        undo: impl Fn() + 'static,
        work: impl FnOnce() + 'static,
    ) {
        let undone = Rc::new(Cell::new(false));
        let taken_back = undone.clone();
        self.offer_undo(text, None, move || {
            taken_back.set(true);
            undo();
        });
        let then = move || {
            if !undone.get() {
                work();
            }
        };
        set_timeout(then, UNDO);
    }

    fn show(self, text: String, hint: Option<String>, bad: bool, undo: Option<Undo>, lasts: Duration) {
        let (text, hint) = (plain::called(&text), hint.as_deref().map(plain::called));
        let id = self.notes.with_untracked(|all| all.last().map_or(0, |(_, toast)| toast.id + 1));
        let toast = Toast { id, text, hint, bad, undo };
        self.notes.update(|all| {
            // What is read again later has no way back any more.
            all.push((now(), Toast { undo: None, ..toast.clone() }));
            let extra = all.len().saturating_sub(NOTES);
            all.drain(..extra);
        });
        self.change_toasts(|all| {
            all.push(toast);
            while all.len() > notes::SHOWN {
                let weighty: Vec<_> = all.iter().map(|one| one.bad || one.undo.is_some()).collect();
                all.remove(notes::goes(&weighty));
            }
        });
        set_timeout(move || self.dismiss(id), lasts);
    }

    /// Takes a note away.
    pub(crate) fn dismiss(self, id: u32) {
        self.change_toasts(|all| all.retain(|toast| toast.id != id));
    }

    /// Changes what notes are shown. The focus may be on one that goes.
    fn change_toasts(self, change: impl FnOnce(&mut Vec<Toast>)) {
        let active = document().active_element();
        let inside = active.and_then(|at| at.closest(".toasts").ok().flatten()).is_some();
        self.toasts.update(change);
        if inside {
            catch_focus();
        }
    }

    /// Starts a project's agent; a way back is offered.
    pub(crate) fn activate(self, id: &ProjectId) {
        self.wake(id);
        if let Some(project) = self.fleet.with_untracked(|fleet| fleet.get(id)) {
            let id = id.clone();
            self.offer_undo(format!("Waking {}", project.name), None, move || self.sleep(&id));
        }
    }

    /// Sends a project to sleep; a way back is offered, though not for the turn that is stopped by it.
    pub(crate) fn deactivate(self, id: &ProjectId) {
        self.sleep(id);
        if let Some(project) = self.fleet.with_untracked(|fleet| fleet.get(id)) {
            let id = id.clone();
            let worked = matches!(project.activity.state, ActivityState::Working | ActivityState::Waiting);
            let hint = worked.then(|| "Its turn was stopped: waking it does not go on with that.".to_owned());
            self.offer_undo(format!("Putting {} to sleep", project.name), hint, move || self.wake(&id));
        }
    }

    fn wake(self, id: &ProjectId) {
        if let Some(api) = self.project_api(id) {
            self.act("It was not woken", async move { api.activate().await });
        }
    }

    fn sleep(self, id: &ProjectId) {
        if let Some(api) = self.project_api(id) {
            self.act("It was not put to sleep", async move { api.deactivate().await });
        }
    }

    /// Stops the turn that a project runs.
    pub(crate) fn stop_turn(self, project: &Project) {
        if let Some((api, turn)) = self.project_api(&project.id).zip(project.activity.turn_id.clone()) {
            self.act("It was not stopped", async move {
                let session = api.session_of(&turn).await?;
                api.cancel(session).await
            });
        }
    }
}
