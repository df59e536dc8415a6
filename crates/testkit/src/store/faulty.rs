use async_trait::async_trait;
use gaggle_core::port::{Batch, JournalPage, LinkCursor, ProjectQuery, Store, StoreError, TurnQuery};
use gaggle_core::record::{ProjectRecord, TurnRecord};
use gaggle_shared::{InstanceId, ProjectId, Seq, SessionId, TurnId, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What happens to one write; the caller gets `Unavailable` either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not reach the store.
    Before,
    /// It takes effect, but the answer is lost.
    After,
}

/// A write that was asked for, in the order they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The instance's id.
    Instance,
    /// Bytes under a name.
    Keep(String),
    /// A first record.
    Create(ProjectId),
    /// A record with its new generation.
    Replace(ProjectId, u64),
    /// The end of a record.
    Forget(ProjectId),
    /// A batch with its first and last seq.
    Append(ProjectId, Seq, Seq),
    /// A batch over others.
    Compact(ProjectId, Seq, Seq),
    /// All below a seq.
    Trim(ProjectId, Seq),
    /// An ended turn.
    Turn(ProjectId, TurnId),
    /// The turns of one session, or everything.
    Erase(ProjectId, Option<SessionId>),
}

impl Written {
    /// The port's method.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Keep(..) => "keep",
            Self::Create(..) => "create",
            Self::Replace(..) => "replace",
            Self::Forget(..) => "forget",
            Self::Append(..) => "append",
            Self::Compact(..) => "compact",
            Self::Trim(..) => "trim",
            Self::Turn(..) => "put_turn",
            Self::Erase(..) => "erase",
        }
    }
}

/// Told of every write: the how manieth it is, what it is, and whether it was done.
type Watch = dyn Fn(usize, &Written, Moment) + Send + Sync;

/// When a write is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It does not reach the store before the watcher has returned.
    Before,
    /// The store has done it; nobody knows before the watcher has returned.
    After,
}

/// A store that breaks on command, over a real one. Writes count from 1.
pub struct FaultyStore<S> {
    inner: S,
    watch: Option<Box<Watch>>,
    script: Mutex<Script>,
    count: watch::Sender<usize>,
    writing: Gate,
    reading: Gate,
}

/// Where calls may be made to wait.
#[derive(Debug, Default)]
struct Gate(watch::Sender<Held>);

#[derive(Debug, Default)]
struct Held {
    closed: bool,
    waiting: usize,
}

impl Gate {
    fn close(&self, closed: bool) {
        self.0.send_modify(|held| held.closed = closed);
    }

    /// Waits here until the gate is open.
    async fn pass(&self) {
        let waits = self.0.send_if_modified(|held| {
            held.waiting += usize::from(held.closed);
            held.closed
        });
        if waits {
            // The sender lives in `self`.
            let _ = self.0.subscribe().wait_for(|held| !held.closed).await;
            self.0.send_modify(|held| held.waiting -= 1);
        }
    }

    /// Returns once somebody waits here.
    async fn met(&self) {
        let _ = self.0.subscribe().wait_for(|held| held.waiting > 0).await;
    }
}

#[derive(Debug, Default)]
struct Script {
    writes: Vec<Written>,
    faults: BTreeMap<usize, Fault>,
    last: Option<usize>,
    full: bool,
    down: bool,
    broken: BTreeSet<ProjectId>,
}

impl<S: Store> FaultyStore<S> {
    /// One that does as `inner` does until told otherwise.
    pub fn new(inner: S) -> Self {
        let (writing, reading) = (Gate::default(), Gate::default());
        Self { inner, watch: None, script: Mutex::default(), count: watch::Sender::new(0), writing, reading }
    }

    /// The same, with somebody who is told before and after each write.
    #[must_use]
    pub fn watched(self, watch: impl Fn(usize, &Written, Moment) + Send + Sync + 'static) -> Self {
        Self { watch: Some(Box::new(watch)), ..self }
    }

    /// The store below.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Breaks the `nth` write counted from the first ever.
    pub fn fail(&self, nth: usize, fault: Fault) {
        self.script().faults.insert(nth, fault);
    }

    /// This project's record cannot be read, or can again.
    pub fn break_record(&self, project: &ProjectId, broken: bool) {
        let all = &mut self.script().broken;
        if broken {
            all.insert(project.clone());
        } else {
            all.remove(project);
        }
    }

    /// Breaks the next write.
    pub fn fail_next(&self, fault: Fault) {
        let mut script = self.script();
        let next = script.writes.len() + 1;
        script.faults.insert(next, fault);
    }

    /// The server dies after the `k`-th write: that one takes effect, and nothing after it is written or read.
    pub fn die_after(&self, k: usize) {
        self.script().last = Some(k);
    }

    /// While set, every write ends as `Full` and does nothing. Such a write is counted too.
    pub fn set_full(&self, full: bool) {
        self.script().full = full;
    }

