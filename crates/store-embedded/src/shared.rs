use crate::error::{Trouble, is_poisoned, told};
use gaggle_core::port::StoreError;
use redb::{Database, DatabaseError, ReadTransaction, ReadableDatabase};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, TryLockError};

/// What the store's file lies on.
pub(crate) trait Medium: Send + Sync + fmt::Debug {
    /// Opens the file; called again after a failure of the file.
    fn open(&self) -> Result<Database, DatabaseError>;
}

/// The open file, shared by readers and the writer.
pub(crate) struct Shared {
    medium: Box<dyn Medium>,
    /// None: it failed and could not be opened again yet.
    database: RwLock<Option<Database>>,
    failing: AtomicBool,
    ending: AtomicBool,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("failing", &self.failing).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(medium: Box<dyn Medium>) -> Result<Self, DatabaseError> {
        let database = RwLock::new(Some(medium.open()?));
        Ok(Self { medium, database, failing: AtomicBool::new(false), ending: AtomicBool::new(false) })
    }

    /// Whether the file has failed since it was last opened.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Acquire)
    }

    /// Tells the writer to end once nothing waits.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Release);
    }

    /// Whether the writer shall end once nothing waits.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    /// Runs this on the last committed state. Waits for nobody.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        let held = match self.database.try_read() {
            Ok(held) => held,
            Err(TryLockError::Poisoned(held)) => held.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(reopening()),
        };
        let database = held.as_ref().ok_or_else(reopening)?;
        let found = database.begin_read().map_err(Trouble::from).and_then(|at| work(&at));
        found.map_err(|trouble| self.note(trouble).told())
    }

    /// Runs this on the open file; for the writer.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let held = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = held.as_ref().ok_or_else(|| Trouble::Refused(reopening()))?;
        work(database).map_err(|trouble| self.note(trouble))
    }

    /// Closes the file and opens it again. Until that works every operation is told that it does not.
    pub(crate) fn reopen(&self) -> Result<(), StoreError> {
        let mut held = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // Closed first: redb locks the file.
        drop(held.take());
        match self.medium.open() {
            Ok(database) => {
                *held = Some(database);
                self.failing.store(false, Ordering::Release);
                tracing::info!("the store's file is open again");
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "the store's file cannot be opened again");
                Err(told(&error.into()))
            }
        }
    }

    fn note(&self, trouble: Trouble) -> Trouble {
        if matches!(&trouble, Trouble::Broken(error) if is_poisoned(error)) {
            self.failing.store(true, Ordering::Release);
        }
        trouble
    }
}

fn reopening() -> StoreError {
    StoreError::Unavailable("its file failed and is being opened again".into())
}
