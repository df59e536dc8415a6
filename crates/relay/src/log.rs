//! The log file of Goose and its relay: two files of 1 MiB at most, and the last lines in memory.

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Size at which the file becomes `<name>.1`.
const ROTATE_AT: u64 = 1024 * 1024;
/// How much of Goose's output is kept for an exit's message.
const TAIL: usize = 4096;

/// Where lines go. Failing to write never stops the relay.
#[derive(Debug)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: Option<File>,
    size: u64,
    tail: VecDeque<u8>,
    /// Standard output, where it is wanted.
    copy: Option<std::io::Stdout>,
}

impl Log {
    /// Appends to `path`, which is made with mode 0600, and with `copy` to standard output too.
    pub(crate) fn open(path: &Path, copy: bool) -> Self {
        let file = append(path);
        let size = file.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |meta| meta.len());
        let copy = copy.then(never_waiting);
        Self { inner: Mutex::new(Inner { path: path.to_owned(), file, size, tail: VecDeque::new(), copy }) }
    }

    /// A line of the relay's own.
    pub(crate) fn line(&self, text: impl std::fmt::Display) {
        self.lock().write(format!("relay: {text}\n").as_bytes());
    }

    /// Goose's output, as it came.
    pub(crate) fn output(&self, bytes: &[u8]) {
        let mut inner = self.lock();
        inner.write(bytes);
        inner.tail.extend(&bytes[bytes.len().saturating_sub(TAIL)..]);
        let excess = inner.tail.len().saturating_sub(TAIL);
        inner.tail.drain(..excess);
    }

    /// Goose's last lines (at most 4 KiB, whole lines where possible); they are forgotten then, so that the
    /// next start's are its own.
    pub(crate) fn take_tail(&self) -> String {
        let bytes: Vec<u8> = std::mem::take(&mut self.lock().tail).into();
        let full = bytes.len() == TAIL;
        let text = String::from_utf8_lossy(&bytes);
        match text.find('\n') {
            Some(end) if full && end + 1 < text.len() => text[end + 1..].to_owned(),
            _ => text.into_owned(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(copy) = &mut self.copy {
            drop(copy.write_all(bytes).and_then(|()| copy.flush()));
        }
        if self.size > 0 && self.size + bytes.len() as u64 > ROTATE_AT {
            let mut old = self.path.clone().into_os_string();
            old.push(".1");
            drop(std::fs::rename(&self.path, old));
            self.file = append(&self.path);
            self.size = 0;
        }
        if let Some(file) = &mut self.file
            && file.write_all(bytes).is_ok()
        {
            self.size += bytes.len() as u64;
        }
    }
}

/// Standard output that would rather lose a line than wait for whoever reads it.
fn never_waiting() -> std::io::Stdout {
    let out = std::io::stdout();
    // Where it cannot be had (a closed one), writing fails too.
    let _ = fcntl_getfl(&out).and_then(|flags| fcntl_setfl(&out, flags | OFlags::NONBLOCK));
    out
}

fn append(path: &Path) -> Option<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_are_all_there_ever_is_and_the_tail_is_whole_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.log");
        let log = Log::open(&path, false);
        for i in 0..60_000 {
            log.output(format!("line {i} of a long log that is longer than is kept\n").as_bytes());
        }
        let size = |name: &str| std::fs::metadata(dir.path().join(name)).unwrap().len();
        assert!(size("agent.log") <= ROTATE_AT && size("agent.log.1") <= ROTATE_AT);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
        let tail = log.take_tail();
        assert!(tail.len() <= TAIL && tail.starts_with("line ") && tail.contains("line 59999 "));
        assert_eq!(log.take_tail(), "");
    }
}
