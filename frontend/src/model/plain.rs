//! Text that comes from agents, shown so that it cannot deceive: control and direction-changing characters
//! become visible.

/// A piece of text, or one character that would not be seen as what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// A character that hides or moves others, by its name.
    Mark(String),
}

/// True for characters that hide, move or reorder others. A line feed and a tab are layout, not deceit.
pub fn deceives(c: char) -> bool {
    gaggle_shared::is_hidden(c) && c != '\n' && c != '\t'
}

/// The pieces of `text`; joined they say exactly what is in it.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut run = String::new();
    for c in text.chars() {
        if deceives(c) {
            if !run.is_empty() {
                out.push(Piece::Text(std::mem::take(&mut run)));
            }
            out.push(Piece::Mark(name(c)));
        } else {
            run.push(c);
        }
    }
    if !run.is_empty() {
        out.push(Piece::Text(run));
    }
    out
}

/// The text on one line with marks written out, for titles and labels.
pub fn line(text: &str) -> String {
    written(text.chars().map(|c| (c, !deceives(c))))
}

/// What somebody called something: here also what joins two signs is seen by what it does.
pub fn called(name: &str) -> String {
    written(gaggle_shared::in_sight(name))
}

fn written(text: impl Iterator<Item = (char, bool)>) -> String {
    let mut out = String::new();
    for (c, seen) in text {
        match c {
            '\n' | '\t' => out.push(' '),
            c if seen => out.push(c),
            c => out.push_str(&format!("[{}]", name(c))),
        }
    }
    out
}

fn name(c: char) -> String {
    match c {
        '\u{0}' => "NUL".into(),
        '\u{7}' => "BEL".into(),
        '\u{8}' => "BS".into(),
        '\r' => "CR".into(),
        '\u{1b}' => "ESC".into(),
        '\u{7f}' => "DEL".into(),
        c => format!("U+{:04X}", c as u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bidi_and_control_characters_are_named() {
        let seen = pieces("rm \u{202e}txt.exe\u{0}\nls");
        assert_eq!(
            seen,
            [
                Piece::Text("rm ".into()),
                Piece::Mark("U+202E".into()),
                Piece::Text("txt.exe".into()),
                Piece::Mark("NUL".into()),
                Piece::Text("\nls".into()),
            ]
        );
        assert_eq!(line("a\r\nb\u{200b}"), "a[CR] b[U+200B]");
        assert_eq!(
            (line("é\u{200d}é"), called("é\u{200d}é\u{200d}")),
            ("é[U+200D]é".into(), "é\u{200d}é[U+200D]".into())
        );
    }

    #[test]
    fn honest_text_stays_as_it_is() {
        assert_eq!(pieces("größe 🦆 שלום"), [Piece::Text("größe 🦆 שלום".into())]);
    }
}
