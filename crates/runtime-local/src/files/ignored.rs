//! What a folder says is to be ignored in it and below.

use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};
use rustix::fs::{Mode, OFlags, open};
use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    rc::Rc,
};

/// So many bytes of such a file are read.
pub(super) const LONGEST: usize = 64 * 1024;
/// Later ones count more.
const NAMES: [&str; 2] = [".gitignore", ".ignore"];

/// The rules of a folder and of those above it.
#[derive(Debug)]
pub(super) struct Ignored {
    rules: Gitignore,
    above: Option<Rc<Self>>,
}

impl Ignored {
    /// Those of this folder; of all of them together at most `room` bytes are read, and taken from it.
    pub(super) fn of(folder: &Path, above: Option<Rc<Self>>, room: &mut usize) -> Option<Rc<Self>> {
        let mut builder = GitignoreBuilder::new(folder);
        for name in NAMES {
            let Ok(text) = read(&folder.join(name), LONGEST.min(*room)) else { continue };
            *room -= text.len();
            for line in String::from_utf8_lossy(&text).lines() {
                // A line that is no rule is none.
                let _ = builder.add_line(None, line);
            }
        }
        match builder.build() {
            Ok(rules) if !rules.is_empty() => Some(Rc::new(Self { rules, above })),
            _ => above,
        }
    }

    /// Whether it names this path; the nearest folder's word counts.
    pub(super) fn names(&self, path: &Path, is_dir: bool) -> bool {
        match self.rules.matched(path, is_dir) {
            Match::Ignore(_) => true,
            Match::Whitelist(_) => false,
            Match::None => self.above.as_ref().is_some_and(|above| above.names(path, is_dir)),
        }
    }
}

/// The beginning of a file that lies there itself: of a pipe or a device there may be no end, and of a link nobody knows
/// where it leads.
fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = Vec::new();
    file.take(most as u64).read_to_end(&mut text)?;
    Ok(text)
}