    /// While set, nothing is written or read: `Unavailable`. Such a write is counted too.
    pub fn set_down(&self, down: bool) {
        self.script().down = down;
    }

    /// From now on writes wait before they reach the store, until [`FaultyStore::release`].
    pub fn hold_writes(&self) {
        self.writing.close(true);
    }

    /// From now on what is read of a journal is given only after [`FaultyStore::release`].
    pub fn hold_reads(&self) {
        self.reading.close(true);
    }

    /// Returns once a write waits.
    pub async fn writes_wait(&self) {
        self.writing.met().await;
    }

    /// Returns once a journal was read and its reader waits.
    pub async fn reads_wait(&self) {
        self.reading.met().await;
    }

    /// All that waits goes on.
    pub fn release(&self) {
        self.writing.close(false);
        self.reading.close(false);
    }

    /// The writes so far, those that broke included. (`check` is not one.)
    pub fn writes(&self) -> Vec<Written> {
        self.script().writes.clone()
    }

    /// Waits until so many writes have been asked for and answered.
    pub async fn reached(&self, writes: usize) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.count.subscribe().wait_for(|count| *count >= writes).await;
    }

    fn tell(&self, n: usize, what: &Written, moment: Moment) {
        if let Some(watch) = &self.watch {
            watch(n, what, moment);
        }
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn readable(&self) -> Result<(), StoreError> {
        let script = self.script();
        match script.last {
            _ if script.down => Err(down()),
            Some(last) if script.writes.len() >= last => Err(down()),
            _ => Ok(()),
        }
    }

    async fn write<T>(
        &self,
        what: Written,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.writing.pass().await;
        let (n, fault) = {
            let mut script = self.script();
            script.writes.push(what.clone());
            let n = script.writes.len();
            let fault = match script.faults.remove(&n) {
                _ if script.down || script.last.is_some_and(|last| n > last) => Err(down()),
                _ if script.full => Err(StoreError::Full("told to be full".into())),
                Some(Fault::Before) => Err(down()),
                fault => Ok(fault),
            };
            (n, fault)
        };
        self.tell(n, &what, Moment::Before);
        let answer = match fault {
            Err(error) => Err(error),
            Ok(Some(_)) => work.await.and(Err(down())),
            Ok(None) => work.await,
        };
        self.tell(n, &what, Moment::After);
        self.count.send_modify(|count| *count += 1);
        answer
    }
}

impl<S: Debug> Debug for FaultyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore").field("inner", &self.inner).finish_non_exhaustive()
    }
}

fn down() -> StoreError {
    StoreError::Unavailable("told to be away".into())
}

#[async_trait]
impl<S: Store> Store for FaultyStore<S> {
    async fn instance(&self, proposal: InstanceId) -> Result<InstanceId, StoreError> {
        self.write(Written::Instance, self.inner.instance(proposal)).await
    }

    async fn keep(&self, name: &str, proposal: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.write(Written::Keep(name.to_owned()), self.inner.keep(name, proposal)).await
    }

    async fn kept(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.readable()?;
        self.inner.kept().await
    }

    async fn records(
        &self,
        after: Option<&ProjectId>,
        limit: usize,
    ) -> Result<Vec<ProjectRecord>, StoreError> {
        self.readable()?;
        self.inner.records(after, limit).await
    }

    async fn create(&self, record: &ProjectRecord) -> Result<(), StoreError> {
        self.write(Written::Create(record.id.clone()), self.inner.create(record)).await
    }

    async fn load(&self, project: &ProjectId) -> Result<Option<ProjectRecord>, StoreError> {
        self.readable()?;
        if self.script().broken.contains(project) {
            return Err(StoreError::Corrupt("as the test wants it".into()));
        }
        self.inner.load(project).await
    }

    async fn replace(&self, record: &ProjectRecord) -> Result<(), StoreError> {
        let what = Written::Replace(record.id.clone(), record.generation);
        self.write(what, self.inner.replace(record)).await
    }

    async fn created_under(&self, user: &UserId, key: &str) -> Result<Option<ProjectRecord>, StoreError> {
        self.readable()?;
        self.inner.created_under(user, key).await
    }

    async fn list(&self, query: &ProjectQuery) -> Result<Vec<ProjectRecord>, StoreError> {
        self.readable()?;
        self.inner.list(query).await
    }

    async fn unsettled(&self, after: Option<&ProjectId>, limit: usize) -> Result<Vec<ProjectId>, StoreError> {
        self.readable()?;
        self.inner.unsettled(after, limit).await
    }

    async fn living(&self, among: &[ProjectId]) -> Result<Vec<ProjectId>, StoreError> {
        self.readable()?;
        self.inner.living(among).await
    }

    async fn forget(&self, project: &ProjectId, generation: u64) -> Result<(), StoreError> {
        self.write(Written::Forget(project.clone()), self.inner.forget(project, generation)).await
    }

