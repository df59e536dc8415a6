use crate::record::{Entry, ProjectRecord, TurnRecord};
use async_trait::async_trait;
use gaggle_shared::{InstanceId, Phase, ProjectId, Seq, SessionId, TurnId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use thiserror::Error;

/// Why a store did not do as told. Nothing was changed, except after `Unavailable`, where it is not known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The record is not what was expected: read it again.
    #[error("somebody else wrote first")]
    Conflict,
    /// Another project of this user has this name.
    #[error("the name is taken")]
    NameTaken,
    /// It cannot be reached or does not answer.
    #[error("the store cannot be reached: {0}")]
    Unavailable(String),
    /// No room.
    #[error("the store is full: {0}")]
    Full(String),
    /// What it holds cannot be read.
    #[error("the store holds something unreadable: {0}")]
    Corrupt(String),
}

/// Up to which frame of a relay a record has taken in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkCursor {
    /// Of the relay.
    pub incarnation: u64,
    /// Of the frame.
    pub frame: u64,
}

/// A run of journal entries, stored as one record under the seq of its first entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// In order of seq; never empty, unless it is a seal.
    pub entries: Vec<Entry>,
    /// The last frame whose events are in here or before, if this came from frames.
    pub cursor: Option<LinkCursor>,
    /// It is a seal: it stands for all seqs of this range, and nothing else of them is ever read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
}

/// The seqs that a seal stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The first: the seal's key, which a late batch would have had.
    pub from: Seq,
    /// The last.
    pub to: Seq,
}

impl Batch {
    /// A run of entries.
    pub fn new(entries: Vec<Entry>, cursor: Option<LinkCursor>) -> Self {
        Self { entries, cursor, sealed: None }
    }

    /// The seq of the first entry, or that a seal begins with: its key.
    pub fn first(&self) -> Seq {
        self.sealed.map_or_else(|| self.entries.first().map_or(0, |e| e.event.seq), |sealed| sealed.from)
    }

    /// The seq of the last entry, or that a seal ends with.
    pub fn last(&self) -> Seq {
        let last = self.entries.last().map_or(0, |e| e.event.seq);
        self.sealed.map_or(last, |sealed| sealed.to.max(last))
    }

    /// What a reader gets of it who has read up to `seen`; none: it holds nothing more.
    pub fn after(mut self, seen: Seq) -> Option<Self> {
        if self.first() <= seen {
            self.entries.retain(|entry| entry.event.seq > seen);
            self.sealed = None;
        }
        (!self.entries.is_empty()).then_some(self)
    }
}

/// What a reading of a journal found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JournalPage {
    /// In order of seq, none twice, none empty, all after what was asked for. Batches whose `last()` is at or below
    /// an earlier batch's are skipped: left-overs of a compaction, or what came too late, into sealed seqs.
    pub batches: Vec<Batch>,
    /// True: there are more.
    pub more: bool,
}

/// Which projects. Order: newest first, by `(created_at, id)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectQuery {
    /// Of this user.
    pub user: UserId,
    /// Whose name is this.
    pub name: Option<String>,
    /// In this phase.
    pub phase: Option<Phase>,
    /// Strictly after this one in the order.
    pub after: Option<ProjectId>,
    /// At most so many.
    pub limit: usize,
}

/// Which ended turns. Turn ids sort by time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnQuery {
    /// Of this session only.
    pub session: Option<SessionId>,
    /// Strictly before this one.
    pub before: Option<TurnId>,
    /// Strictly after this one.
    pub after: Option<TurnId>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
    /// At most so many.
    pub limit: usize,
}

/// Where records live. Each method is one atomic operation on one record, so that any document store will do;
/// an acknowledged write survives `kill -9` and power loss. Writes go on if the caller's future is dropped.
#[async_trait]
pub trait Store: Send + Sync + Debug {
    /// This instance's id: the one that is stored, else `proposal`, stored from now on.
    async fn instance(&self, proposal: InstanceId) -> Result<InstanceId, StoreError>;

    /// Small bytes kept under a name for the whole instance: what is stored, else `proposal`, stored from now on.
    /// The first writer wins, also across servers.
    async fn keep(&self, name: &str, proposal: &[u8]) -> Result<Vec<u8>, StoreError>;

