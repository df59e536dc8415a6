//! One relay per volume: a lock that Goose and all it starts inherit, and a counter raised under it.

use crate::process::{Process, holders};
use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::process::Signal;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a lock whose owner died is tried again while its leftovers end.
const RETRY: Duration = Duration::from_millis(20);
/// After so many tries the leftovers are killed from here; their shim has had 2 s to do it.
const KILL_AFTER: u32 = 100;
/// After so many tries (10 s) we give up.
const TRIES: u32 = 500;

/// The lock of a volume. It ends with the last process that has inherited it.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    /// Which start of a relay on this volume this is, from 1.
    pub incarnation: u64,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another relay, or what one has started, works on the volume.
    #[error("{path} is held by process {holder}: another relay serves this project")]
    Held {
        /// The lock file.
        path: PathBuf,
        /// The pid of who holds it, as far as is known.
        holder: String,
    },
    /// The folder cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

impl Lock {
    /// Takes the lock of `dir` (which exists) and raises its incarnation durably. A lock held by what a
    /// dead relay left behind is waited for, and its holders are ended.
    ///
    /// # Errors
    /// A living holder, or a folder that cannot be used.
    pub(crate) async fn acquire(dir: &Path) -> Result<Self, LockError> {
        let path = dir.join("lock");
        let io = |source| LockError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(io)?;
        let mut tries = 0;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => break,
                Err(Errno::WOULDBLOCK) => {}
                Err(error) => return Err(io(error.into())),
            }
            let owner = owner(&mut file);
            if owner.is_none_or(Process::alive) || tries >= TRIES {
                let holder = owner.map_or_else(|| "(unknown)".into(), |owner| owner.pid.to_string());
                return Err(LockError::Held { path, holder });
            }
            if tries >= KILL_AFTER {
                // Whoever has inherited the lock was started by the relay that is dead.
                holders(&file).into_iter().for_each(|leftover| leftover.signal(Signal::KILL));
            }
            tries += 1;
            tokio::time::sleep(RETRY).await;
        }
        let me = Process::current();
        file.set_len(0).and_then(|()| file.rewind()).map_err(io)?;
        writeln!(file, "{} {}", me.pid, me.start).map_err(io)?;
        // The shim, Goose and its tools inherit the descriptor: as long as one of them lives, nobody else
        // can have the volume.
        fcntl_setfd(&file, FdFlags::empty()).map_err(|error| io(error.into()))?;
        let incarnation = raise(dir)?;
        Ok(Self { _file: file, incarnation })
    }
}

/// Who wrote itself into the lock file last.
fn owner(file: &mut File) -> Option<Process> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    let (pid, start) = text.trim().split_once(' ')?;
    Some(Process { pid: pid.parse().ok()?, start: start.parse().ok()? })
}

/// Reads the counter, adds one, and returns it once that is on the disk.
fn raise(dir: &Path) -> Result<u64, LockError> {
    let path = dir.join("incarnation");
    let io = |source| LockError::Io { path: path.clone(), source };
    let last: u64 = match std::fs::read_to_string(&path) {
        Ok(text) => text
            .trim()
            .parse()
            .map_err(|_| io(std::io::Error::new(std::io::ErrorKind::InvalidData, "not a number")))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(io(error)),
    };
    let next = last + 1;
    replace(&path, format!("{next}\n").as_bytes()).map_err(io)?;
    Ok(next)
}

/// Puts `content` in the place of a file, durably: after a crash it is the old or the new one.
pub(crate) fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_is_refused_and_each_one_counts_higher() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::acquire(dir.path()).await.unwrap();
        assert_eq!(first.incarnation, 1);
        let refused = Lock::acquire(dir.path()).await.unwrap_err();
        assert!(
            matches!(&refused, LockError::Held { holder, .. } if *holder == std::process::id().to_string())
        );
        drop(first);
        assert_eq!(Lock::acquire(dir.path()).await.unwrap().incarnation, 2);
    }

    #[tokio::test]
    async fn a_broken_counter_is_an_error_and_not_a_new_beginning() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("incarnation"), "x").unwrap();
        assert!(matches!(Lock::acquire(dir.path()).await, Err(LockError::Io { .. })));
    }
}
