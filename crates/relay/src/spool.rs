//! The frames that the server does not have for certain yet: a ring in one file of fixed size, whose room
//! is reserved at the start, so that a workspace that fills the disk loses no conversation.
//!
//! The spool lives as long as its incarnation (frames are numbered from 1 in each), so it needs no fsync:
//! what it must survive is the server's end, not the machine's.

use rustix::fs::{FallocateFlags, fallocate};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// The newest frames are also kept in memory, so that a reader who keeps up never touches the file.
const CACHE: usize = 256 * 1024;

/// What may use how much of the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Live tool output: three quarters.
    Live,
    /// Messages of Goose: all but the reserve.
    Message,
    /// The relay's own notes: all.
    Note,
}

/// There is no room for this frame, or the disk refused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// Where a reader stands: the frame it wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    n: u64,
    at: u64,
}

/// The numbered frames from `first` to `last`.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    cap: u64,
    /// Bytes ever dropped and ever written; a byte's place in the file is its position modulo `cap`.
    head: u64,
    tail: u64,
    first: u64,
    sizes: VecDeque<u32>,
    cache: VecDeque<Utf8Bytes>,
    cached: usize,
}

impl Spool {
    /// An empty spool in `path`, with `cap` bytes reserved where the file system can.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(crate) fn create(path: &Path, cap: u64) -> std::io::Result<Self> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
        // Without it (an odd file system, too little room) the cap holds all the same and a write that
        // fails counts as full.
        let _ = fallocate(&file, FallocateFlags::empty(), 0, cap);
        let (sizes, cache) = (VecDeque::new(), VecDeque::new());
        Ok(Self { file, cap: cap.max(1), head: 0, tail: 0, first: 1, sizes, cache, cached: 0 })
    }

    /// The first frame that is kept, or `last + 1`.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The last frame that was numbered; 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.first + self.sizes.len() as u64 - 1
    }

    /// Bytes in use.
    pub(crate) fn used(&self) -> u64 {
        self.tail - self.head
    }

    /// Bytes that `class` may still write.
    pub(crate) fn room(&self, class: Class) -> u64 {
        let limit = match class {
            Class::Live => self.cap / 4 * 3,
            Class::Message => self.cap - (self.cap / 8).min(128 * 1024),
            Class::Note => self.cap,
        };
        limit.saturating_sub(self.used())
    }

    /// Keeps the text of frame `last + 1`.
    ///
    /// # Errors
    /// No room; nothing was kept and the number is free still.
    pub(crate) fn append(&mut self, class: Class, text: String) -> Result<(), Full> {
        let size = u32::try_from(text.len()).map_err(|_| Full)?;
        if u64::from(size) > self.room(class) {
            return Err(Full);
        }
        let at = self.tail % self.cap;
        let (now, wrapped) = text.as_bytes().split_at(text.len().min((self.cap - at) as usize));
        self.file
            .write_all_at(now, at)
            .and_then(|()| self.file.write_all_at(wrapped, 0))
            .map_err(|_| Full)?;
        self.tail += u64::from(size);
        self.sizes.push_back(size);
        self.cached += text.len();
        self.cache.push_back(text.into());
        while self.cached > CACHE {
            self.cached -= self.cache.pop_front().map_or(self.cached, |old| old.len());
        }
        Ok(())
    }

    /// Drops all frames up to `n`.
    pub(crate) fn ack(&mut self, n: u64) {
        while self.first <= n
            && let Some(size) = self.sizes.pop_front()
        {
            self.head += u64::from(size);
            self.first += 1;
        }
        while self.cache.len() > self.sizes.len() {
            self.cached -= self.cache.pop_front().map_or(0, |old| old.len());
        }
        if self.sizes.is_empty() {
            // Begin at the file's start again, so that a quiet project touches few of its blocks.
            let waste = self.tail % self.cap;
            self.tail += (self.cap - waste) % self.cap;
            self.head = self.tail;
            self.sizes.shrink_to(1024);
        }
    }

    /// A reader that has all up to `received`; what is not kept any more is skipped.
    pub(crate) fn after(&self, received: u64) -> Cursor {
        let n = (received + 1).clamp(self.first, self.last() + 1);
        let before = (n - self.first) as usize;
        Cursor { n, at: self.head + self.sizes.iter().take(before).map(|size| u64::from(*size)).sum::<u64>() }
    }

    /// The text of the frame that `cursor` wants, and moves it on; nothing if there is none yet.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn next(&self, cursor: &mut Cursor) -> std::io::Result<Option<Utf8Bytes>> {
        if cursor.n < self.first || (cursor.n == self.first && cursor.at != self.head) {
            *cursor = Cursor { n: self.first, at: self.head };
        }
        let index = (cursor.n - self.first) as usize;
        let Some(size) = self.sizes.get(index) else { return Ok(None) };
        let uncached = self.sizes.len() - self.cache.len();
        let text = match index.checked_sub(uncached).and_then(|i| self.cache.get(i)) {
            Some(text) => text.clone(),
            None => self.read(cursor.at, *size as usize)?,
        };
        *cursor = Cursor { n: cursor.n + 1, at: cursor.at + u64::from(*size) };
        Ok(Some(text))
    }

    fn read(&self, at: u64, size: usize) -> std::io::Result<Utf8Bytes> {
        let mut bytes = vec![0; size];
        let at = at % self.cap;
        let (now, wrapped) = bytes.split_at_mut(size.min((self.cap - at) as usize));
        self.file.read_exact_at(now, at)?;
        self.file.read_exact_at(wrapped, 0)?;
        let text = String::from_utf8(bytes).map_err(std::io::Error::other)?;
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests;
