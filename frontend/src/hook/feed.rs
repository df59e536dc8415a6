//! A project's conversation, live: reads the transcript, then follows the journal for ever.
//!
//! Every event goes into the model as it comes; the page is drawn at most once per animation frame.

use super::app::Link;
use super::browser::{recall, remember};
use super::draft::Edits;
use super::row::Row;
use crate::api::{self, Stop, Stream, Trouble, again};
use crate::model::chat::{
    Change, Chat,
    seen::{Divider, Seen},
};
use gaggle_shared::{Event, MessageId, Mode, Session, SessionId, Time, read::from_json};
use leptos::{prelude::*, task::spawn_local};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// How many events from before are read for the timeline and the last activation.
const HISTORY: u64 = 500;

/// How far the first reading is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum State {
    Loading,
    Ready,
    /// The project is not there, or no longer.
    Gone(Trouble),
}

/// Where something stands beside a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Above,
    Below,
}

#[derive(Default)]
struct Dirty {
    frame: bool,
    list: bool,
    around: bool,
    parts: HashSet<(MessageId, usize)>,
}

/// The conversation of one project; copies are the same one.
#[derive(Clone, Copy)]
pub(crate) struct Feed {
    api: StoredValue<api::Project>,
    chat: StoredValue<Chat>,
    known: StoredValue<HashMap<MessageId, Row>>,
    dirty: StoredValue<Dirty>,
    /// Rises when what is on its way for what was shown must not come in any more.
    round: StoredValue<u32>,
    /// True once all was read.
    loaded: StoredValue<bool>,
    stop: StoredValue<Stop, LocalStorage>,
    /// What is written in the place of messages that wait, by their turns.
    pub(crate) changes: Edits,
    /// What is written to be sent instead of messages of before.
    pub(crate) again: Edits,
    /// The session that is shown.
    pub(crate) session: RwSignal<SessionId>,
    /// All sessions of the project.
    pub(crate) sessions: RwSignal<Vec<Session>>,
    /// Sessions that will be deleted if nobody takes that back.
    leaving: RwSignal<HashSet<SessionId>>,
    /// The messages of the session, in their order.
    pub(crate) ids: RwSignal<Arc<Vec<MessageId>>>,
    /// Where what is new since the reader's last visit begins.
    pub(crate) divider: RwSignal<Option<Divider>>,
    /// How far the reader had read when they came.
    left: StoredValue<Option<Seen>>,
    /// Where the next older page begins, if there is one.
    pub(crate) older: RwSignal<Option<String>>,
    /// Rises when anything but a part's text changed.
    pub(crate) tick: RwSignal<u32>,
    /// Rises when the reader spoke: they want to see what comes of it.
    pub(crate) spoke: RwSignal<u32>,
    /// Beside which message of the session the last start stands.
    pub(crate) start_place: RwSignal<Option<(MessageId, Side)>>,
    /// How the stream is.
    pub(crate) link: RwSignal<Link>,
    /// How far the first reading is.
    pub(crate) state: RwSignal<State>,
}

impl Feed {
    /// Follows a project until the current owner goes.
    pub(crate) fn new(api: api::Project, session: SessionId) -> Self {
        let stop = Stop::default();
        stop.with_owner();
        let feed = Self {
            api: StoredValue::new(api),
            chat: StoredValue::new(Chat::default()),
            known: StoredValue::new(HashMap::new()),
            dirty: StoredValue::new(Dirty::default()),
            round: StoredValue::new(0),
            loaded: StoredValue::new(false),
            stop: StoredValue::new_local(stop.clone()),
            changes: Edits::new(),
            again: Edits::new(),
            session: RwSignal::new(session),
            sessions: RwSignal::new(Vec::new()),
            leaving: RwSignal::new(HashSet::new()),
            ids: RwSignal::new(Arc::default()),
            divider: RwSignal::new(None),
            left: StoredValue::new(None),
            older: RwSignal::new(None),
            tick: RwSignal::new(0),
            spoke: RwSignal::new(0),
            start_place: RwSignal::new(None),
            link: RwSignal::new(Link::Connecting),
            state: RwSignal::new(State::Loading),
        };
        spawn_local(feed.run(stop));
        feed
    }

