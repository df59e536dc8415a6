use crate::error::OpenError;
use crate::shared::Medium;
use redb::{Database, DatabaseError};
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// redb's cache. Small: the system caches the file as well, and ten thousand projects shall not cost memory.
const CACHE: usize = 4 * 1024 * 1024;

/// The name of the file in its directory.
const FILE: &str = "gaggle.redb";

/// Makes the directory (0700) and the file (0600) where they are missing, and closes them to others where not.
pub(crate) fn prepare(dir: &Path) -> Result<PathBuf, OpenError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Io { path, source }
    };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed(dir))?;
    close_to_others(dir, 0o700).map_err(failed(dir))?;
    let file = dir.join(FILE);
    let made = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&file);
    made.map_err(failed(&file))?;
    close_to_others(&file, 0o600).map_err(failed(&file))?;
    // A new name is as durable as its directory.
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed(dir))?;
    Ok(file)
}

fn close_to_others(path: &Path, mode: u32) -> io::Result<()> {
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    match fs::set_permissions(path, Permissions::from_mode(mode)) {
        // A mounted volume may belong to somebody else; then whoever mounted it decides who may read.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            tracing::warn!(path = %path.display(), "others may read it, and it is not ours to change that");
            Ok(())
        }
        done => done,
    }
}

/// A file on a real disk.
#[derive(Debug)]
pub(crate) struct OnDisk(pub(crate) PathBuf);

impl Medium for OnDisk {
    /// Opens the file, or makes a store of an empty one. After a crash or a failure this repairs it, which reads
    /// all of it, and works on a full disk.
    fn open(&self) -> Result<Database, DatabaseError> {
        let shown = self.0.display().to_string();
        redb::Builder::new()
            .set_cache_size(CACHE)
            .set_repair_callback(move |session| {
                tracing::info!(
                    file = shown,
                    progress = session.progress(),
                    "the last end was no clean one: repairing"
                );
            })
            .create(&self.0)
    }
}

/// The bytes that the file takes on the disk.
pub(crate) fn size(file: &Path) -> io::Result<u64> {
    Ok(fs::metadata(file)?.blocks() * 512)
}
