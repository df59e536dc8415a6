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
    /// The instant that it says itself, to the second, in UTC: `2026-11-23T14:02:07`.
    when: Option<String>,
    /// The text in small letters, made once; none: it has no others.
    small: Option<String>,
}

impl Line {
    fn has(&self, query: &str) -> bool {
        query.is_empty() || self.small.as_deref().unwrap_or(&self.text).contains(query)
    }
}

/// What is still to be searched: of the lines that fitted before, then of all from a line on.
#[derive(Debug, Clone, Default)]
struct Todo {
    among: Vec<u32>,
    next: usize,
    from: usize,
}

/// The lines, and which of them are looked for. A search goes in slices, so that whoever types is not kept waiting.
#[derive(Debug, Clone)]
pub struct Log {
    lines: Vec<Line>,
    next: u64,
    query: String,
    least: Level,
    hits: Vec<u32>,
    todo: Option<Todo>,
}

impl Default for Log {
    /// No lines yet; all will be shown.
    fn default() -> Self {
        let (lines, hits, query) = (Vec::new(), Vec::new(), String::new());
        Self { lines, next: 0, query, least: Level::Debug, hits, todo: None }
    }
}

impl Log {
    /// Takes lines as they come; `at` is when, for those that come while one looks.
    pub fn push<'a>(&mut self, texts: impl Iterator<Item = &'a str>, at: Option<&str>) {
        for text in texts {
            let text = plain::line(&ansi::strip(text));
            let level = Level::of(&text);
            let when = own_time(&text);
            let at = when.as_ref().map(|when| when[11..].to_owned()).or_else(|| at.map(str::to_owned));
            let small = Some(text.to_lowercase()).filter(|small| *small != text);
            let line = Line { number: self.next, text, level, at, when, small };
            self.next += 1;
            // A search that is under way comes to it.
            if self.todo.is_none() && self.fits(&line) {
                self.hits.push(self.lines.len() as u32);
            }
            self.lines.push(line);
        }
        if self.lines.len() > MOST {
            self.shed((self.lines.len() - MOST).max(SHED));
        }
    }

    /// The oldest lines go; what was found of the others stays found.
    fn shed(&mut self, extra: usize) {
        self.lines.drain(..extra);
        let moved = |all: &mut Vec<u32>| {
            all.retain(|at| *at as usize >= extra);
            all.iter_mut().for_each(|at| *at -= extra as u32);
        };
        moved(&mut self.hits);
        if let Some(todo) = &mut self.todo {
            todo.among.drain(..todo.next.min(todo.among.len()));
            todo.next = 0;
            moved(&mut todo.among);
            todo.from = todo.from.saturating_sub(extra);
        }
    }

    /// A new connection tells the end of the log again.
    pub fn restart(&mut self) {
        self.lines.clear();
        self.hits.clear();
        self.todo = None;
    }

    /// Looks for these words, in lines at least so grave; [`Log::search_on`] does the work.
    pub fn look_for(&mut self, query: &str, least: Level) {
        let query = query.trim().to_lowercase();
        if (&query, least) == (&self.query, self.least) {
            return;
        }
        // Who types on looks among what was found; only then, if nothing is left to be found, is that all.
        let narrower = self.todo.is_none() && query.contains(&self.query) && least >= self.least;
        let found = std::mem::take(&mut self.hits);
        self.todo = Some(match narrower {
            true => Todo { among: found, next: 0, from: self.lines.len() },
            false => Todo::default(),
        });
        (self.query, self.least) = (query, least);
    }

    /// Searches so many lines more. True if some are left.
    pub fn search_on(&mut self, most: usize) -> bool {
        let Some(mut todo) = self.todo.take() else { return false };
        let end = (todo.next + most).min(todo.among.len());
        let rest = most - (end - todo.next);
        let until = (todo.from + rest).min(self.lines.len());
        let fits = |at: &u32| self.lines.get(*at as usize).is_some_and(|line| self.fits(line));
        let mut found: Vec<u32> = todo.among[todo.next..end].iter().copied().filter(fits).collect();
        found.extend((todo.from as u32..until as u32).filter(fits));
        self.hits.append(&mut found);
        (todo.next, todo.from) = (end, until);
        let more = todo.next < todo.among.len() || todo.from < self.lines.len();
        self.todo = more.then_some(todo);
        more
    }

    fn fits(&self, line: &Line) -> bool {
        line.level >= self.least && line.has(&self.query)
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

    /// The place of the first shown line from this instant on, such as `2026-11-23T14:02:07Z`; else of the last one
    /// before it.
    pub fn near(&self, instant: &str) -> Option<usize> {
        let instant = instant.get(..19)?;
        let timed = |at: &usize| self.line(*at).is_some_and(|line| line.when.is_some());
        let since = |at: &usize| self.line(*at).is_some_and(|line| line.when.as_deref() >= Some(instant));
        let mut all = 0..self.count();
        all.clone().find(since).or_else(|| all.rfind(timed))
    }

    /// What is shown, as text.
    pub fn text(&self) -> String {
        let lines: Vec<_> =
            (0..self.count()).filter_map(|at| self.line(at)).map(|l| l.text.as_str()).collect();
        lines.join("\n")
    }
}

