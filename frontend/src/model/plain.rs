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

/// The pieces of `text`; joined they say exactly what is in it. A line feed and a tab are layout, not deceit.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut run = String::new();
    for (c, seen) in gaggle_shared::in_sight(text, false) {
        if seen || matches!(c, '\n' | '\t') {
            run.push(c);
        } else {
            if !run.is_empty() {
                out.push(Piece::Text(std::mem::take(&mut run)));
            }
            out.push(Piece::Mark(name(c)));
        }
    }
    if !run.is_empty() {
        out.push(Piece::Text(run));
    }
    out
}

/// The text on one line with marks written out, for titles and labels.
pub fn line(text: &str) -> String {
    written(gaggle_shared::in_sight(text, false))
}

/// What somebody called something: here also what joins two signs is seen by what it does.
pub fn called(name: &str) -> String {
    written(gaggle_shared::in_sight(name, true))
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
            (line("👩\u{200d}💻"), called("👩\u{200d}💻\u{200d}")),
            ("👩[U+200D]💻".into(), "👩\u{200d}💻[U+200D]".into())
        );
        assert_eq!(
            pieces("rm a\u{fe0f}"),
            [Piece::Text("rm a".into()), Piece::Mark("U+FE0F".into())],
            "it changes no letter"
        );
    }

    #[test]
    fn honest_text_stays_as_it_is() {
        for text in ["größe 🦆 שלום", "⚠\u{fe0f} 1\u{fe0f}\u{20e3} done ✔\u{fe0f}"] {
            assert_eq!(pieces(text), [Piece::Text(text.into())]);
        }
    }
}