    /// All that was given to [`Store::keep`], by name; for moving a store.
    async fn kept(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError>;

    /// Records of all users, tombstones too, ascending by id, after `after`; for moving a store.
    async fn records(
        &self,
        after: Option<&ProjectId>,
        limit: usize,
    ) -> Result<Vec<ProjectRecord>, StoreError>;

    /// Inserts a project's first record (generation 1; that of a moved store as it is).
    ///
    /// # Errors
    /// `Conflict` if the id, or the user's creation key, is there already; `NameTaken`.
    async fn create(&self, record: &ProjectRecord) -> Result<(), StoreError>;

    /// Reads a project's record, tombstones too.
    async fn load(&self, project: &ProjectId) -> Result<Option<ProjectRecord>, StoreError>;

    /// Replaces a record whose generation is one less than the new one's.
    ///
    /// # Errors
    /// `Conflict` if it is not; `NameTaken` if the name has changed to a taken one. A tombstone frees its name.
    async fn replace(&self, record: &ProjectRecord) -> Result<(), StoreError>;

    /// The project that this user created under this idempotency key, tombstones too.
    async fn created_under(&self, user: &UserId, key: &str) -> Result<Option<ProjectRecord>, StoreError>;

    /// Projects of a user, without tombstones.
    async fn list(&self, query: &ProjectQuery) -> Result<Vec<ProjectRecord>, StoreError>;

    /// Ids (ascending, after `after`) of the projects whose record says `unsettled()`: those that need an eye.
    async fn unsettled(&self, after: Option<&ProjectId>, limit: usize) -> Result<Vec<ProjectId>, StoreError>;

    /// Those of these ids that have a record which is no tombstone, in any order. Reads no record: ten thousand are asked
    /// for again and again.
    async fn living(&self, among: &[ProjectId]) -> Result<Vec<ProjectId>, StoreError>;

    /// Forgets a project's record altogether, if its generation is still this one.
    async fn forget(&self, project: &ProjectId, generation: u64) -> Result<(), StoreError>;

    /// Whether several servers may write it at once. Then one that hung may go on after another has taken its
    /// projects over, and journals are sealed.
    fn shared(&self) -> bool;

    /// Adds a batch under its first seq. The same batch again changes nothing.
    ///
    /// # Errors
    /// `Conflict` if there is another under that seq.
    async fn append(&self, project: &ProjectId, batch: &Batch) -> Result<(), StoreError>;

    /// Reads whole batches from the one that holds the first entry after `after`, until `bytes` (about) are reached;
    /// at least one if there is one. Entries at or below `after` are cut off.
    async fn read(&self, project: &ProjectId, after: Seq, bytes: usize) -> Result<JournalPage, StoreError>;

    /// The highest seq and the highest link cursor in the journal.
    async fn journal_end(&self, project: &ProjectId) -> Result<(Seq, LinkCursor), StoreError>;

    /// Puts `batch` in the place of the batches that lie within `batch.first()..=batch.last()`. Where this takes
    /// several writes the new one comes first, so that a crash leaves only left-overs that reading skips.
    ///
    /// # Errors
    /// `Conflict` if there is none under that first seq, or one that reaches further: somebody else has compacted or
    /// dropped it meanwhile.
    async fn compact(&self, project: &ProjectId, batch: &Batch) -> Result<(), StoreError>;

    /// Drops all batches whose last seq is below `before`.
    async fn trim(&self, project: &ProjectId, before: Seq) -> Result<(), StoreError>;

    /// Writes an ended turn; the same again changes nothing.
    ///
    /// This is not conditional on who owns the project, and need not be. Only a turn whose end is in the record is
    /// written, after all its events were stored by the owner of that time: whoever does it, and however late, writes
    /// the same, and nothing changes it afterwards. What comes after its conversation was erased is in no conversation
    /// that anybody can ask for, and goes with the project, which is erased once more before it is forgotten.
    async fn put_turn(&self, turn: &TurnRecord) -> Result<(), StoreError>;

    /// Reads an ended turn.
    async fn turn(&self, project: &ProjectId, turn: &TurnId) -> Result<Option<TurnRecord>, StoreError>;

    /// Reads ended turns.
    async fn turns(&self, project: &ProjectId, query: &TurnQuery) -> Result<Vec<TurnRecord>, StoreError>;

    /// Removes a project's ended turns of one session, or of all, and then also its journal. Repeatable.
    async fn erase(&self, project: &ProjectId, session: Option<&SessionId>) -> Result<(), StoreError>;

    /// Whether it can be read and written now; for `/readyz`.
    async fn check(&self) -> Result<(), StoreError>;
}
