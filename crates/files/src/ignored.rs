//! What a folder says is to be ignored in it and below.

use crate::rules::Rules;
use rustix::fs::{Mode, OFlags, openat};
use std::{
    fs::File,
    io::{self, Read as _},
    os::fd::BorrowedFd,
    rc::Rc,
};

/// So many bytes of such a file are read.
pub(super) const LONGEST: usize = 64 * 1024;
/// Later ones count more.
const NAMES: [&str; 2] = [".gitignore", ".ignore"];

/// The rules of a folder and of those above it.
#[derive(Debug)]
pub(super) struct Ignored {
    rules: Rules,
    /// Where in a path of the workspace that begins which the folder sees.
    from: usize,
    above: Option<Rc<Self>>,
}

impl Ignored {
    /// Those of this folder; of all of them together at most `room` bytes are read, and taken from it.
    pub(super) fn of(
        folder: BorrowedFd<'_>,
        from: usize,
        above: Option<Rc<Self>>,
        room: &mut usize,
    ) -> Option<Rc<Self>> {
        let mut all = Vec::new();
        for name in NAMES {
            let Ok(text) = read(folder, name, LONGEST.min(*room)) else { continue };
            *room -= text.len();
            all.extend(text);
            all.push(b'\n');
        }
        let rules = Rules::new(all);
        if rules.is_empty() { above } else { Some(Rc::new(Self { rules, from, above })) }
    }

    /// Whether it names this path of the workspace; the nearest folder's word counts.
    pub(super) fn names(&self, path: &str, is_dir: bool) -> bool {
        let seen = path.get(self.from..).unwrap_or_default();
        self.rules
            .ignore(seen, is_dir)
            .unwrap_or_else(|| self.above.as_ref().is_some_and(|above| above.names(path, is_dir)))
    }
}

/// The beginning of a file that lies there itself: of a pipe or a device there may be no end, and of a link nobody knows
/// where it leads.
fn read(folder: BorrowedFd<'_>, name: &str, most: usize) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(openat(folder, name, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = Vec::new();
    file.take(most as u64).read_to_end(&mut text)?;
    Ok(text)
}