    /// Puts the last start, which began then, to its place among the messages; none: it is not to be seen.
    pub(crate) fn place_start(self, began: Option<Time>) {
        let session = self.session.get();
        let ids = self.ids.read();
        let place = began.and_then(|at| {
            let below = self.peek(|chat| chat.last_before(&session, at).cloned());
            // Above the first message only where nothing older is left to be read.
            let above = || ids.first().filter(|_| self.older.read().is_none()).cloned();
            below.map(|id| (id, Side::Below)).or_else(|| above().map(|id| (id, Side::Above)))
        });
        if *self.start_place.read_untracked() != place {
            self.start_place.set(place);
        }
    }

    /// The feed of the page that is shown.
    pub(crate) fn get() -> Self {
        expect_context()
    }

    /// The project's routes.
    pub(crate) fn api(self) -> api::Project {
        self.api.get_value()
    }

    /// True once nobody looks at it any more: whoever waited for an answer must ask before touching it.
    pub(crate) fn is_gone(self) -> bool {
        self.stop.try_get_value().is_none_or(|stop| stop.is_stopped())
    }

    /// The reader spoke: they want to see what comes of it.
    pub(crate) fn speak(self) {
        let _ = self.spoke.try_update(|times| *times = times.wrapping_add(1));
    }

    /// Reads the model; follows everything but text.
    pub(crate) fn with<T>(self, read: impl FnOnce(&Chat) -> T) -> T {
        self.tick.track();
        self.chat.with_value(read)
    }

    /// Reads the model once.
    pub(crate) fn peek<T>(self, read: impl FnOnce(&Chat) -> T) -> T {
        self.chat.with_value(read)
    }

    /// Shows another session.
    pub(crate) fn show(self, session: SessionId) {
        if self.is_gone() || self.session.get_untracked() == session {
            return;
        }
        let known = self.peek(|chat| chat.messages(&session).next().is_some());
        self.session.set(session);
        self.divider.set(None);
        self.arrive();
        self.older.set(None);
        self.round.update_value(|round| *round = round.wrapping_add(1));
        self.mark(vec![Change::List, Change::Around]);
        // Until the first reading is over, that reads whatever is shown.
        if self.loaded.get_value() {
            if !known {
                self.state.set(State::Loading);
            }
            self.page(None);
        }
    }

    /// Reads the page before what is shown.
    pub(crate) fn read_older(self) {
        if let Some(before) = self.older.get_untracked() {
            self.older.set(None);
            self.page(Some(before));
        }
    }

    /// Reads a page, however often that takes; not if something else is shown by then, or all was read anew.
    fn page(self, before: Option<String>) {
        let (api, session) = (self.api(), self.session.get_untracked());
        let (stop, round) = (self.stop.get_value(), self.round.get_value());
        let is_over = move || stop.is_stopped() || self.round.get_value() != round;
        spawn_local(async move {
            let mut attempt = 0;
            loop {
                let read = api.messages(&session, before.as_deref()).await;
                if is_over() {
                    return;
                }
                match read {
                    Ok(page) => {
                        self.older.set(page.next_cursor);
                        self.chat.update_value(|chat| chat.read_messages(page.items));
                        break;
                    }
                    Err(trouble) if trouble.is_final() => break,
                    Err(_) => again(&mut attempt).await,
                }
                if is_over() {
                    return;
                }
            }
            self.flush_now();
            self.state.set(State::Ready);
        });
    }

    /// What was said in this mode was taken: it is the session's own, which the sessions say once they are read again.
    pub(crate) fn runs_in(self, session: &SessionId, mode: Mode) {
        if !self.is_gone() {
            let of = |all: &mut Vec<Session>| {
                all.iter_mut().filter(|one| one.id == *session).for_each(|one| one.mode = Some(mode));
            };
            self.sessions.update(of);
        }
    }

    /// Reads the sessions again: titles come from people and from the agent.
    pub(crate) fn read_sessions(self) {
        if self.is_gone() {
            return;
        }
        let (api, stop) = (self.api(), self.stop.get_value());
        spawn_local(async move {
            if let Ok(sessions) = api.sessions().await
                && !stop.is_stopped()
            {
                self.sessions.set(sessions);
            }
        });
    }

