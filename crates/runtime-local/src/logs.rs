//! The agent's log: its end, and what follows, also when the file is rotated.

#[cfg(target_os = "linux")]
#[path = "logs/linux.rs"]
mod watch;
#[cfg(not(target_os = "linux"))]
#[path = "logs/other.rs"]
mod watch;

use crate::layout::Place;
use futures_util::{StreamExt as _, stream};
use gaggle_core::port::LogLines;
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};
use tokio::sync::mpsc;
use watch::Watch;

/// How much of a log is read at most.
const KEPT: u64 = 1024 * 1024;
/// A line longer than this is cut into several.
const LONGEST: usize = 64 * 1024;
/// Lines that wait for a slow reader, before reading stops.
const AHEAD: usize = 256;

/// No lines.
pub(crate) fn none() -> LogLines {
    stream::empty().boxed()
}

/// The last `tail` lines, and no more.
pub(crate) fn end(place: &Place, tail: usize) -> LogLines {
    let mut lines = Lines::default();
    let mut kept = last(&place.log(), tail, &mut lines);
    kept.extend(lines.rest());
    let excess = kept.len().saturating_sub(tail);
    kept.drain(..excess);
    stream::iter(kept).boxed()
}

/// The last `tail` lines, then what comes, until the reader leaves or the project is removed. `exists` returns
/// once there is a folder for logs.
pub(crate) fn follow(
    place: Place,
    tail: usize,
    exists: impl Future<Output = ()> + Send + 'static,
) -> LogLines {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        tokio::select! {
            () = sender.closed() => {}
            () = exists => {
                if let Err(error) = carry(&place, tail, &sender).await {
                    tracing::debug!(log = %place.log().display(), %error, "a log is not followed any more");
                }
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|line| (line, receiver)) })
        .boxed()
}

async fn carry(place: &Place, tail: usize, sender: &mpsc::Sender<String>) -> io::Result<()> {
    // Before anything is read, so that no change is missed in between.
    let mut watch = Watch::new(&place.logs())?;
    let mut lines = Lines::default();
    let mut reader = Reader { path: place.log(), file: None };
    let mut fresh = reader.begin(tail, &mut lines);
    loop {
        for line in fresh {
            if sender.send(line).await.is_err() {
                return Ok(());
            }
        }
        tokio::select! {
            () = sender.closed() => return Ok(()),
            changed = watch.changed() => changed?,
        }
        if !place.logs().is_dir() {
            return Ok(());
        }
        fresh = reader.next(&mut lines)?.into();
    }
}

/// A log that is being followed.
struct Reader {
    path: PathBuf,
    file: Option<File>,
}

impl Reader {
    /// The last lines so far.
    fn begin(&mut self, tail: usize, lines: &mut Lines) -> VecDeque<String> {
        let (kept, file) = last_of(&self.path, tail, lines);
        self.file = file;
        kept
    }

    /// What was added since.
    fn next(&mut self, lines: &mut Lines) -> io::Result<Vec<String>> {
        let mut fresh = Vec::new();
        loop {
            if let Some(file) = &mut self.file {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                lines.add(&bytes, |line| fresh.push(line));
            }
            let now = File::open(&self.path).ok();
            let inode = |file: &File| file.metadata().map(|meta| meta.ino()).ok();
            match (&self.file, now) {
                (Some(old), Some(new)) if inode(old) == inode(&new) => return Ok(fresh),
                (_, None) => return Ok(fresh),
                // Rotated: the old one was read to its end above, unless it was written to since.
                (old, Some(new)) => {
                    if let Some(mut old) = old.as_ref().and_then(|old| old.try_clone().ok()) {
                        let mut bytes = Vec::new();
                        old.read_to_end(&mut bytes)?;
                        lines.add(&bytes, |line| fresh.push(line));
                    }
                    self.file = Some(new);
                }
            }
        }
    }
}

fn last(path: &Path, tail: usize, lines: &mut Lines) -> VecDeque<String> {
    last_of(path, tail, lines).0
}

/// The last lines of the log and the one rotated before it, and the log, read to its end.
fn last_of(path: &Path, tail: usize, lines: &mut Lines) -> (VecDeque<String>, Option<File>) {
    let mut current = File::open(path).ok();
    let rotated = File::open(rotated(path)).ok();
    let inode = |file: &File| file.metadata().map(|meta| meta.ino()).ok();
    let same = current.as_ref().and_then(inode) == rotated.as_ref().and_then(inode);
    let length = |file: &File| file.metadata().map_or(0, |meta| meta.len());
    let room = KEPT.saturating_sub(current.as_ref().map_or(0, length));
    let before = rotated.filter(|_| !same).and_then(|mut file| last_bytes(&mut file, room).ok());
    let now = current.as_mut().and_then(|file| last_bytes(file, KEPT).ok());
    let mut kept = VecDeque::new();
    for bytes in before.into_iter().chain(now) {
        lines.add(&bytes, |line| {
            kept.push_back(line);
            if kept.len() > tail {
                kept.pop_front();
            }
        });
    }
    (kept, current)
}

fn rotated(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

fn last_bytes(file: &mut File, most: u64) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    let skipped = length.saturating_sub(most);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if skipped > 0 {
        // It begins in the middle of a line.
        let cut = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        bytes.drain(..cut);
    }
    Ok(bytes)
}

/// Bytes cut into lines.
#[derive(Debug, Default)]
struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    fn add(&mut self, bytes: &[u8], mut give: impl FnMut(String)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.begun.len() >= LONGEST {
                self.rest().into_iter().for_each(&mut give);
            }
        }
    }

    /// The line that has begun, if there is one.
    fn rest(&mut self) -> Option<String> {
        let bytes = std::mem::take(&mut self.begun);
        let text = String::from_utf8_lossy(&bytes);
        (!bytes.is_empty()).then(|| text.trim_end_matches(['\n', '\r']).to_owned())
    }
}
