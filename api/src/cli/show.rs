//! How things look in a terminal.

use gaggle_shared::Project;
use serde::Serialize;
use std::io::{self, Write as _};

/// Without control characters: what an agent or a stranger says must not drive the terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Prints text as it is, at once.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints a value as one line of JSON.
pub(super) fn json(value: &impl Serialize) -> io::Result<()> {
    print(&(serde_json::to_string(value)? + "\n"))
}

/// A project in one line for people.
pub(super) fn project(project: &Project) -> String {
    let failure = project.failure.as_ref().map(|failure| format!(": {}", failure.message));
    let line = format!(
        "{}  {}{}  {}",
        project.id,
        project.phase.as_str(),
        failure.unwrap_or_default(),
        project.name
    );
    clean(&line).replace('\n', " ")
}

/// Rows in columns, each as wide as its widest cell but the last.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let cell = clean(cell).replace(['\n', '\t'], " ");
            let pad = width.saturating_sub(cell.chars().count()) + 2;
            line.push_str(&cell);
            line.extend(std::iter::repeat_n(' ', pad));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_cannot_drive_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\rc\u{9b}\n\td"), "a[2Jbc\n\td");
    }

    #[test]
    fn columns_line_up() {
        let rows = [["a", "long", "x"], ["bbb", "c\nd", "y"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "a    long  x\nbbb  c d   y\n");
    }
}
