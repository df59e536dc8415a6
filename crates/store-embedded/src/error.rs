use gaggle_core::port::StoreError;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another server has it open.
    #[error(
        "the data directory {path} is in use by another server{}",
        holder.map_or_else(String::new, |pid| format!(" (process {pid})"))
    )]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The process, where it is known.
        holder: Option<u32>,
    },
    /// A newer Gaggle wrote it.
    #[error("{path} was written by a newer version (layout {found}; this one knows up to {known})")]
    Newer {
        /// The file.
        path: PathBuf,
        /// The layout it has.
        found: u32,
        /// The newest layout this build knows.
        known: u32,
    },
    /// A directory or file cannot be made, read or written.
    #[error("cannot open {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file is no store, is damaged, or could not be brought up to date.
    #[error("cannot open {path}: {source}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What redb says.
        source: Box<redb::Error>,
    },
}

/// Why an operation inside a transaction did not happen.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It breaks a rule of the port. Nothing was changed; others in the transaction are fine.
    Refused(StoreError),
    /// The file failed; the transaction is lost.
    Broken(redb::Error),
}

impl Trouble {
    /// What the port's caller gets.
    pub(crate) fn told(self) -> StoreError {
        match self {
            Self::Refused(error) => error,
            Self::Broken(error) => told(&error),
        }
    }
}

impl<E: Into<redb::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

/// A failure of the file in the port's words.
pub(crate) fn told(error: &redb::Error) -> StoreError {
    match error {
        redb::Error::Io(io) if is_full(io) => StoreError::Full(io.to_string()),
        redb::Error::Corrupted(what) => StoreError::Corrupt(what.clone()),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// No space, no quota, or at the limit of a file's size.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// After these redb wants to be closed and opened again.
pub(crate) fn is_poisoned(error: &redb::Error) -> bool {
    use redb::Error::{Backend, DatabaseClosed, Io, LockPoisoned, PreviousIo};
    matches!(error, Io(_) | Backend(_) | PreviousIo | DatabaseClosed | LockPoisoned(_))
}

/// A stored value that is not what it should be.
pub(crate) fn unreadable(what: &str, error: impl std::fmt::Display) -> Trouble {
    Trouble::Refused(StoreError::Corrupt(format!("{what}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_room_is_full_and_the_rest_is_not() {
        for code in [28, 122, 27] {
            let error = redb::Error::Io(io::Error::from_raw_os_error(code));
            assert!(matches!(told(&error), StoreError::Full(_)), "{code}");
        }
        assert!(matches!(
            told(&redb::Error::Io(io::Error::from_raw_os_error(5))),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(told(&redb::Error::PreviousIo), StoreError::Unavailable(_)));
    }
}
