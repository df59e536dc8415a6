use crate::error::OpenError;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Held by the one server that has the directory open; the system frees it when the server ends, however it does.
///
/// redb locks its file too, but that lock goes while the file is opened again after a failure.
#[derive(Debug)]
pub struct DirLock {
    _file: File,
}

impl DirLock {
    /// Takes it.
    ///
    /// # Errors
    /// When another server has it, or the file cannot be made.
    pub fn take(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join("gaggle.lock");
        let failed = |source| OpenError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut pid = String::new();
                // Who it is only helps; without it the error is as true.
                let _ = file.read_to_string(&mut pid);
                return Err(OpenError::InUse { path: dir.to_owned(), holder: pid.trim().parse().ok() });
            }
            Err(error) => return Err(failed(error.into())),
        }
        let note = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        if let Err(error) = note {
            tracing::debug!(%error, "the lock file does not say who holds it");
        }
        Ok(Self { _file: file })
    }
}
