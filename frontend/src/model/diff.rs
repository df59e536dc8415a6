//! Line diffs of two texts.

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is in both.
    Same,
    /// It is new.
    Added,
    /// It went.
    Removed,
    /// So many unchanged lines are left out here.
    Skipped(usize),
}

/// One line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What became of it.
    pub kind: Kind,
    /// Its text without the line feed; empty for [`Kind::Skipped`].
    pub text: String,
}

/// Above this many cells of the table a changed middle is shown as all removed, then all added.
const TABLE_LIMIT: usize = 1_000_000;
/// Unchanged lines kept around a change.
const CONTEXT: usize = 3;

/// The lines that differ, with some around them.
pub fn lines(old: &str, new: &str) -> Vec<Line> {
    // Where all lines of both end with CR LF that is no change; where they differ it is seen.
    let dos = [old, new].iter().all(|text| text.matches('\n').count() == text.matches("\r\n").count());
    let (a, b): (Vec<_>, Vec<_>) = (split(old, dos), split(new, dos));
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let mut out = Vec::new();
    let push = |out: &mut Vec<Line>, kind, text: &str| out.push(Line { kind, text: text.to_owned() });
    for line in &a[..head] {
        push(&mut out, Kind::Same, line);
    }
    middle(&a[head..a.len() - tail], &b[head..b.len() - tail], &mut out);
    for line in &a[a.len() - tail..] {
        push(&mut out, Kind::Same, line);
    }
    fold(out)
}

fn split(text: &str, dos: bool) -> Vec<&str> {
    let bare = |line| if dos { str::strip_suffix(line, "\r").unwrap_or(line) } else { line };
    text.split_terminator('\n').map(bare).collect()
}

/// How many lines came and how many went.
pub fn counts(lines: &[Line]) -> (usize, usize) {
    let of = |kind| lines.iter().filter(|line| line.kind == kind).count();
    (of(Kind::Added), of(Kind::Removed))
}

fn middle(a: &[&str], b: &[&str], out: &mut Vec<Line>) {
    let line = |kind, text: &str| Line { kind, text: text.to_owned() };
    if a.len().saturating_mul(b.len()) > TABLE_LIMIT {
        out.extend(a.iter().map(|text| line(Kind::Removed, text)));
        out.extend(b.iter().map(|text| line(Kind::Added, text)));
        return;
    }
    // Longest common subsequence of the two tails, for each pair of positions.
    let width = b.len() + 1;
    let mut table = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i * width + j] = if a[i] == b[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push(line(Kind::Same, a[i]));
            i += 1;
            j += 1;
        } else if j == b.len() || (i < a.len() && table[(i + 1) * width + j] >= table[i * width + j + 1]) {
            out.push(line(Kind::Removed, a[i]));
            i += 1;
        } else {
            out.push(line(Kind::Added, b[j]));
            j += 1;
        }
    }
}

fn fold(lines: Vec<Line>) -> Vec<Line> {
    let near: Vec<bool> = (0..lines.len())
        .map(|at| {
            let around = &lines[at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(lines.len())];
            around.iter().any(|line| line.kind != Kind::Same)
        })
        .collect();
    let mut out: Vec<Line> = Vec::new();
    for (line, near) in lines.into_iter().zip(near) {
        match out.last_mut() {
            _ if near => out.push(line),
            Some(Line { kind: Kind::Skipped(count), .. }) => *count += 1,
            _ => out.push(Line { kind: Kind::Skipped(1), text: String::new() }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let line = |line: &Line| match line.kind {
            Kind::Same => format!(" {}", line.text),
            Kind::Added => format!("+{}", line.text),
            Kind::Removed => format!("-{}", line.text),
            Kind::Skipped(count) => format!("~{count}"),
        };
        lines(old, new).iter().map(line).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn changes_stand_in_their_context() {
        assert_eq!(shown("", "a\nb\n"), "+a|+b");
        assert_eq!(shown("a\nb\nc", "a\nx\nc"), " a|-b|+x| c");
        assert_eq!(shown("1\n2\n3\n4\n5\n6", "1\n2\n3\n4\n5\n7"), "~2| 3| 4| 5|-6|+7");
        assert_eq!(shown("same", "same"), "~1");
    }

    #[test]
    fn a_change_of_line_ends_is_seen_and_one_kind_of_them_is_not() {
        assert_eq!(shown("a\r\nb\r\n", "a\r\nc\r\n"), " a|-b|+c");
        assert_eq!(shown("a\r\nb", "a\nb"), "-a\r|+a| b");
        assert_eq!(shown("", "a\rb\n"), "+a\rb");
    }

    #[test]
    fn two_huge_texts_still_end() {
        let (a, b) = ("a\n".repeat(3_000), "b\n".repeat(3_000));
        assert_eq!(counts(&lines(&a, &b)), (3_000, 3_000));
    }
}
