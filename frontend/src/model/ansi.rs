//! Terminal text for a page: escape sequences go, carriage returns overwrite, nothing else is interpreted.

/// The text as it would stand at the end, without colours, cursor moves, titles or links.
pub fn strip(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut line_start = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut chars),
            '\u{9b}' => skip_csi(&mut chars),
            '\r' if chars.peek() == Some(&'\n') => {}
            // A progress bar rewrites its line: what was there is gone for a reader.
            '\r' => out.truncate(line_start),
            '\n' => {
                out.push('\n');
                line_start = out.len();
            }
            '\u{8}' => {
                if out.len() > line_start {
                    out.pop();
                }
            }
            _ => out.push(c),
        }
    }
    out
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn skip_sequence(chars: &mut Chars<'_>) {
    match chars.next() {
        Some('[') => skip_csi(chars),
        // OSC, DCS, APC, PM, SOS: until BEL or ESC \.
        Some(']' | 'P' | '_' | '^' | 'X') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' || c == '\u{9c}' {
                    return;
                }
                if c == '\u{1b}' {
                    if chars.peek() == Some(&'\\') {
                        chars.next();
                    }
                    return;
                }
            }
        }
        Some('(' | ')' | '#') => {
            chars.next();
        }
        _ => {}
    }
}

fn skip_csi(chars: &mut Chars<'_>) {
    for c in chars.by_ref() {
        if ('\u{40}'..='\u{7e}').contains(&c) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_titles_and_links_go() {
        assert_eq!(strip("\u{1b}[1;31merror\u{1b}[0m: no"), "error: no");
        assert_eq!(strip("\u{1b}]0;evil title\u{7}ok"), "ok");
        assert_eq!(strip("\u{1b}]8;;http://evil\u{1b}\\link\u{1b}]8;;\u{1b}\\"), "link");
    }

    #[test]
    fn a_progress_bar_shows_its_last_state() {
        assert_eq!(strip("a\n 10%\r 50%\r100%\ndone\r\n"), "a\n100%\ndone\n");
        assert_eq!(strip("ab\u{8}c"), "ac");
    }

    #[test]
    fn a_cut_sequence_ends_quietly() {
        assert_eq!(strip("x\u{1b}["), "x");
        assert_eq!(strip("x\u{1b}]0;never ends"), "x");
    }
}
