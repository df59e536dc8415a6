use super::Journal;
use crate::{
    port::StoreError,
    record::Entry,
    service::{Line, LineStream},
};
use futures_util::{StreamExt, stream};
use gaggle_shared::{Event, EventBody, Seq};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};

/// A reading of the store fetches about so many bytes at once.
const PAGE: usize = 256 * 1024;

/// The one kind of line that every reader gets, whatever it has read.
const RESET: &str = "reset";

/// Why a cursor is of no use.
pub(super) const DROPPED: &str = "older events were dropped for room";

/// Where a reader is: first what only the store has, then what is at hand, then what comes.
struct Reader {
    journal: Arc<Journal>,
    /// The last seq given.
    at: Seq,
    /// The store is read up to here; 0 once that is done.
    store_until: Seq,
    /// A page of the store.
    history: VecDeque<Arc<Line>>,
    /// What was at hand when the reader came.
    recent: VecDeque<Arc<Line>>,
    live: broadcast::Receiver<Arc<Line>>,
    closed: watch::Receiver<bool>,
    failed: bool,
}

impl Journal {
    /// All events after `after`, then what comes. `reserved` is the highest seq that could ever have been given.
    pub(crate) fn follow(self: &Arc<Self>, after: Seq, reserved: Seq) -> LineStream {
        let (live, recent, next, floor) = {
            let mut inner = self.inner();
            let recent: VecDeque<_> = inner.recent.iter().cloned().collect();
            (inner.listen(), recent, inner.next, inner.floor)
        };
        let last = next.saturating_sub(1);
        // What lies below is not kept, whatever may still be there.
        let from = after.max(floor.saturating_sub(1));
        let store_until = recent.front().map_or(last, |line| line.seq.saturating_sub(1));
        let history = VecDeque::new();
        let closed = self.closed.subscribe();
        let mut reader = Reader {
            journal: self.clone(),
            at: from,
            store_until,
            history,
            recent,
            live,
            closed,
            failed: false,
        };
        if after > last.max(reserved) {
            reader.reset(last, "there is no such event yet");
        } else if after + 1 < floor && after > 0 {
            reader.reset(last, DROPPED);
        }
        stream::unfold(reader, |mut reader| async move { reader.next().await.map(|line| (line, reader)) })
            .boxed()
    }

    /// At most `limit` events after `after`, from the store and from memory.
    pub(crate) async fn page(&self, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        // First what is not stored: what is stored while the store is read is then in both, not in neither.
        let unstored = self.inner().unstored.clone();
        let mut entries: Vec<Entry> = Vec::new();
        let after = after.max(self.inner().floor.saturating_sub(1));
        let mut at = after;
        while entries.len() < limit {
            let page = self.store.read(&self.project, at, PAGE).await?;
            entries.extend(page.batches.into_iter().flat_map(|batch| batch.entries));
            match entries.last() {
                Some(last) if page.more => at = last.event.seq,
                _ => break,
            }
        }
        let at = entries.last().map_or(after, |entry| entry.event.seq);
        entries.extend(unstored.into_iter().filter(|entry| entry.event.seq > at));
        entries.truncate(limit);
        Ok(entries)
    }

    /// What a reader gets who asks for what comes after `after`, if some of that was dropped for room; to be asked
    /// once it has read.
    pub(crate) fn dropped(&self, after: Seq) -> Option<Event> {
        let (floor, last) = {
            let inner = self.inner();
            (inner.floor, inner.next.saturating_sub(1))
        };
        let body = EventBody::Reset { reason: DROPPED.into() };
        (after > 0 && after + 1 < floor).then(|| Event { seq: last, at: self.clock.now(), body })
    }
}

impl Reader {
    /// The next line given is a `reset`; after it comes what is newer than `last`.
    fn reset(&mut self, last: Seq, reason: &str) {
        let body = EventBody::Reset { reason: reason.into() };
        let event = Event { seq: last, at: self.journal.clock.now(), body };
        self.history = VecDeque::from([Arc::new(super::line(&event))]);
        self.recent.clear();
        self.store_until = 0;
        self.at = last;
    }

    async fn next(&mut self) -> Option<Arc<Line>> {
        loop {
            let line = if let Some(line) = self.history.pop_front() {
                line
            } else if self.at < self.store_until {
                self.fetch().await;
                continue;
            } else if self.failed {
                return None;
            } else if let Some(line) = self.recent.pop_front() {
                line
            } else {
                self.live().await?
            };
            if line.seq > self.at || line.kind == RESET {
                self.at = line.seq;
                return Some(line);
            }
        }
    }

    /// What comes next, or nothing once the journal is closed and read.
    async fn live(&mut self) -> Option<Arc<Line>> {
        let received = tokio::select! {
            biased;
            received = self.live.recv() => received,
            _ = self.closed.wait_for(|closed| *closed) => return None,
        };
        match received {
            Ok(line) => Some(line),
            Err(RecvError::Lagged(_)) => {
                self.live = self.journal.inner().listen();
                self.reset(self.journal.last(), "the reader was too slow");
                self.history.pop_front()
            }
            Err(RecvError::Closed) => None,
        }
    }

    /// Reads the next page of the store.
    async fn fetch(&mut self) {
        match self.journal.store.read(&self.journal.project, self.at, PAGE).await {
            Ok(page) => {
                let (floor, last) = {
                    let inner = self.journal.inner();
                    (inner.floor, inner.next.saturating_sub(1))
                };
                // Dropped for room while it was read: some of it may be missing.
                if self.at + 1 < floor {
                    return self.reset(last, DROPPED);
                }
                let entries = page.batches.into_iter().flat_map(|batch| batch.entries);
                // Also beyond `store_until`: a joined piece stands where its last one was, and what is at hand goes
                // on from pieces that are only in it.
                let wanted = entries.filter(|entry| entry.event.seq > self.at);
                self.history = wanted.map(|entry| Arc::new(super::line(&entry.event))).collect();
                if !page.more || self.history.is_empty() {
                    self.store_until = 0;
                }
            }
            Err(error) => {
                tracing::warn!(project.id = %self.journal.project, %error, "a reader of the journal could not be served");
                self.failed = true;
                self.store_until = 0;
            }
        }
    }
}
