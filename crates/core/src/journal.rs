//! A project's events: numbered, shown at once, stored in groups, joined once a turn has ended.
//!
//! What was decided is durable before it comes here (in the record's outbox); text that streams is shown first and
//! stored within [`GROUP`]. Everything that is not stored yet is kept in memory, so that a reader never misses any.

mod join;
mod past;
mod read;
mod seal;

pub(crate) use join::join;
pub(crate) use seal::{seal, whole};

use crate::{
    port::{Batch, Clock, LinkCursor, Store, StoreError},
    record::{Entry, Lease, ProjectRecord},
    service::Line,
};
use gaggle_shared::{Event, ProjectId, Seq};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, broadcast, watch};

/// Streamed text is stored at latest so long after it was shown.
pub(crate) const GROUP: Duration = Duration::from_millis(50);

/// Seqs are reserved in blocks of so many.
pub(crate) const BLOCK: u64 = 4096;

/// So many events are kept at hand for readers that join.
const RECENT: usize = 512;

/// A reader that is so many events behind gets a `reset`.
const BEHIND: usize = 1024;

/// Beyond so many unstored bytes the link to the agent waits for the store.
const UNSTORED: usize = 4 * 1024 * 1024;

/// The journal of one loaded project.
#[derive(Debug)]
pub(crate) struct Journal {
    project: ProjectId,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    /// One write at a time, in order.
    writing: tokio::sync::Mutex<()>,
    /// Told when there is something to store.
    dirty: Notify,
    /// True once no more events come.
    closed: watch::Sender<bool>,
    /// This server, and the epoch of the record as it knows it: whether it was superseded is told by them.
    owner: String,
}

#[derive(Debug)]
struct Inner {
    /// Of the record as this server knows it.
    epoch: u64,
    /// The next number to give.
    next: Seq,
    /// Not stored yet, in order.
    unstored: Vec<Entry>,
    /// How big each of them is, and all together.
    sizes: Vec<usize>,
    unstored_bytes: usize,
    /// The frame up to which `unstored` and what was stored go.
    cursor: Option<LinkCursor>,
    /// All up to here is stored.
    stored: Seq,
    /// The last events, at least all that are not stored.
    recent: VecDeque<Arc<Line>>,
    /// The journal begins here: readers that want older events are told to start anew.
    floor: Seq,
    /// How many bytes were added since the journal was last measured.
    grown: u64,
    /// Only while somebody listens: its slots are there from the beginning, 50 kB of them, and thousands of projects may
    /// be loaded that nobody looks at.
    live: Option<broadcast::Sender<Arc<Line>>>,
}

impl Inner {
    /// Gets what is published from here on.
    fn listen(&mut self) -> broadcast::Receiver<Arc<Line>> {
        self.live.get_or_insert_with(|| broadcast::channel(BEHIND).0).subscribe()
    }

    fn tell(&mut self, line: Arc<Line>) {
        // It fails where nobody listens any more.
        if self.live.as_ref().is_some_and(|live| live.send(line).is_err()) {
            self.live = None;
        }
    }
}

