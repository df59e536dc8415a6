use super::ignored::Ignored;
use rustix::{
    fs::{AtFlags, Dir, FileType, Mode, OFlags, open, openat, statat},
    io,
};
use std::{
    collections::VecDeque,
    os::fd::{AsFd, OwnedFd},
    path::Path,
    rc::Rc,
};

/// So many entries of a workspace are looked at.
const LOOKED_AT: usize = 50_000;
/// So deep.
const DEPTH: usize = 24;
/// So many bytes are read of what says what to ignore.
const RULES: usize = 1024 * 1024;

/// The files of a workspace, the shallow ones first, each as a path in it.
///
/// Folders are opened from the workspace on, name by name, and links are not followed: also one that takes a folder's place
/// meanwhile leads nowhere.
#[derive(Debug)]
pub(super) struct Walk<T> {
    workspace: Option<OwnedFd>,
    waiting: VecDeque<Folder>,
    open: Option<(Folder, Dir)>,
    left: usize,
    rules: usize,
    in_time: T,
}

#[derive(Debug)]
struct Folder {
    /// Ends with a slash, unless it is the workspace.
    path: String,
    depth: usize,
    ignored: Option<Rc<Ignored>>,
}

impl<T: Fn() -> bool> Walk<T> {
    /// It ends when it is not `in_time` any more.
    pub(super) fn new(workspace: &Path, in_time: T) -> Self {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let top = Folder { path: String::new(), depth: 0, ignored: None };
        Self {
            workspace: open(workspace, flags, Mode::empty()).ok(),
            waiting: VecDeque::from([top]),
            open: None,
            left: LOOKED_AT,
            rules: RULES,
            in_time,
        }
    }

    /// The next entry of the folder that is open, or of the next that can be: its path and what it is.
    fn entry(&mut self) -> Option<(String, FileType)> {
        while (self.in_time)() {
            let next = self.open.as_mut().and_then(|(_, entries)| entries.read());
            let (Some(Ok(entry)), Some((folder, entries))) = (next, &self.open) else {
                let folder = self.waiting.pop_front()?;
                self.open = self.enter(folder).ok();
                continue;
            };
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            self.left = self.left.checked_sub(1)?;
            // What is no text cannot be told.
            let Ok(name) = name.to_str() else { continue };
            let mut kind = entry.file_type();
            if kind == FileType::Unknown
                && let Ok(stat) = entries.fd().and_then(|at| statat(at, name, AtFlags::SYMLINK_NOFOLLOW))
            {
                kind = FileType::from_raw_mode(stat.st_mode);
            }
            return Some((format!("{}{name}", folder.path), kind));
        }
        None
    }

    fn enter(&mut self, mut folder: Folder) -> io::Result<(Folder, Dir)> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let workspace = self.workspace.as_ref().ok_or(io::Errno::NOENT)?;
        let mut opened = openat(workspace, ".", flags, Mode::empty())?;
        for name in folder.path.split_terminator('/') {
            opened = openat(&opened, name, flags, Mode::empty())?;
        }
        let from = folder.path.len();
        folder.ignored = Ignored::of(opened.as_fd(), from, folder.ignored.take(), &mut self.rules);
        Ok((folder, Dir::new(opened)?))
    }
}

impl<T: Fn() -> bool> Iterator for Walk<T> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            let (mut path, kind) = self.entry()?;
            let Some((folder, _)) = &self.open else { continue };
            // Of the entry itself: a link is neither.
            let is_dir = kind == FileType::Directory;
            let hidden = path[folder.path.len()..].starts_with('.');
            if hidden || !(is_dir || kind == FileType::RegularFile) || !super::can_be_told(&path) {
                continue;
            }
            if folder.ignored.as_ref().is_some_and(|ignored| ignored.names(&path, is_dir)) {
                continue;
            }
            if !is_dir {
                return Some(path);
            }
            let (depth, ignored) = (folder.depth + 1, folder.ignored.clone());
            if depth < DEPTH {
                path.push('/');
                self.waiting.push_back(Folder { path, depth, ignored });
            }
        }
    }
}
