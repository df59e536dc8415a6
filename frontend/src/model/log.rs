//! An agent's log: many lines, their levels and times, and those that are looked for.

use super::{ansi, plain};

/// How many lines are kept; older ones are in the file.
pub const MOST: usize = 100_000;

/// How many go at once when there are too many.
const SHED: usize = 10_000;

/// How grave a line is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Traces, what debuggers read.
    Debug,
    /// All that says nothing else.
    #[default]
    Info,
    /// Warnings.
    Warn,
    /// Errors.
    Error,
}

impl Level {
    /// The choices of the least grave line to show.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Debug => "All lines",
            Self::Info => "Without debug",
            Self::Warn => "Warnings and errors",
            Self::Error => "Errors",
        }
    }

    /// The class of its colour.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Debug => "idle",
            Self::Info => "",
            Self::Warn => "busy",
            Self::Error => "bad",
        }
    }

    /// Of a line, by the words that loggers put in front.
    fn of(line: &str) -> Self {
        let end = line.char_indices().nth(80).map_or(line.len(), |(at, _)| at);
        let mut words = line[..end].split(|c: char| !c.is_ascii_alphanumeric());
        let found = words.find_map(|word| match word {
            "ERROR" | "FATAL" | "CRITICAL" | "panicked" | "Error" => Some(Self::Error),
            "WARN" | "WARNING" => Some(Self::Warn),
            "INFO" => Some(Self::Info),
            "DEBUG" | "TRACE" => Some(Self::Debug),
            _ => None,
        });
        found.unwrap_or_default()
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number since the page follows; keeps its meaning when older lines go.
    pub number: u64,
    /// The text, with nothing in it that could deceive.
    pub text: String,
    /// How grave.
    pub level: Level,
    /// When: what it says itself, else when it came.
    pub at: Option<String>,
}

/// The lines, and which of them are looked for.
#[derive(Debug, Clone, Default)]
pub struct Log {
    lines: Vec<Line>,
    next: u64,
    query: String,
    least: Option<Level>,
    hits: Vec<u32>,
}

impl Log {
    /// Takes lines as they come; `at` is when, for those that come while one looks.
    pub fn push<'a>(&mut self, texts: impl Iterator<Item = &'a str>, at: Option<&str>) {
        for text in texts {
            let text = plain::line(&ansi::strip(text));
            let level = Level::of(&text);
            let at = own_time(&text).or_else(|| at.map(str::to_owned));
            let line = Line { number: self.next, text, level, at };
            self.next += 1;
            if self.fits(&line) {
                self.hits.push(self.lines.len() as u32);
            }
            self.lines.push(line);
        }
        if self.lines.len() > MOST {
            let extra = (self.lines.len() - MOST).max(SHED);
            self.lines.drain(..extra);
            self.search();
        }
    }

    /// A new connection tells the end of the log again.
    pub fn restart(&mut self) {
        self.lines.clear();
        self.hits.clear();
    }

    /// Looks for these words, in lines at least so grave.
    pub fn look_for(&mut self, query: &str, least: Level) {
        self.query = query.trim().to_lowercase();
        self.least = Some(least).filter(|least| *least > Level::Debug);
        self.search();
    }

    fn fits(&self, line: &Line) -> bool {
        self.least.is_none_or(|least| line.level >= least)
            && (self.query.is_empty() || line.text.to_lowercase().contains(&self.query))
    }

    fn search(&mut self) {
        let all = self.lines.iter().enumerate();
        self.hits = all.filter(|(_, line)| self.fits(line)).map(|(at, _)| at as u32).collect();
    }

    /// How many lines are shown.
    pub fn count(&self) -> usize {
        self.hits.len()
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.lines.len()
    }

    /// The line that is shown at this place.
    pub fn line(&self, at: usize) -> Option<&Line> {
        self.lines.get(*self.hits.get(at)? as usize)
    }

    /// What is shown, as text.
    pub fn text(&self) -> String {
        let lines: Vec<_> =
            (0..self.count()).filter_map(|at| self.line(at)).map(|l| l.text.as_str()).collect();
        lines.join("\n")
    }
}

