//! One relay per volume: a lock that Goose and all it starts inherit, and a counter raised under it.

use crate::process::{Process, holders};
use gaggle_relay_protocol::ON_NFS;
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
/// How often once that has lasted for as long as [`TRIES`]: nothing tells when a lock is free that somebody
/// may hold for hours.
const SLOW_RETRY: Duration = Duration::from_millis(200);
/// After so many tries (10 s) we give up, unless we are to wait.
const TRIES: u32 = 500;

/// `NFS_SUPER_MAGIC`, statfs(2).
const NFS: u32 = 0x6969;

/// The lock of a volume. It ends with the last process that has inherited it.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    dir: PathBuf,
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
    /// A file system on which neither locks nor Goose's database can be relied on.
    #[error("{path} {ON_NFS}, where neither locks nor goose's database hold: use another storage class")]
    Nfs {
        /// The folder.
        path: PathBuf,
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
    /// Takes the lock of `dir` (which exists). A lock held by what a dead relay left behind is waited for, and
    /// its holders are ended.
    ///
    /// # Errors
    /// A living holder, or a folder that cannot be used.
    pub(crate) async fn acquire(dir: &Path) -> Result<Self, LockError> {
        Self::take(dir, None).await
    }

    /// As [`Lock::acquire`], but waits for as long as another relay holds the lock (a pod's successor, while
    /// the predecessor ends), and tells so once.
    ///
    /// # Errors
    /// A folder that cannot be used, or is on NFS.
    pub(crate) async fn wait(dir: &Path, told: impl FnMut(String) + Send) -> Result<Self, LockError> {
        Self::wait_on(dir, file_system(dir), told).await
    }

    /// On a file system of this type, where it is known.
    async fn wait_on(
        dir: &Path,
        kind: Option<u32>,
        mut told: impl FnMut(String) + Send,
    ) -> Result<Self, LockError> {
        if kind == Some(NFS) {
            return Err(LockError::Nfs { path: dir.to_owned() });
        }
        Self::take(dir, Some(&mut told)).await
    }

    async fn take(dir: &Path, mut told: Option<&mut (dyn FnMut(String) + Send)>) -> Result<Self, LockError> {
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
        let mut tries = 0_u32;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => break,
                Err(Errno::WOULDBLOCK) => {}
                Err(error) => return Err(io(error.into())),
            }
            let owner = owner(&mut file);
            // An owner in another container has a pid that means nothing here: it looks dead, and none of
            // the holders is seen.
            let lives = owner.is_none_or(Process::alive);
            let held = || {
                let holder = owner.map_or_else(|| "(unknown)".into(), |owner| owner.pid.to_string());
                LockError::Held { path: path.clone(), holder }
            };
            match &mut told {
                None if lives || tries >= TRIES => return Err(held()),
                Some(told) if tries == 0 => told(format!("waiting for the project's volume: {}", held())),
                _ => {}
            }
            if !lives && tries >= KILL_AFTER {
                // Whoever has inherited the lock was started by the relay that is dead.
                holders(&file).into_iter().for_each(|leftover| leftover.signal(Signal::KILL));
            }
            tries = tries.saturating_add(1);
            tokio::time::sleep(if tries > TRIES { SLOW_RETRY } else { RETRY }).await;
        }
        let me = Process::current();
        file.set_len(0).and_then(|()| file.rewind()).map_err(io)?;
        writeln!(file, "{} {}", me.pid, me.start).map_err(io)?;
        // The shim, Goose and its tools inherit the descriptor: as long as one of them lives, nobody else
        // can have the volume.
        fcntl_setfd(&file, FdFlags::empty()).map_err(|error| io(error.into()))?;
        Ok(Self { _file: file, dir: dir.to_owned() })
    }

    /// Raises the volume's counter and gives, once that is on the disk, which start of a relay this is, from 1.
    /// It takes the lock, so that only who has it counts; above `met`, so that a volume made anew does not
    /// begin below what the server knows.
    ///
    /// # Errors
    /// The counter cannot be read or written.
    pub(crate) fn incarnation(&self, met: u64) -> Result<u64, LockError> {
        raise(&self.dir, met)
    }
}

/// The type of a folder's file system, where the kernel says it.
#[cfg(target_os = "linux")]
fn file_system(dir: &Path) -> Option<u32> {
    u32::try_from(rustix::fs::statfs(dir).ok()?.f_type).ok()
}

#[cfg(not(target_os = "linux"))]
fn file_system(_dir: &Path) -> Option<u32> {
    None
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
fn raise(dir: &Path, met: u64) -> Result<u64, LockError> {
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
    let next = last.max(met) + 1;
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
        assert_eq!(first.incarnation(0).unwrap(), 1);
        let refused = Lock::acquire(dir.path()).await.unwrap_err();
        assert!(
            matches!(&refused, LockError::Held { holder, .. } if *holder == std::process::id().to_string())
        );
        drop(first);
        let next = Lock::acquire(dir.path()).await.unwrap();
        assert_eq!(next.incarnation(0).unwrap(), 2);
        // Another volume counted higher once.
        assert_eq!(next.incarnation(9).unwrap(), 10);
        assert_eq!(next.incarnation(9).unwrap(), 11);
    }

    #[tokio::test]
    async fn a_successor_waits_says_so_once_and_gets_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::acquire(dir.path()).await.unwrap();
        let first_count = first.incarnation(0).unwrap();
        let (told, mut words) = tokio::sync::mpsc::unbounded_channel();
        let path = dir.path().to_owned();
        let second = tokio::spawn(async move { Lock::wait(&path, |word| drop(told.send(word))).await });
        let word = words.recv().await.unwrap();
        assert!(word.contains("waiting") && word.contains(&std::process::id().to_string()), "{word}");
        drop(first);
        assert_eq!(first_count, 1);
        assert_eq!(second.await.unwrap().unwrap().incarnation(0).unwrap(), 2);
        assert_eq!(words.recv().await, None);
    }

    #[tokio::test]
    async fn nfs_is_refused_in_words_that_are_known_and_nothing_is_left_there() {
        let dir = tempfile::tempdir().unwrap();
        let refused = Lock::wait_on(dir.path(), Some(NFS), |_| ()).await.unwrap_err();
        assert!(matches!(&refused, LockError::Nfs { path } if path == dir.path()), "{refused}");
        assert!(refused.to_string().contains(&format!("{} {ON_NFS}", dir.path().display())), "{refused}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        // ext4, and where nobody knows.
        for kind in [Some(0xef53), None] {
            Lock::wait_on(dir.path(), kind, |_| ()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_broken_counter_is_an_error_and_not_a_new_beginning() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("incarnation"), "x").unwrap();
        let lock = Lock::acquire(dir.path()).await.unwrap();
        assert!(matches!(lock.incarnation(0), Err(LockError::Io { .. })));
    }
}