    /// All sessions but those that are on their way out.
    pub(crate) fn shown_sessions(self) -> Vec<Session> {
        let leaving = self.leaving.read();
        self.sessions.read().iter().filter(|one| !leaving.contains(&one.id)).cloned().collect()
    }

    /// A session is on its way out, or not any more.
    pub(crate) fn hide_session(self, id: &SessionId, hidden: bool) {
        let _ = self.leaving.try_update(|leaving| match hidden {
            true => leaving.insert(id.clone()),
            false => leaving.remove(id),
        });
        if !hidden {
            self.read_sessions();
        }
    }

    async fn run(self, stop: Stop) {
        let mut attempt = 0;
        let mut fresh = true;
        while !stop.is_stopped() {
            if fresh {
                match self.load(&stop).await {
                    _ if stop.is_stopped() => return,
                    Ok(()) => fresh = false,
                    Err(trouble) if trouble.is_final() => {
                        self.state.set(State::Gone(trouble));
                        return;
                    }
                    Err(_) => {}
                }
            }
            if !fresh {
                fresh = self.follow(&stop, &mut attempt).await;
            }
            if stop.is_stopped() {
                return;
            }
            if !fresh || attempt > 0 {
                self.link.set(Link::Lost);
            }
            again(&mut attempt).await;
        }
    }

    /// The number first, then the transcript: what happens in between comes again and does not double.
    async fn load(self, stop: &Stop) -> Result<(), Trouble> {
        let api = self.api();
        let end = api.journal_end().await?;
        let (sessions, turns) = (api.sessions().await?, api.turns().await?);
        let permissions = api.permissions().await?;
        let messages = loop {
            let Some(session) = self.session.try_get_untracked() else { return Ok(()) };
            let messages = api.messages(&session, None).await?;
            if stop.is_stopped() {
                return Ok(());
            }
            // Another one may be shown by now.
            if self.session.get_untracked() == session {
                break messages;
            }
        };
        let mut chat = Chat::default();
        chat.last_seq = end;
        chat.read_turns(turns);
        chat.read_permissions(permissions);
        chat.read_messages(messages.items);
        // Who reads far above stays there, and the next older page may still come.
        let session = self.session.get_untracked();
        if !self.peek(|known| chat.keep_older(known, &session)) {
            self.round.update_value(|round| *round = round.wrapping_add(1));
            self.older.set(messages.next_cursor);
        }
        self.chat.set_value(chat);
        self.sessions.set(sessions);
        self.loaded.set_value(true);
        self.flush_now();
        self.state.set(State::Ready);
        // A project can be worked with before its past is there, and without it.
        let history = api.journal_between(end.saturating_sub(HISTORY), end).await.unwrap_or_default();
        // The last start may be far below: the project says where it began.
        let start = match api.read().await.ok().and_then(|project| project.start) {
            Some(start) => api.start_from(start.seq).await.unwrap_or_default(),
            None => Vec::new(),
        };
        let start: Vec<_> = start.into_iter().filter(|event| event.seq <= end).collect();
        if !stop.is_stopped() {
            self.chat.update_value(|chat| chat.read_history(&history, &start));
            self.mark(vec![Change::Around]);
        }
        Ok(())
    }

    /// Follows the journal until the connection ends. True if everything must be read again.
    async fn follow(self, stop: &Stop, attempt: &mut u32) -> bool {
        let after = self.chat.with_value(|chat| chat.last_seq);
        let mut stream = match Stream::open(&self.api().events(after), stop).await {
            Ok(stream) => stream,
            Err(trouble) => return trouble.is_final(),
        };
        while let Some(frames) = stream.next().await {
            if stop.is_stopped() {
                return false;
            }
            *attempt = 0;
            if self.link.get_untracked() != Link::Live {
                self.link.set(Link::Live);
            }
            let events = frames.iter().filter_map(|frame| from_json::<Event>(&frame.data));
            let mut changes = Vec::new();
            let mut renamed = false;
            self.chat.update_value(|chat| {
                events.for_each(|event| {
                    renamed |= matches!(event.body, gaggle_shared::EventBody::SessionChanged { .. });
                    changes.extend(chat.apply(event));
                });
            });
            if renamed {
                self.read_sessions();
            }
            let reread = changes.contains(&Change::Reread);
            self.mark(changes);
            if reread {
                return true;
            }
        }
        false
    }

