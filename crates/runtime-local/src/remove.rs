//! Removes a project's folder.

use crate::layout::{Layout, private, sync};
use gaggle_shared::ProjectId;
use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

/// Moves the folder to the trash, at once and durably, and empties that. True if there was one, or what was left of
/// one. A folder of another instance is left alone.
pub(crate) fn folder(layout: &Layout, project: &ProjectId) -> io::Result<bool> {
    let place = layout.place(project);
    if layout.is_ours(&place) {
        private(&layout.trash())?;
        let name = |n: u32| layout.trash().join(format!("{project}.{n}"));
        let free = (0..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(u32::MAX));
        fs::rename(&place.root, free)?;
        sync(&layout.trash())?;
        sync(&layout.projects())?;
    }
    let trashed = layout.trashed(project)?;
    for path in &trashed {
        whole(path)?;
    }
    Ok(!trashed.is_empty())
}

/// Whose folder it is stays readable until all else is gone, so that a crash in between leaves nothing unknown.
fn whole(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name == "instance") {
            continue;
        }
        if !path.is_symlink() && path.is_dir() { tree(&path)? } else { fs::remove_file(&path)? }
    }
    fs::remove_dir_all(root)
}

/// Also what an agent has made unwritable, as package managers do with their caches.
fn tree(root: &Path) -> io::Result<()> {
    match fs::remove_dir_all(root) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            open_up(root)?;
            fs::remove_dir_all(root)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn open_up(dir: &Path) -> io::Result<()> {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}