impl Journal {
    /// The journal of this record, as `owner` sees it, which ends in the store with `stored`; what the record says
    /// happened and is not there yet is shown.
    pub(crate) fn new(
        record: &ProjectRecord,
        owner: String,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        (stored, cursor): (Seq, LinkCursor),
    ) -> Self {
        let next = record.reserved.max(stored) + 1;
        let outbox = record.outbox.iter().filter(|entry| entry.event.seq > stored).cloned().collect();
        let inner = Inner {
            epoch: record.lease.epoch,
            next,
            unstored: Vec::new(),
            sizes: Vec::new(),
            unstored_bytes: 0,
            cursor: Some(cursor),
            stored,
            recent: VecDeque::new(),
            floor: record.floor,
            grown: u64::MAX / 2,
            live: None,
        };
        let journal = Self {
            project: record.id.clone(),
            store,
            clock,
            owner,
            inner: Mutex::new(inner),
            writing: tokio::sync::Mutex::new(()),
            dirty: Notify::new(),
            closed: watch::Sender::new(false),
        };
        journal.publish(outbox, None);
        journal.inner().next = next;
        journal
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next number; all below were used or never will be.
    pub(crate) fn next(&self) -> Seq {
        self.inner().next
    }

    /// The last number that a reader could have.
    pub(crate) fn last(&self) -> Seq {
        self.inner().next.saturating_sub(1)
    }

    /// The last frame whose events were shown, or are known to be stored.
    pub(crate) fn cursor(&self) -> LinkCursor {
        self.inner().cursor.unwrap_or_default()
    }

    /// All up to here is in the store.
    pub(crate) fn stored(&self) -> Seq {
        self.inner().stored
    }

    /// Shows events, whose seqs continue from [`Self::next`], and has them stored soon. `cursor` is the frame they
    /// came from, if they are not durable already.
    pub(crate) fn publish(&self, entries: Vec<Entry>, cursor: Option<LinkCursor>) {
        self.publish_after(entries, cursor, || {});
    }

    /// As [`Self::publish`], with something that nobody may see without these events, nor the events without it.
    pub(crate) fn publish_after(
        &self,
        entries: Vec<Entry>,
        cursor: Option<LinkCursor>,
        first: impl FnOnce(),
    ) {
        let mut inner = self.inner();
        first();
        for entry in entries {
            let line = Arc::new(line(&entry.event));
            inner.next = entry.event.seq + 1;
            inner.unstored_bytes += line.json.len();
            inner.sizes.push(line.json.len());
            inner.grown += line.json.len() as u64;
            inner.unstored.push(entry);
            inner.recent.push_back(line.clone());
            inner.tell(line);
        }
        inner.cursor = inner.cursor.max(cursor);
        while inner.recent.len() > RECENT && inner.recent.front().is_some_and(|line| line.seq <= inner.stored)
        {
            inner.recent.pop_front();
        }
        drop(inner);
        self.dirty.notify_one();
    }

    /// True while the store lags so far behind that nothing more should be taken in.
    pub(crate) fn crowded(&self) -> bool {
        self.inner().unstored_bytes > UNSTORED
    }

    /// The record was written under this epoch.
    pub(crate) fn owned(&self, epoch: u64) {
        self.inner().epoch = epoch;
    }

    /// Whether a record that has this lease is somebody else's now.
    pub(crate) fn lost_to(&self, lease: &Lease) -> bool {
        lease.owner != self.owner && lease.epoch != self.inner().epoch
    }

    /// Stores all that was shown; gives the frame up to which everything is durable, if any came from frames.
    ///
    /// # Errors
    /// `Conflict` if another server has taken the project over, and the journal with it.
    pub(crate) async fn flush(&self) -> Result<Option<LinkCursor>, StoreError> {
        let _one = self.writing.lock().await;
        let batch = {
            let inner = self.inner();
            Batch::new(inner.unstored.clone(), inner.cursor)
        };
        if batch.entries.is_empty() {
            return Ok(None);
        }
        let stored = match self.store.append(&self.project, &batch).await {
            Ok(()) => batch.last(),
            Err(StoreError::Conflict) => self.overtaken().await?,
            Err(error) => return Err(error),
        };
        let mut inner = self.inner();
        inner.stored = inner.stored.max(stored);
        let done = inner.unstored.iter().take_while(|entry| entry.event.seq <= stored).count();
        inner.unstored.drain(..done);
        inner.sizes.drain(..done);
        inner.unstored_bytes = inner.sizes.iter().sum();
        Ok(batch.cursor.filter(|_| stored >= batch.last()))
    }

    /// Something else is where the next batch should be. Either an append before took effect though its answer was
    /// lost, and more has come since: what is there is not written again. Or another server has sealed it.
    async fn overtaken(&self) -> Result<Seq, StoreError> {
        let record = self.store.load(&self.project).await?;
        if record.is_none_or(|record| self.lost_to(&record.lease)) {
            return Err(StoreError::Conflict);
        }
        Ok(self.store.journal_end(&self.project).await?.0)
    }

    /// True if all is stored and nothing is being written.
    pub(crate) fn quiet(&self) -> bool {
        self.writing.try_lock().is_ok() && self.inner().unstored.is_empty()
    }

    /// Stores in groups until closed; `stored` is told each frame that became durable. False: the project is another
    /// server's now.
    pub(crate) async fn keep_storing(&self, stored: impl Fn(LinkCursor) + Send) -> bool {
        let mut pause = GROUP;
        loop {
            if self.inner().unstored.is_empty() {
                if *self.closed.borrow() {
                    return true;
                }
                self.dirty.notified().await;
                continue;
            }
            let now = self.clock.now();
            self.clock.sleep_until(crate::lifecycle::after(now, pause)).await;
            match self.flush().await {
                Ok(cursor) => {
                    pause = GROUP;
                    cursor.into_iter().for_each(&stored);
                }
                Err(StoreError::Conflict) => return false,
                Err(error) => {
                    tracing::warn!(project.id = %self.project, %error, "the journal cannot be stored; trying again");
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
            }
        }
    }

    /// No more events come: readers end once they have read all.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
        self.dirty.notify_one();
    }

    /// Nothing more is stored: the project is gone, its readers read what is at hand.
    pub(crate) async fn discard(&self) {
        let _one = self.writing.lock().await;
        let mut inner = self.inner();
        inner.unstored.clear();
        inner.sizes.clear();
        inner.unstored_bytes = 0;
        drop(inner);
        self.close();
    }

    /// Where the journal should begin, so that at most `room` bytes are kept, if it should begin later than `from`. The
    /// last batch stays: it says where the journal ends.
    pub(crate) async fn excess(&self, from: Seq, room: u64) -> Result<Option<Seq>, StoreError> {
        if self.inner().grown < room / 8 {
            return Ok(None);
        }
        self.inner().grown = 0;
        let (mut batches, mut after, mut total) = (Vec::new(), from.saturating_sub(1), 0);
        loop {
            let page = self.store.read(&self.project, after, 1024 * 1024).await?;
            for batch in &page.batches {
                let bytes: usize = batch.entries.iter().map(|entry| line(&entry.event).json.len()).sum();
                batches.push((batch.last(), bytes as u64));
                total += bytes as u64;
                after = batch.last();
            }
            if !page.more {
                break;
            }
        }
        let mut floor = None;
        batches.pop();
        for (last, bytes) in batches {
            if total <= room {
                break;
            }
            total -= bytes;
            floor = Some(last + 1);
        }
        Ok(floor)
    }

    /// It may be too long: it is measured at the next occasion.
    pub(crate) fn measure_anew(&self) {
        self.inner().grown = u64::MAX / 2;
    }

    /// Drops what is older than `floor`, which the record says already: who reads it gets a `reset`.
    pub(crate) async fn trim(&self, floor: Seq) -> Result<(), StoreError> {
        self.inner().floor = floor;
        self.store.trim(&self.project, floor).await
    }

    /// How many readers listen.
    pub(crate) fn readers(&self) -> usize {
        self.inner().live.as_ref().map_or(0, broadcast::Sender::receiver_count)
    }

    /// Joins what a turn left in pieces, from its first to its last event.
    pub(crate) async fn compact(&self, first: Seq, last: Seq) -> Result<(), StoreError> {
        /// Joined batches are at most about this big.
        const GROUPED: usize = 512 * 1024;
        let mut after = first.saturating_sub(1);
        while after < last {
            let page = self.store.read(&self.project, after, GROUPED).await?;
            let whole: Vec<Batch> = page.batches.into_iter().filter(|batch| batch.first() > after).collect();
            let Some(end) = whole.last().map(Batch::last) else { return Ok(()) };
            let batches = whole.len();
            let cursor = whole.iter().filter_map(|batch| batch.cursor).max();
            // Under a seal's key lies a seal, which reaches as far as before.
            let sealed = whole.first().and_then(|batch| batch.sealed);
            let mut entries: Vec<Entry> = whole.into_iter().flat_map(|batch| batch.entries).collect();
            let pieces = entries.len();
            // The first stays as it is: its seq is the batch's key.
            let rest = entries.split_off(1);
            entries.extend(join(rest));
            // A quick turn may lie in one batch, in many pieces.
            if batches > 1 || entries.len() < pieces {
                match self.store.compact(&self.project, &Batch { entries, cursor, sealed }).await {
                    // Another server has done it, or has dropped it.
                    Err(StoreError::Conflict) => return Ok(()),
                    done => done?,
                }
            }
            after = end;
        }
        Ok(())
    }
}

/// The line that all readers of an event share.
pub(crate) fn line(event: &Event) -> Line {
    let json = serde_json::to_string(event).unwrap_or_else(|_| "{}".into());
    Line { seq: event.seq, kind: event.body.kind(), turn: event.body.turn_id().cloned(), json: json.into() }
}