    fn mark(self, changes: Vec<Change>) {
        let mut ask = false;
        self.dirty.update_value(|dirty| {
            for change in changes {
                match change {
                    Change::List => dirty.list = true,
                    Change::Part(id, part) => {
                        dirty.parts.insert((id, part));
                    }
                    Change::Around => dirty.around = true,
                    Change::Reread => {}
                }
            }
            let any = dirty.list || dirty.around || !dirty.parts.is_empty();
            ask = any && !dirty.frame;
            dirty.frame |= any;
        });
        if ask {
            let stop = self.stop.get_value();
            request_animation_frame(move || {
                if !stop.is_stopped() {
                    self.flush();
                }
            });
        }
    }

    fn flush_now(self) {
        self.dirty.set_value(Dirty { list: true, around: true, ..Dirty::default() });
        self.flush();
    }

    fn flush(self) {
        let mut dirty = Dirty::default();
        self.dirty.update_value(|marked| dirty = std::mem::take(marked));
        if dirty.list {
            self.rebuild();
        } else {
            self.chat.with_value(|chat| {
                self.known.with_value(|known| {
                    for (id, part) in &dirty.parts {
                        if let (Some(row), Some(entry)) = (known.get(id), chat.message(id)) {
                            row.sync_part(entry, *part);
                        }
                    }
                });
            });
        }
        if dirty.list || dirty.around {
            self.tick.update(|tick| *tick = tick.wrapping_add(1));
        }
    }

    fn rebuild(self) {
        let session = self.session.get_untracked();
        let mut ids = Vec::new();
        self.chat.with_value(|chat| {
            ids.extend(chat.messages(&session).map(|entry| entry.id.clone()));
            self.known.with_value(|known| {
                for (id, row) in known {
                    if let Some(entry) = chat.message(id) {
                        row.sync(entry);
                    }
                }
            });
        });
        if *self.ids.read_untracked().as_ref() != ids {
            self.ids.set(Arc::new(ids));
        }
        self.divide();
    }

    /// A message to be drawn, until [`Feed::forget_row`]; none if it is gone.
    pub(crate) fn row(self, id: &MessageId) -> Option<Row> {
        let fresh = || self.chat.with_value(|chat| chat.message(id).map(Row::new));
        let row = self.known.with_value(|known| known.get(id).cloned()).or_else(fresh)?;
        self.known.update_value(|known| {
            known.insert(id.clone(), row.clone());
        });
        Some(row)
    }

    /// A message is not drawn any more.
    pub(crate) fn forget_row(self, id: &MessageId) {
        self.known.update_value(|known| {
            known.remove(id);
        });
    }

    /// A reader comes: what they had not seen will be divided off.
    pub(crate) fn arrive(self) {
        let place = seen_place(&self.session.get_untracked());
        self.left.set_value(recall(&place).as_deref().and_then(Seen::parse));
        self.divider.set(None);
        self.divide();
    }

    /// Once it stands, the divider stays until the reader leaves or speaks.
    fn divide(self) {
        if self.divider.read_untracked().is_some() {
            return;
        }
        let Some(seen) = self.left.get_value() else { return };
        let session = self.session.get_untracked();
        let found = self.chat.with_value(|chat| chat.divider(&session, &seen));
        if found.is_some() {
            self.left.set_value(None);
            self.divider.set(found);
        }
    }

    /// The reader is at the end of what there is. What comes from now on they see come.
    pub(crate) fn is_read(self) {
        let session = self.session.get_untracked();
        let last = self.chat.with_value(|chat| chat.messages(&session).last().map(Seen::of));
        if let Some(seen) = last {
            remember(&seen_place(&session), &seen.to_text());
            if self.divider.read_untracked().is_none() {
                self.left.set_value(None);
            }
        }
    }
}

fn seen_place(session: &SessionId) -> String {
    format!("seen.{session}")
}
