//! The table of tests, `docs/TESTS.md`: each promise, route and problem code names its tests, and they ran.

mod contract;
mod rows;

use super::{cargo_test, e2e, evidence::Evidence, tally::Tally};
use crate::{say, workspace};
use anyhow::Result;
use rows::{Row, Tests};
use std::collections::BTreeSet;

/// How many complaints are shown.
const SHOWN: usize = 12;

/// Compares the table with what there is to promise and with what ran; alone, with the tests that exist.
pub(crate) fn run(evidence: &Evidence) -> Result<Tally> {
    let known: BTreeSet<String> = match evidence.complete {
        true => evidence.passed.clone(),
        false => cargo_test::list()?.into_iter().chain(e2e::list()?).collect(),
    };
    let text = std::fs::read_to_string(workspace::root()?.join("docs").join("TESTS.md"))?;
    let rows = rows::parse(&text);
    let mut wrong = contract::missing(&rows)?;
    wrong.extend(rows.iter().flat_map(|row| complaints(row, &known)));
    let later = rows.iter().filter(|row| matches!(row.tests, Tests::Later(_))).count();
    say::note(&format!("{} rows, {later} of them for later, {} wrong", rows.len(), wrong.len()));

    let mut tally = Tally::default();
    if wrong.is_empty() {
        tally.passed = 1;
    }
    tally.failed = wrong.len() as u64;
    tally.notes = shortened(wrong);
    Ok(tally)
}

/// Where a tier could not run, every row of it is wrong: a few of them tell enough.
fn shortened(mut wrong: Vec<String>) -> Vec<String> {
    let more = wrong.len().saturating_sub(SHOWN);
    wrong.truncate(SHOWN);
    if more > 0 {
        wrong.push(format!("and {more} more"));
    }
    wrong
}

fn complaints(row: &Row, known: &BTreeSet<String>) -> Vec<String> {
    match &row.tests {
        Tests::Later(_) => Vec::new(),
        Tests::None => vec![format!("{} has no test", row.what)],
        Tests::Named(names) => names
            .iter()
            .filter(|name| !known.iter().any(|id| is(id, name)))
            .map(|name| format!("{}: {name} did not run and pass", row.what))
            .collect(),
    }
}

/// A table may leave out the front of a name: `wins` is `gaggle_core::plan::tests::wins`.
fn is(id: &str, name: &str) -> bool {
    id.strip_suffix(name)
        .is_some_and(|front| front.is_empty() || front.ends_with("::") || front.ends_with("› "))
}

#[cfg(test)]
mod tests {
    use super::{complaints, is, rows};
    use std::collections::BTreeSet;

    #[test]
    fn a_row_without_a_test_that_ran_is_a_complaint() {
        let rows = rows::parse(
            "| what | tests |\n|---|---|\n| `a` | `ran` |\n| `b` | `gone` |\n| `c` | |\n| `d` | not yet: kubernetes |\n",
        );
        let known = BTreeSet::from(["gaggle_core::ran".to_owned()]);
        let found: Vec<_> = rows.iter().flat_map(|row| complaints(row, &known)).collect();
        assert_eq!(found, ["b: gone did not run and pass", "c has no test"]);
    }

    #[test]
    fn a_tier_that_could_not_run_does_not_hide_the_rest() {
        let wrong: Vec<_> = (0..136).map(|n| format!("row {n}")).collect();
        let notes = super::shortened(wrong);
        assert_eq!((notes.len(), notes[12].as_str()), (13, "and 124 more"));
        assert_eq!(super::shortened(vec!["one".to_owned()]), ["one"]);
    }

    #[test]
    fn names_match_by_whole_words_from_the_end() {
        assert!(is("gaggle_core::plan::wins", "plan::wins"));
        assert!(is("e2e › chat › streams", "streams"));
        assert!(!is("gaggle_core::plan::delete_wins", "wins"));
    }
}
