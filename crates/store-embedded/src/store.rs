use crate::batch::Packed;
use crate::error::{OpenError, Trouble};
use crate::head::{Filed, unwritable};
use crate::layout::LAYOUT;
use crate::lock::DirLock;
use crate::op::{Ask, Job, Op};
use crate::shared::{Medium, Shared};
use crate::{disk, migrate, query, writer};
use async_trait::async_trait;
use gaggle_core::port::{Batch, JournalPage, LinkCursor, ProjectQuery, Store, StoreError, TurnQuery};
use gaggle_core::record::{ProjectRecord, TurnRecord};
use gaggle_shared::{InstanceId, ProjectId, Seq, SessionId, TurnId, UserId};
use redb::ReadTransaction;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

/// The longest that anybody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// So many writes may wait.
const QUEUE: usize = 1024;

/// So many read at once for each processor: each reading has a thread, and a thread has memory of its own.
const READERS: usize = 2;

/// A store in one file of a directory.
///
/// Dropping it stores what waits, closes the file and frees the directory.
#[derive(Debug)]
pub struct EmbeddedStore {
    file: PathBuf,
    shared: Arc<Shared>,
    /// Bounded by `places`: every write in it holds one.
    queue: mpsc::UnboundedSender<Ask>,
    places: Arc<Semaphore>,
    readers: Arc<Semaphore>,
    writer: Option<JoinHandle<()>>,
    _lock: Option<DirLock>,
}