/// The instant of a line that begins with an RFC 3339 time, to the second. Agents write theirs in UTC.
fn own_time(line: &str) -> Option<String> {
    let head = line.get(..20)?.as_bytes();
    let digits = |range: std::ops::Range<usize>| head[range].iter().all(u8::is_ascii_digit);
    let date = digits(0..4) && head[4] == b'-' && digits(5..7) && head[7] == b'-' && digits(8..10);
    let time = matches!(head[10], b'T' | b' ') && digits(11..13) && head[13] == b':' && digits(14..16);
    (date && time).then(|| format!("{}T{}", &line[..10], &line[11..19]))
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
        assert!(!log.search_on(MOST));
        assert_eq!(log.count(), 1);
        log.push(["another fox", "cat"].into_iter(), None);
        assert_eq!((log.count(), log.total(), log.text().as_str()), (2, 5, "a Fox\nanother fox"));
        log.look_for("", Level::Debug);
        log.search_on(MOST);
        assert_eq!(log.count(), 5);
    }

    #[test]
    fn a_search_in_slices_finds_each_line_once_whatever_comes_meanwhile() {
        let mut log = Log::default();
        let lines: Vec<_> = (0..1000).map(|n| format!("line {n}")).collect();
        log.push(lines.iter().map(String::as_str), None);
        log.look_for("9", Level::Debug);
        assert!(log.search_on(400));
        log.push(["Late 9"].into_iter(), None);
        while log.search_on(400) {}
        let all = log.count();
        assert_eq!(all, 271 + 1);
        // Who types on looks among what was found.
        log.look_for("99", Level::Debug);
        log.push(["99 at last", "none"].into_iter(), None);
        assert!(log.search_on(100), "172 of what was found are left, and what came since");
        while log.search_on(100) {}
        let numbers: Vec<_> = (0..log.count()).map(|at| log.line(at).unwrap().number).collect();
        assert_eq!((numbers.len(), numbers.last()), (19 + 1, Some(&1001)));
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
        log.look_for("LINE 99", Level::Debug);
        while log.search_on(7) {}
        assert_eq!(log.count(), 11);
    }

    #[test]
    fn what_was_found_stays_found_when_old_lines_go() {
        let mut log = Log::default();
        let lines: Vec<_> = (0..MOST).map(|n| n.to_string()).collect();
        log.push(lines.iter().map(String::as_str), None);
        log.look_for("99", Level::Debug);
        log.search_on(SHED * 2);
        log.push(["last 99"].into_iter(), None);
        while log.search_on(SHED) {}
        assert!((0..log.count()).all(|at| log.line(at).unwrap().text.contains("99")));
        assert_eq!(log.line(log.count() - 1).unwrap().text, "last 99");
        assert_eq!(log.line(0).unwrap().text, "10099", "what is gone is not shown");
    }

    #[test]
    fn a_moment_is_found_in_the_log() {
        let mut log = Log::default();
        let texts = ["no time", "2026-11-23T14:02:07.1Z a", "goes on", "2026-11-23T14:02:09Z b", "end"];
        log.push(texts.into_iter(), Some("15:00:00"));
        let near = |instant: &str| log.near(instant).map(|at| log.line(at).unwrap().text.clone());
        assert_eq!(near("2026-11-23T14:02:08.5Z").as_deref(), Some("2026-11-23T14:02:09Z b"));
        assert_eq!(near("2026-11-23T14:02:07Z").as_deref(), Some("2026-11-23T14:02:07.1Z a"));
        assert_eq!(
            near("2027-01-01T00:00:00Z").as_deref(),
            Some("2026-11-23T14:02:09Z b"),
            "the last before"
        );
        assert_eq!(near("nonsense"), None);
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