    fn shared(&self) -> bool {
        self.inner.shared()
    }

    async fn append(&self, project: &ProjectId, batch: &Batch) -> Result<(), StoreError> {
        let what = Written::Append(project.clone(), batch.first(), batch.last());
        self.write(what, self.inner.append(project, batch)).await
    }

    async fn read(&self, project: &ProjectId, after: Seq, bytes: usize) -> Result<JournalPage, StoreError> {
        self.readable()?;
        let page = self.inner.read(project, after, bytes).await;
        self.reading.pass().await;
        page
    }

    async fn journal_end(&self, project: &ProjectId) -> Result<(Seq, LinkCursor), StoreError> {
        self.readable()?;
        self.inner.journal_end(project).await
    }

    async fn compact(&self, project: &ProjectId, batch: &Batch) -> Result<(), StoreError> {
        let what = Written::Compact(project.clone(), batch.first(), batch.last());
        self.write(what, self.inner.compact(project, batch)).await
    }

    async fn trim(&self, project: &ProjectId, before: Seq) -> Result<(), StoreError> {
        self.write(Written::Trim(project.clone(), before), self.inner.trim(project, before)).await
    }

    async fn put_turn(&self, turn: &TurnRecord) -> Result<(), StoreError> {
        let what = Written::Turn(turn.project.clone(), turn.turn.id.clone());
        self.write(what, self.inner.put_turn(turn)).await
    }

    async fn turn(&self, project: &ProjectId, turn: &TurnId) -> Result<Option<TurnRecord>, StoreError> {
        self.readable()?;
        self.inner.turn(project, turn).await
    }

    async fn turns(&self, project: &ProjectId, query: &TurnQuery) -> Result<Vec<TurnRecord>, StoreError> {
        self.readable()?;
        self.inner.turns(project, query).await
    }

    async fn erase(&self, project: &ProjectId, session: Option<&SessionId>) -> Result<(), StoreError> {
        self.write(Written::Erase(project.clone(), session.cloned()), self.inner.erase(project, session))
            .await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.readable()?;
        if self.script().full {
            return Err(StoreError::Full("told to be full".into()));
        }
        self.inner.check().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MemoryStore, sample};

    #[tokio::test]
    async fn writes_break_before_or_after_their_effect() {
        let store = FaultyStore::new(MemoryStore::new());
        store.fail(1, Fault::Before);
        store.fail(3, Fault::After);
        let record = sample::project(1);
        assert_eq!(store.create(&record).await, Err(down()));
        assert_eq!(store.load(&record.id).await, Ok(None));
        assert_eq!(store.create(&record).await, Ok(()));
        let next = sample::next(&record);
        assert_eq!(store.replace(&next).await, Err(down()));
        assert_eq!(store.load(&record.id).await, Ok(Some(next)));
        let id = record.id.clone();
        assert_eq!(
            store.writes(),
            [Written::Create(id.clone()), Written::Create(id.clone()), Written::Replace(id, 2)]
        );
    }

    #[tokio::test]
    async fn a_dead_server_neither_writes_nor_reads() {
        let memory = MemoryStore::new();
        let store = FaultyStore::new(memory.clone());
        store.die_after(1);
        let (one, two) = (sample::project(1), sample::project(2));
        assert_eq!(store.create(&one).await, Ok(()));
        assert_eq!(store.load(&one.id).await, Err(down()));
        assert_eq!(store.create(&two).await, Err(down()));
        assert_eq!(memory.load(&one.id).await, Ok(Some(one)));
        assert_eq!(memory.load(&two.id).await, Ok(None));
    }

    #[tokio::test]
    async fn full_heals_and_refused_writes_answer_as_the_store_does() {
        let store = FaultyStore::new(MemoryStore::new());
        let record = sample::project(1);
        store.set_full(true);
        assert!(matches!(store.create(&record).await, Err(StoreError::Full(_))));
        assert!(matches!(store.check().await, Err(StoreError::Full(_))));
        store.set_full(false);
        assert_eq!(store.create(&record).await, Ok(()));
        store.fail_next(Fault::After);
        assert_eq!(store.create(&record).await, Err(StoreError::Conflict));
        store.reached(3).await;
    }

    #[tokio::test]
    async fn a_held_write_has_no_effect_until_it_is_released() {
        let memory = MemoryStore::new();
        let store = std::sync::Arc::new(FaultyStore::new(memory.clone()));
        store.hold_writes();
        let record = sample::project(1);
        let writing = tokio::spawn({
            let (store, record) = (store.clone(), record.clone());
            async move { store.create(&record).await }
        });
        store.writes_wait().await;
        assert_eq!(memory.load(&record.id).await, Ok(None));
        store.release();
        assert_eq!(writing.await.unwrap(), Ok(()));
        assert_eq!(memory.load(&record.id).await, Ok(Some(record)));
    }
}
