//! The turns whose prompt was ever about to be written to Goose: noted durably before, so that no prompt
//! runs twice, whatever dies.

use gaggle_shared::TurnId;
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// How many turns are kept at a start; a server never asks for one that is so old.
const KEEP: usize = 10_000;

/// The noted turns of a volume.
#[derive(Debug)]
pub(crate) struct Noted {
    file: File,
    turns: HashSet<TurnId>,
    /// A write failed: there may be half a line at the end.
    torn: bool,
}

impl Noted {
    /// Reads what was noted in `dir`. A last line without its end (a crash while noting) does not count:
    /// its prompt was never written.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(crate) fn open(dir: &Path) -> std::io::Result<Self> {
        let path = dir.join("noted");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let lines: Vec<&str> = whole.lines().collect();
        let kept = &lines[lines.len().saturating_sub(KEEP)..];
        if kept.len() < lines.len() || whole.len() < text.len() || text.is_empty() {
            let content: String = kept.iter().flat_map(|line| [*line, "\n"]).collect();
            crate::lock::replace(&path, content.as_bytes())?;
        }
        let turns = kept.iter().filter_map(|line| TurnId::parse(line).ok()).collect();
        let file = OpenOptions::new().append(true).mode(0o600).open(&path)?;
        Ok(Self { file, turns, torn: false })
    }

    /// True if this turn was noted before, by this or an earlier relay.
    pub(crate) fn contains(&self, turn: &TurnId) -> bool {
        self.turns.contains(turn)
    }

    /// Notes a turn; it is on the disk when this returns.
    ///
    /// # Errors
    /// It could not be written: the prompt must not be.
    pub(crate) fn note(&mut self, turn: &TurnId) -> std::io::Result<()> {
        let gap = if self.torn { "\n" } else { "" };
        self.torn = true;
        self.file.write_all(format!("{gap}{turn}\n").as_bytes())?;
        self.file.sync_data()?;
        self.torn = false;
        self.turns.insert(turn.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(i: usize) -> TurnId {
        TurnId::parse(&format!("t{i}")).unwrap()
    }

    #[test]
    fn what_was_noted_is_known_to_the_next_relay_and_half_a_line_is_not() {
        let dir = tempfile::tempdir().unwrap();
        Noted::open(dir.path()).unwrap().note(&turn(1)).unwrap();
        std::fs::OpenOptions::new()
            .append(true)
            .open(dir.path().join("noted"))
            .unwrap()
            .write_all(b"t2")
            .unwrap();
        let mut noted = Noted::open(dir.path()).unwrap();
        assert!(noted.contains(&turn(1)) && !noted.contains(&turn(2)));
        noted.note(&turn(3)).unwrap();
        assert!(Noted::open(dir.path()).unwrap().contains(&turn(3)));
    }

    #[test]
    fn only_the_newest_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let text: String = (0..KEEP + 5).map(|i| format!("t{i}\n")).collect();
        std::fs::write(dir.path().join("noted"), text).unwrap();
        let noted = Noted::open(dir.path()).unwrap();
        assert!(!noted.contains(&turn(4)) && noted.contains(&turn(5)) && noted.contains(&turn(KEEP + 4)));
    }
}