/// The time of day in a line that begins with an RFC 3339 time.
fn own_time(line: &str) -> Option<String> {
    let head = line.get(..20)?.as_bytes();
    let digits = |range: std::ops::Range<usize>| head[range].iter().all(u8::is_ascii_digit);
    let date = digits(0..4) && head[4] == b'-' && digits(5..7) && head[7] == b'-' && digits(8..10);
    let time = matches!(head[10], b'T' | b' ') && digits(11..13) && head[13] == b':' && digits(14..16);
    (date && time).then(|| line[11..19].to_owned())
}

/// A line in pieces: what was looked for, and what stands between.
pub fn marked(text: &str, query: &str) -> Vec<(bool, String)> {
    let query = query.trim().to_lowercase();
    let small = text.to_lowercase();
    // Where small letters have other lengths the places would not fit.
    if query.is_empty() || small.len() != text.len() {
        return vec![(false, text.to_owned())];
    }
    let (mut pieces, mut from) = (Vec::new(), 0);
    for (at, found) in small.match_indices(&query) {
        let end = at + found.len();
        let (Some(before), Some(hit)) = (text.get(from..at), text.get(at..end)) else { continue };
        if !before.is_empty() {
            pieces.push((false, before.to_owned()));
        }
        pieces.push((true, hit.to_owned()));
        from = end;
    }
    if let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        pieces.push((false, rest.to_owned()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_levels_and_times() {
        let mut log = Log::default();
        let texts = [
            "2026-11-23T14:02:07.1Z  WARN goose: slow",
            "plain ERRORS are no error",
            "\u{1b}[31mERROR\u{1b}[0m: no",
        ];
        log.push(texts.into_iter(), Some("14:03:00"));
        let told: Vec<_> =
            (0..3).map(|at| log.line(at).map(|l| (l.level, l.at.clone().unwrap())).unwrap()).collect();
        assert_eq!(
            told,
            [
                (Level::Warn, "14:02:07".into()),
                (Level::Info, "14:03:00".into()),
                (Level::Error, "14:03:00".into())
            ]
        );
        assert_eq!(log.line(2).unwrap().text, "ERROR: no");
    }

    #[test]
    fn a_search_goes_on_with_what_comes() {
        let mut log = Log::default();
        log.push(["a Fox", "a dog", "DEBUG fox"].into_iter(), None);
        log.look_for(" fox ", Level::Info);
        assert_eq!(log.count(), 1);
        log.push(["another fox", "cat"].into_iter(), None);
        assert_eq!((log.count(), log.total(), log.text().as_str()), (2, 5, "a Fox\nanother fox"));
        log.look_for("", Level::Debug);
        assert_eq!(log.count(), 5);
    }

    #[test]
    fn a_hundred_thousand_lines_are_kept_and_the_oldest_go() {
        let mut log = Log::default();
        let lines: Vec<_> = (0..MOST).map(|n| n.to_string()).collect();
        log.push(lines.iter().map(String::as_str), None);
        assert_eq!(log.total(), MOST);
        log.push(["last"].into_iter(), None);
        assert_eq!((log.total(), log.count()), (MOST + 1 - SHED, MOST + 1 - SHED));
        assert_eq!(log.line(0).unwrap().number, SHED as u64, "a line keeps its number");
    }

    #[test]
    fn what_was_found_is_marked() {
        let marks = marked("Fox and fox", "FOX");
        assert_eq!(marks, [(true, "Fox".into()), (false, " and ".into()), (true, "fox".into())]);
        assert_eq!(marked("ab", ""), [(false, "ab".into())]);
        assert_eq!(marked("İx", "x"), [(false, "İx".into())], "no cut in the middle of a letter");
    }
}
