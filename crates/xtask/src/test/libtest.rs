//! Reading what cargo and the standard test harness print.

use super::{evidence::Evidence, tally::Tally};
use std::path::Path;

/// Sums up the output of one `cargo test`, line by line.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    binary: String,
    /// A test program has started and not said its result yet.
    open: bool,
    /// Passed, failed and ignored tests of the program, as it said last.
    result: [u64; 3],
    tally: Tally,
    passed: Vec<String>,
    /// Whose output is being shown, and whether the next line says why it panicked.
    shown: Option<(String, bool)>,
}

impl Reader {
    /// For a test program started by itself, whose name cargo does not say.
    pub(crate) fn of(name: &str) -> Self {
        Self { binary: name.to_owned(), open: true, ..Self::default() }
    }

    /// Takes one line.
    pub(crate) fn line(&mut self, line: &str) {
        if let Some(program) = program(line) {
            self.close();
            self.binary = program;
            self.open = true;
        } else if let Some(counts) = line.strip_prefix("test result: ") {
            // Only the last one is the program's own: a failed test may show the output of another program.
            (self.open, self.shown) = (false, None);
            self.result = [count(counts, "passed"), count(counts, "failed"), count(counts, "ignored")];
        } else if let Some(broken) = line.strip_prefix("error: could not compile ") {
            self.tally.fail(format!("could not compile {broken}"));
        } else if let Some(name) =
            line.strip_prefix("---- ").and_then(|line| line.strip_suffix(" stdout ----"))
        {
            self.shown = Some((format!("{}::{name}", self.binary), false));
        } else if let Some((name, said)) = self.shown.take() {
            self.shown = self.output(name, said, line);
        } else if let Some((name, outcome)) = test(line) {
            let name = format!("{}::{name}", self.binary);
            match outcome {
                Outcome::Passed => self.passed.push(name),
                Outcome::Failed => self.tally.notes.push(format!("{name} failed")),
                Outcome::Ignored => self.tally.notes.push(format!("{name} did not run (ignored)")),
            }
        }
    }

    /// Takes a line that a failed test printed: where it panicked, or what it said then.
    fn output(&mut self, name: String, said: bool, line: &str) -> Option<(String, bool)> {
        let place = line.split_once(" panicked at ").map(|(_, place)| place.trim_end_matches(':'));
        let words = if said { Some(line) } else { place };
        let Some(words) = words else { return Some((name, false)) };
        let failed = format!("{name} failed");
        if let Some(note) = self.tally.notes.iter_mut().find(|note| note.starts_with(&failed)) {
            note.push_str(": ");
            note.push_str(words);
        }
        (!said).then_some((name, true))
    }

    /// The sum; `ok` is whether cargo ended with 0.
    pub(crate) fn end(mut self, ok: bool, evidence: &mut Evidence) -> Tally {
        self.close();
        if !ok && self.tally.failed == 0 {
            self.tally.fail("cargo failed for another reason than a test".to_owned());
        }
        evidence.passed.extend(self.passed);
        self.tally
    }

    /// A program that never said its result has crashed.
    fn close(&mut self) {
        let [passed, failed, ignored] = std::mem::take(&mut self.result);
        self.tally.passed += passed;
        self.tally.failed += failed;
        self.tally.skipped += ignored;
        if std::mem::take(&mut self.open) {
            self.tally.fail(format!("{} ended without a result", self.binary));
        }
    }
}

/// `Running unittests src/lib.rs (target/debug/deps/gaggle_core-0123abcd)` is `gaggle_core`.
pub(crate) fn program(line: &str) -> Option<String> {
    let line = line.trim_start();
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some(name.to_owned());
    }
    let path = line.strip_prefix("Running ")?.strip_suffix(')')?.rsplit_once('(')?.1;
    let stem = Path::new(path).file_stem()?.to_str()?;
    Some(stem.rsplit_once('-').map_or(stem, |(name, _hash)| name).to_owned())
}

enum Outcome {
    Passed,
    Failed,
    Ignored,
}

fn test(line: &str) -> Option<(&str, Outcome)> {
    let (name, outcome) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let outcome = match outcome {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        other if other.starts_with("ignored") => Outcome::Ignored,
        _ => return None,
    };
    Some((name.strip_suffix(" - should panic").unwrap_or(name), outcome))
}

fn count(counts: &str, what: &str) -> u64 {
    let words: Vec<_> = counts.split([' ', ';', '.']).filter(|w| !w.is_empty()).collect();
    words.windows(2).find(|pair| pair[1] == what).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Reader;
    use crate::test::evidence::Evidence;

    fn read(text: &str, ok: bool) -> (super::Tally, Evidence) {
        let (mut reader, mut evidence) = (Reader::default(), Evidence::default());
        text.lines().for_each(|line| reader.line(line));
        (reader.end(ok, &mut evidence), evidence)
    }

    const RED: &str = "     Running unittests src/lib.rs (target/debug/deps/gaggle_core-0a1b)
test plan::rests ... ok
test plan::wins ... FAILED
test result: FAILED. 1 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running tests/goose_chat.rs (target/debug/deps/goose_chat-0a1b)
test streams ... ok
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";

    #[test]
    fn results_are_summed_and_names_kept() {
        let (tally, evidence) = read(RED, false);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (2, 1, 2));
        assert_eq!(tally.notes, ["gaggle_core::plan::wins failed"]);
        assert_eq!(
            evidence.passed.into_iter().collect::<Vec<_>>(),
            ["gaggle_core::plan::rests", "goose_chat::streams"]
        );
    }

    #[test]
    fn a_failed_test_says_where_and_why() {
        let text = "test plan::wins ... FAILED\n\nfailures:\n\n---- plan::wins stdout ----\na line\n\n\
            thread 'plan::wins' (7) panicked at crates/core/src/plan.rs:9:5:\nthe pod is gone\n\
            note: run with `RUST_BACKTRACE=1`\n\nfailures:\n    plan::wins\n\n\
            test result: FAILED. 5 passed; 1 failed; 0 ignored";
        let (tally, _) = read(text, false);
        assert_eq!(tally.notes, ["::plan::wins failed: crates/core/src/plan.rs:9:5: the pod is gone"]);
        assert_eq!(tally.failed, 1);
    }

    #[test]
    fn a_result_shown_by_a_failed_test_is_not_counted() {
        let text = "test child ... FAILED\ntest result: FAILED. 0 passed; 1 failed; 0 ignored\n\
            test result: FAILED. 5 passed; 1 failed; 0 ignored";
        let (tally, _) = read(text, false);
        assert_eq!((tally.passed, tally.failed), (5, 1));
    }

    #[test]
    fn a_program_that_crashes_is_a_failure() {
        let text = "     Running unittests src/lib.rs (target/debug/deps/gaggle_core-0a1b)\ntest a ... ok";
        assert_eq!(read(text, false).0.failed, 1);
    }

    #[test]
    fn tests_that_do_not_compile_are_a_failure() {
        let (tally, _) = read("error: could not compile `gaggle-core` (lib) due to 2 previous errors", false);
        assert_eq!(tally.notes, ["could not compile `gaggle-core` (lib) due to 2 previous errors"]);
        assert_eq!(tally.failed, 1);
    }
}
