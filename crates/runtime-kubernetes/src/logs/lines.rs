//! Lines as the kubelet gives them: each begins with the time of its writing.

/// A line longer than this is cut into several.
const LONGEST: usize = 64 * 1024;

/// A line with its time, which sorts as text does not: by number of digits and all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// When it was written, RFC 3339 with up to nine digits after the dot.
    pub(crate) stamp: Box<str>,
    /// What was written, without its newline.
    pub(crate) text: Box<str>,
}

impl Line {
    /// Takes one apart; a piece of a line that was too long has no time.
    pub(crate) fn parse(line: &str) -> Self {
        let (stamp, text) = line.split_once(' ').unwrap_or((line, ""));
        let is_stamp = stamp.len() >= 20 && stamp.as_bytes()[4] == b'-' && stamp.as_bytes()[10] == b'T';
        let (stamp, text) = if is_stamp { (stamp, text) } else { ("", line) };
        Self { stamp: stamp.into(), text: text.into() }
    }

    /// Whether it was written after that time; a piece without a time goes with what is before it.
    pub(crate) fn after(&self, stamp: &str) -> bool {
        stamp.is_empty() || self.stamp.is_empty() || instant(&self.stamp) > instant(stamp)
    }

    /// As it is kept in a file.
    pub(crate) fn stored(&self) -> String {
        if self.stamp.is_empty() { self.text.to_string() } else { format!("{} {}", self.stamp, self.text) }
    }
}

/// Comparable; without a time zone other than UTC, in which the kubelet writes unless its node says otherwise.
fn instant(stamp: &str) -> Option<jiff::Timestamp> {
    stamp.parse().ok()
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

    #[test]
    fn lines_are_ordered_by_time_not_by_text() {
        let line = Line::parse("2026-11-23T21:00:00.12Z hello there");
        assert_eq!(&*line.text, "hello there");
        assert!(line.after("2026-11-23T21:00:00.119999Z"));
        assert!(!line.after("2026-11-23T21:00:00.12Z"));
        assert!(!line.after("2026-11-23T21:00:00.120000001Z"));
        assert!(line.after(""));
        let piece = Line::parse("the rest of a line that was too long");
        assert_eq!((&*piece.stamp, &*piece.text), ("", "the rest of a line that was too long"));
        assert_eq!(Line::parse(&line.stored()), line);
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
