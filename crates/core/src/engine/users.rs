//! The live lists of users: what changes of their projects, to all who watch.

use crate::service::UserEvent;
use gaggle_shared::UserId;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};
use tokio::sync::broadcast;

/// So many changes can be resumed from.
const KEPT: usize = 256;

/// A change and its number.
pub(crate) type Numbered = (u64, UserEvent);

/// The streams of all users that somebody has watched.
#[derive(Debug)]
pub(crate) struct Users {
    /// Numbers of another run of the server mean nothing here.
    boot: u64,
    streams: Mutex<HashMap<UserId, Stream>>,
}

#[derive(Debug)]
struct Stream {
    next: u64,
    recent: VecDeque<Numbered>,
    live: broadcast::Sender<Numbered>,
}

/// What a watcher begins with.
#[derive(Debug)]
pub(crate) enum Begin {
    /// What it has missed.
    Resume(Vec<Numbered>),
    /// A snapshot, which is at least as new as this number.
    Snapshot(u64),
}

impl Users {
    pub(crate) fn new(boot: u64) -> Self {
        Self { boot, streams: Mutex::default() }
    }

    /// True if somebody watches this user's projects.
    pub(crate) fn watched(&self, user: &UserId) -> bool {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.contains_key(user)
    }

    /// Tells all who watch.
    pub(crate) fn publish(&self, user: &UserId, event: UserEvent) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(stream) = streams.get_mut(user) else { return };
        let numbered = (stream.next, event);
        stream.next += 1;
        stream.recent.push_back(numbered.clone());
        if stream.recent.len() > KEPT {
            stream.recent.pop_front();
        }
        // Nobody listening is no error.
        let _ = stream.live.send(numbered);
    }

    /// Watches from `resume` on, if that is still known.
    pub(crate) fn watch(
        &self,
        user: &UserId,
        resume: Option<&str>,
    ) -> (Begin, broadcast::Receiver<Numbered>) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = streams.entry(user.clone()).or_insert_with(|| {
            let (live, _) = broadcast::channel(KEPT);
            Stream { next: 1, recent: VecDeque::new(), live }
        });
        let oldest = stream.recent.front().map_or(stream.next, |(number, _)| *number);
        let begin = match resume.and_then(|id| self.number(id)) {
            Some(last) if last + 1 >= oldest && last < stream.next => {
                Begin::Resume(stream.recent.iter().filter(|(number, _)| *number > last).cloned().collect())
            }
            _ => Begin::Snapshot(stream.next - 1),
        };
        (begin, stream.live.subscribe())
    }

    /// The id that a client resumes by.
    pub(crate) fn id(&self, number: u64) -> String {
        format!("{:x}-{number}", self.boot)
    }

    fn number(&self, id: &str) -> Option<u64> {
        let (boot, number) = id.split_once('-')?;
        (u64::from_str_radix(boot, 16) == Ok(self.boot)).then(|| number.parse().ok())?
    }
}
