use crate::EmbeddedStore;
use crate::shared::Medium;
use redb::{Database, DatabaseError, StorageBackend};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

/// What a disk does with what it is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Mood {
    /// As told.
    #[default]
    Good,
    /// Writing fails: no room.
    Full,
    /// Everything fails.
    Broken,
    /// Syncing fails, once; what was written is there all the same.
    SyncFailsOnce,
}

/// A disk in memory that knows which of its bytes are safe. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    mood: Mood,
    /// What is there once all is written.
    now: Vec<u8>,
    /// What is there after a power loss, whatever happens.
    safe: Vec<u8>,
    /// Since then, in order.
    unsafe_: Vec<Change>,
    syncs: usize,
    /// So many changes and syncs until the power goes.
    left: Option<usize>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

fn change(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(at, data) => {
            let at = *at as usize;
            let end = at + data.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[at..end].copy_from_slice(data);
        }
        Change::Length(length) => bytes.resize(*length as usize, 0),
    }
}

impl Disk {
    pub(super) fn set(&self, mood: Mood) {
        self.state().mood = mood;
    }

    pub(super) fn syncs(&self) -> usize {
        self.state().syncs
    }

    /// The power goes after so many more changes and syncs.
    pub(super) fn power_for(&self, changes: usize) {
        self.state().left = Some(changes);
    }

    /// Whether the power is gone.
    pub(super) fn is_dark(&self) -> bool {
        self.state().left == Some(0)
    }

    /// The disk as it may be after the power went: of what was not safe, what `kept` says about each change.
    pub(super) fn after_power_loss(&self, mut kept: impl FnMut() -> bool) -> Self {
        let state = self.state();
        let mut bytes = state.safe.clone();
        for done in &state.unsafe_ {
            if kept() {
                change(&mut bytes, done);
            }
        }
        Self(Arc::new(Mutex::new(State { now: bytes.clone(), safe: bytes, ..State::default() })))
    }

    /// A store on this disk.
    pub(super) fn store(&self) -> EmbeddedStore {
        EmbeddedStore::start(PathBuf::from("disk"), Box::new(self.clone()), None).unwrap()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn able(&self, writing: bool) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        match state.mood {
            Mood::Broken => return Err(io::Error::from_raw_os_error(5)),
            Mood::Full if writing => return Err(io::Error::from_raw_os_error(28)),
            _ => {}
        }
        match &mut state.left {
            Some(0) => Err(io::Error::other("no power")),
            Some(left) if writing => {
                *left -= 1;
                Ok(state)
            }
            _ => Ok(state),
        }
    }
}

impl Medium for Disk {
    fn open(&self) -> Result<Database, DatabaseError> {
        redb::Builder::new().set_cache_size(1 << 20).create_with_backend(self.clone())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.able(false)?.now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.able(false)?;
        let at = offset as usize;
        let found = state.now.get(at..at + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(found);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.able(true)?;
        change(&mut state.now, &Change::Length(length));
        state.unsafe_.push(Change::Length(length));
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.able(true)?;
        let write = Change::Write(offset, data.to_vec());
        change(&mut state.now, &write);
        state.unsafe_.push(write);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.able(true)?;
        if state.mood == Mood::SyncFailsOnce {
            state.mood = Mood::Good;
            return Err(io::Error::from_raw_os_error(5));
        }
        state.syncs += 1;
        state.safe = state.now.clone();
        state.unsafe_.clear();
        Ok(())
    }
}