impl EmbeddedStore {
    /// Opens the store of a directory, which is made if it is missing. Reads and writes the disk: blocks.
    ///
    /// After a crash the whole file is read, to repair it.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        let file = disk::prepare(dir)?;
        let lock = DirLock::take(dir)?;
        let medium = Box::new(disk::OnDisk(file.clone()));
        Self::start(file, medium, Some(lock))
    }

    pub(crate) fn start(
        file: PathBuf,
        medium: Box<dyn Medium>,
        lock: Option<DirLock>,
    ) -> Result<Self, OpenError> {
        let shared = Shared::new(medium).map_err(|error| match error {
            redb::DatabaseError::DatabaseAlreadyOpen => OpenError::InUse { path: file.clone(), holder: None },
            other => OpenError::Broken { path: file.clone(), source: Box::new(other.into()) },
        })?;
        let migrated = shared.with(|database| Ok(migrate::migrate(database, &file, migrate::STEPS)));
        migrated.map_err(|trouble| OpenError::Io {
            path: file.clone(),
            source: io::Error::other(trouble.told()),
        })??;
        let shared = Arc::new(shared);
        let (queue, asks) = mpsc::unbounded_channel();
        let writer = writer::start(shared.clone(), asks);
        let writer = writer.map_err(|source| OpenError::Io { path: file.clone(), source })?;
        let cpus = thread::available_parallelism().map_or(1, NonZero::get);
        tracing::debug!(file = %file.display(), layout = LAYOUT, "the store is open");
        Ok(Self {
            file,
            shared,
            queue,
            places: Arc::new(Semaphore::new(QUEUE)),
            readers: Arc::new(Semaphore::new(READERS * cpus.max(2))),
            writer: Some(writer),
            _lock: lock,
        })
    }

    /// The bytes that the store takes on the disk.
    ///
    /// # Errors
    /// If the file cannot be looked at.
    pub fn disk_size(&self) -> io::Result<u64> {
        disk::size(&self.file)
    }

    /// Gives a write to the writer, where it goes on even if nobody waits for its answer any more.
    async fn write(&self, op: Op) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        match self.places.clone().try_acquire_owned() {
            Ok(place) => self.ask(Ask::Write(Job { op, answer, _place: place }))?,
            Err(_) => self.wait_for_a_place(op, answer),
        }
        match timeout(PATIENCE, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => {
                Err(StoreError::Unavailable("the writer has ended, or too much waits for it".into()))
            }
            Err(_) => Err(StoreError::Unavailable(format!("no answer within {} s", PATIENCE.as_secs()))),
        }
    }

    /// A write must get to the writer without its caller too. It gives up when the caller does, so what waits here
    /// is bounded by what is asked in that time; and it does not keep the writer from ending.
    fn wait_for_a_place(&self, op: Op, answer: oneshot::Sender<Result<(), StoreError>>) {
        let (places, queue) = (self.places.clone(), self.queue.downgrade());
        tokio::spawn(async move {
            if let Ok(Ok(place)) = timeout(PATIENCE, places.acquire_owned()).await
                && let Some(queue) = queue.upgrade()
            {
                // A writer that has ended drops it, which its caller is told.
                let _ = queue.send(Ask::Write(Job { op, answer, _place: place }));
            }
        });
    }

    /// How many writes wait.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        QUEUE - self.places.available_permits()
    }

    pub(crate) fn ask(&self, ask: Ask) -> Result<(), StoreError> {
        self.queue.send(ask).map_err(|_| StoreError::Unavailable("the writer has ended".into()))
    }

    /// Reads on a thread that may wait for the disk.
    async fn read_with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (shared, readers) = (self.shared.clone(), self.readers.clone());
        let reading = async {
            // An error would mean that it is closed: it never is.
            let reader = readers.acquire_owned().await;
            let read = move || {
                let found = shared.read(work);
                drop(reader);
                found
            };
            tokio::task::spawn_blocking(read).await
        };
        let found = match timeout(PATIENCE, reading).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => Err(StoreError::Unavailable(format!("the reading ended: {error}"))),
            Err(_) => Err(StoreError::Unavailable(format!("no answer within {} s", PATIENCE.as_secs()))),
        };
        if found.is_err() && self.shared.is_failing() {
            // A writer that has ended heals nothing, and the error is told either way.
            let _ = self.ask(Ask::Heal);
        }
        found
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.shared.end();
        // If it has ended already there is nobody to wake.
        let _ = self.ask(Ask::Wake);
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the store's writer has panicked");
        }
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn instance(&self, proposal: InstanceId) -> Result<InstanceId, StoreError> {
        self.write(Op::Instance(proposal)).await?;
        let stored = self.read_with(query::instance).await?;
        stored.ok_or_else(|| StoreError::Corrupt("the instance's id is gone".into()))
    }

    async fn keep(&self, name: &str, proposal: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.write(Op::Keep { name: name.to_owned(), bytes: proposal.to_owned() }).await?;
        let name = name.to_owned();
        let stored = self.read_with(move |at| query::kept_under(at, &name)).await?;
        stored.ok_or_else(|| StoreError::Corrupt("what was kept is gone".into()))
    }

    async fn kept(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.read_with(query::kept).await
    }

    async fn records(
        &self,
        after: Option<&ProjectId>,
        limit: usize,
    ) -> Result<Vec<ProjectRecord>, StoreError> {
        let after = after.cloned();
        self.read_with(move |at| query::records(at, after.as_ref(), limit)).await
    }

    async fn create(&self, record: &ProjectRecord) -> Result<(), StoreError> {
        self.write(Op::Create(Filed::new(record)?)).await
    }

    async fn load(&self, project: &ProjectId) -> Result<Option<ProjectRecord>, StoreError> {
        let project = project.clone();
        self.read_with(move |at| query::project(at, project.as_str())).await
    }

    async fn replace(&self, record: &ProjectRecord) -> Result<(), StoreError> {
        self.write(Op::Replace(Filed::new(record)?)).await
    }

    async fn created_under(&self, user: &UserId, key: &str) -> Result<Option<ProjectRecord>, StoreError> {
        let (user, key) = (user.clone(), key.to_owned());
        self.read_with(move |at| query::created_under(at, &user, &key)).await
    }

    async fn list(&self, query: &ProjectQuery) -> Result<Vec<ProjectRecord>, StoreError> {
        let query = query.clone();
        self.read_with(move |at| query::list(at, &query)).await
    }

    async fn unsettled(&self, after: Option<&ProjectId>, limit: usize) -> Result<Vec<ProjectId>, StoreError> {
        let after = after.cloned();
        self.read_with(move |at| query::unsettled(at, after.as_ref(), limit)).await
    }

    async fn living(&self, among: &[ProjectId]) -> Result<Vec<ProjectId>, StoreError> {
        let among = among.to_vec();
        self.read_with(move |at| query::living(at, among)).await
    }

    async fn forget(&self, project: &ProjectId, generation: u64) -> Result<(), StoreError> {
        self.write(Op::Forget { project: project.clone(), generation }).await
    }

    /// One server has the directory, which is locked.
    fn shared(&self) -> bool {
        false
    }

    async fn append(&self, project: &ProjectId, batch: &Batch) -> Result<(), StoreError> {
        self.write(Op::Append { project: project.clone(), batch: Packed::new(batch)? }).await
    }

    async fn read(&self, project: &ProjectId, after: Seq, bytes: usize) -> Result<JournalPage, StoreError> {
        let project = project.clone();
        self.read_with(move |at| query::journal(at, project.as_str(), after, bytes)).await
    }

    async fn journal_end(&self, project: &ProjectId) -> Result<(Seq, LinkCursor), StoreError> {
        let project = project.clone();
        self.read_with(move |at| query::journal_end(at, project.as_str())).await
    }

    async fn compact(&self, project: &ProjectId, batch: &Batch) -> Result<(), StoreError> {
        self.write(Op::Compact { project: project.clone(), batch: Packed::new(batch)? }).await
    }

    async fn trim(&self, project: &ProjectId, before: Seq) -> Result<(), StoreError> {
        self.write(Op::Trim { project: project.clone(), before }).await
    }

    async fn put_turn(&self, turn: &TurnRecord) -> Result<(), StoreError> {
        let json = serde_json::to_vec(turn).map_err(unwritable)?;
        let (project, session, id) =
            (turn.project.clone(), turn.turn.session_id.clone(), turn.turn.id.clone());
        self.write(Op::Turn { project, session, turn: id, json }).await
    }

    async fn turn(&self, project: &ProjectId, turn: &TurnId) -> Result<Option<TurnRecord>, StoreError> {
        let (project, turn) = (project.clone(), turn.clone());
        self.read_with(move |at| query::turn(at, project.as_str(), &turn)).await
    }

    async fn turns(&self, project: &ProjectId, query: &TurnQuery) -> Result<Vec<TurnRecord>, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.read_with(move |at| query::turns(at, project.as_str(), &query)).await
    }

    async fn erase(&self, project: &ProjectId, session: Option<&SessionId>) -> Result<(), StoreError> {
        self.write(Op::Erase { project: project.clone(), session: session.cloned() }).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.write(Op::Check).await?;
        self.read_with(query::commit).await.map(|_| ())
    }
}
