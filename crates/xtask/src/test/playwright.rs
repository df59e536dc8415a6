//! Reading Playwright's JSON report.

use super::tally::Tally;
use crate::process;
use serde_json::Value;

/// How much of a failed test's error is repeated at the end.
const LINES: usize = 5;

/// What the report says.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// Counts and failed names.
    pub(crate) tally: Tally,
    /// `e2e › group › title` of what passed.
    pub(crate) passed: Vec<String>,
}

/// Counts a report. A test that passed only when repeated has failed.
pub(crate) fn read(report: &Value) -> Results {
    let mut results = Results::default();
    for_each_spec(report, &mut |name, spec| {
        for test in list(spec, "tests") {
            match test["status"].as_str() {
                Some("expected") => {
                    results.tally.passed += 1;
                    results.passed.push(name.to_owned());
                }
                Some("skipped") => {
                    results.tally.skipped += 1;
                    results.tally.notes.push(format!("{name} was skipped"));
                }
                other => {
                    let status = other.unwrap_or("no status");
                    results.tally.fail(format!("{name}: {status}{}", why(test)));
                }
            }
        }
    });
    for error in list(report, "errors") {
        results.tally.fail(error["message"].as_str().unwrap_or("an error without words").to_owned());
    }
    results
}

/// The first error's first lines: what was expected, and what was there.
fn why(test: &Value) -> String {
    let error = list(test, "results").iter().find_map(|result| result["error"]["message"].as_str());
    let lines = error.map(process::without_colours).unwrap_or_default();
    let lines: Vec<_> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES).collect();
    lines.iter().map(|line| format!("\n      {line}")).collect()
}

/// Names of all tests in a report or a listing.
pub(crate) fn names(report: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for_each_spec(report, &mut |name, _| names.push(name.to_owned()));
    names
}

fn for_each_spec(report: &Value, visit: &mut impl FnMut(&str, &Value)) {
    for file in list(report, "suites") {
        walk(file, "e2e", visit);
    }
}

fn walk(suite: &Value, above: &str, visit: &mut impl FnMut(&str, &Value)) {
    for spec in list(suite, "specs") {
        visit(&format!("{above} › {}", spec["title"].as_str().unwrap_or_default()), spec);
    }
    for inner in list(suite, "suites") {
        walk(inner, &format!("{above} › {}", inner["title"].as_str().unwrap_or_default()), visit);
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::json;

    #[test]
    fn passed_failed_flaky_and_skipped_are_told_apart() {
        let spec = |title: &str, status: &str| json!({"title": title, "tests": [{"status": status}]});
        let report = json!({"suites": [{"title": "a.spec.ts",
            "specs": [spec("makes", "expected"), spec("breaks", "unexpected")],
            "suites": [{"title": "chat", "specs": [spec("streams", "flaky"), spec("waits", "skipped")]}]}]});
        let results = read(&report);
        assert_eq!((results.tally.passed, results.tally.failed, results.tally.skipped), (1, 2, 1));
        assert_eq!(results.passed, ["e2e › makes"]);
    }

    #[test]
    fn a_failed_test_says_why() {
        let error = "Error: \u{1b}[2mexpect(\u{1b}[22mreceived).toBeLessThan(expected)\n\nExpected: < 3\nReceived:   200";
        let test = json!({"status": "unexpected", "results": [{"error": {"message": error}}]});
        let report =
            json!({"suites": [{"title": "a.spec.ts", "specs": [{"title": "breaks", "tests": [test]}]}]});
        let why = "e2e › breaks: unexpected\n      Error: expect(received).toBeLessThan(expected)\n      Expected: < 3\n      Received:   200";
        assert_eq!(read(&report).tally.notes, [why]);
    }
}
