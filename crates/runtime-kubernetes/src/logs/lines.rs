//! Lines as the kubelet gives them: each begins with the time of its writing.

use super::KEPT;
use futures_util::{Stream, StreamExt as _};
use std::{
    collections::{HashSet, VecDeque},
    pin::pin,
    time::Duration,
};
use tokio::time::timeout;

/// A line longer than this is cut into several.
const LONGEST: usize = 64 * 1024;

/// A line with its time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    /// When it was written, RFC 3339 with up to nine digits after the dot.
    pub(crate) stamp: Box<str>,
    /// What was written, without its newline.
    pub(crate) text: Box<str>,
}

impl Line {
    /// Takes one apart; a piece of a line that was too long has the time of what is before it.
    pub(crate) fn parse(line: &str, before: &str) -> Self {
        let (stamp, text) = line.split_once(' ').unwrap_or((line, ""));
        let is_stamp = stamp.len() >= 20 && stamp.as_bytes()[4] == b'-' && stamp.as_bytes()[10] == b'T';
        let (stamp, text) = if is_stamp { (stamp, text) } else { (before, line) };
        Self { stamp: stamp.into(), text: text.into() }
    }

    /// As it is kept in a file.
    pub(crate) fn stored(&self) -> String {
        format!("{} {}\n", self.stamp, self.text)
    }

    /// How much room it takes in a file, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.stamp.len() + self.text.len() + 2
    }

    /// Times are compared as such: as text, `.12` and `.119` would be in the wrong order.
    fn instant(&self) -> Option<jiff::Timestamp> {
        self.stamp.parse().ok()
    }
}

/// The last of many lines, at most [`KEPT`] bytes of them.
#[derive(Debug, Default)]
pub(crate) struct Window {
    lines: VecDeque<Line>,
    size: usize,
}

impl Window {
    /// One more; the oldest go.
    pub(crate) fn push(&mut self, line: Line) {
        self.size += line.size();
        self.lines.push_back(line);
        while self.size > KEPT {
            let Some(old) = self.lines.pop_front() else { break };
            self.size -= old.size();
        }
    }

    /// All of a log, or what came of it in this time.
    pub(crate) async fn read(lines: impl Stream<Item = Line>, limit: Duration) -> Vec<Line> {
        let mut window = Self::default();
        let mut lines = pin!(lines);
        let reading = async {
            while let Some(line) = lines.next().await {
                window.push(line);
            }
        };
        // What came counts though it goes on beyond the time.
        let _ = timeout(limit, reading).await;
        window.lines.into()
    }
}

/// What was read in several goes, each line once, in the order of writing. Pods that follow each other overlap:
/// the last words of one come after the first of the next.
pub(crate) fn merged(mut lines: Vec<Line>, more: Vec<Line>) -> Vec<Line> {
    let known: HashSet<Line> = lines.iter().cloned().collect();
    lines.extend(more.into_iter().filter(|line| !known.contains(line)));
    lines.sort_by_cached_key(Line::instant);
    lines
}

/// Bytes cut into lines, lossy UTF-8.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    begun: Vec<u8>,
}

impl Cutter {
    /// More bytes.
    pub(crate) fn add(&mut self, bytes: &[u8], mut give: impl FnMut(String)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.begun.len() >= LONGEST {
                self.rest().into_iter().for_each(&mut give);
            }
        }
    }

    /// The line that has begun, if there is one.
    pub(crate) fn rest(&mut self) -> Option<String> {
        let bytes = std::mem::take(&mut self.begun);
        let text = String::from_utf8_lossy(&bytes);
        (!bytes.is_empty()).then(|| text.trim_end_matches(['\n', '\r']).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    #[test]
    fn lines_are_merged_by_time_each_once() {
        let lines = |texts: &[&str]| texts.iter().map(|text| Line::parse(text, "")).collect::<Vec<_>>();
        let one = ["2026-11-23T21:00:00.119Z a", "2026-11-23T21:00:00.5Z bye"];
        let two = ["2026-11-23T21:00:00.12Z b", "2026-11-23T21:00:00.5Z bye", "2026-11-23T21:00:01Z c"];
        let all = merged(lines(&one), lines(&two));
        assert_eq!(all.iter().map(|line| &*line.text).collect::<Vec<_>>(), ["a", "b", "bye", "c"]);
        assert_eq!(merged(all.clone(), lines(&two)), all);
        let piece = Line::parse("the rest of a line that was too long", &all[0].stamp);
        assert_eq!((&piece.stamp, &*piece.text), (&all[0].stamp, "the rest of a line that was too long"));
        assert_eq!(Line::parse(piece.stored().trim_end(), ""), piece);
    }

    #[tokio::test(start_paused = true)]
    async fn of_a_log_without_an_end_the_last_lines_are_held_for_a_while() {
        let line = |at: usize| Line { stamp: "s".into(), text: format!("{at:01000}").into() };
        let endless = stream::iter((0..5000).map(line)).chain(stream::pending());
        let held = Window::read(endless, Duration::from_secs(8)).await;
        let size: usize = held.iter().map(Line::size).sum();
        assert!((KEPT - 2000..=KEPT).contains(&size), "{size}");
        assert_eq!(held.last(), Some(&line(4999)));
    }

    #[test]
    fn bytes_become_lines() {
        let (mut cutter, mut lines) = (Cutter::default(), Vec::new());
        for bytes in [&b"one\ntw"[..], b"o\r\n\xff", b"\n"] {
            cutter.add(bytes, |line| lines.push(line));
        }
        assert_eq!(lines, ["one", "two", "\u{fffd}"]);
        assert_eq!(cutter.rest(), None);
    }
}
