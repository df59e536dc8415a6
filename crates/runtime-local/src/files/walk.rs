use super::ignored::Ignored;
use std::{
    collections::VecDeque,
    fs::{self, DirEntry, ReadDir},
    path::{Path, PathBuf},
    rc::Rc,
};

/// So many entries of a workspace are looked at.
const LOOKED_AT: usize = 50_000;
/// So deep.
const DEPTH: usize = 24;
/// So many bytes are read of what says what to ignore.
const RULES: usize = 1024 * 1024;

/// The files of a workspace, the shallow ones first.
#[derive(Debug)]
pub(super) struct Walk {
    waiting: VecDeque<Folder>,
    open: Option<(Folder, ReadDir)>,
    left: usize,
    rules: usize,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    depth: usize,
    ignored: Option<Rc<Ignored>>,
}

impl Walk {
    pub(super) fn new(workspace: &Path) -> Self {
        let mut walk = Self { waiting: VecDeque::new(), open: None, left: LOOKED_AT, rules: RULES };
        walk.wait(workspace.to_owned(), 0, None);
        walk
    }

    fn wait(&mut self, path: PathBuf, depth: usize, above: Option<Rc<Ignored>>) {
        self.waiting.push_back(Folder { path, depth, ignored: above });
    }

    /// The next entry of the folder that is open, or of the next that can be.
    fn entry(&mut self) -> Option<DirEntry> {
        loop {
            if let Some((_, entries)) = &mut self.open {
                match entries.next() {
                    Some(Ok(entry)) => return Some(entry),
                    Some(Err(_)) => continue,
                    None => {}
                }
            }
            let mut folder = self.waiting.pop_front()?;
            self.open = fs::read_dir(&folder.path).ok().map(|entries| {
                folder.ignored = Ignored::of(&folder.path, folder.ignored.take(), &mut self.rules);
                (folder, entries)
            });
        }
    }
}

impl Iterator for Walk {
    type Item = PathBuf;

    fn next(&mut self) -> Option<PathBuf> {
        while let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            let entry = self.entry()?;
            // Of the entry itself: a link is neither.
            let Ok(kind) = entry.file_type() else { continue };
            if !(kind.is_file() || kind.is_dir()) || entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            let Some((Folder { depth, ignored, .. }, _)) = &self.open else { continue };
            if ignored.as_ref().is_some_and(|ignored| ignored.names(&path, kind.is_dir())) {
                continue;
            }
            if kind.is_file() {
                return Some(path);
            }
            let (depth, above) = (depth + 1, ignored.clone());
            if depth < DEPTH {
                self.wait(path, depth, above);
            }
        }
        None
    }
}
