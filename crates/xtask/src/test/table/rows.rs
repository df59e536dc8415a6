//! Rows of the Markdown tables in `docs/TESTS.md`.

/// One row: its first cell and its second.
#[derive(Debug)]
pub(crate) struct Row {
    /// The promise, route or code, without backticks.
    pub(crate) what: String,
    /// Its tests.
    pub(crate) tests: Tests,
}

/// The second cell of a row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tests {
    /// Every name in backticks.
    Named(Vec<String>),
    /// `not yet: …`: promised, and not built.
    Later(String),
    /// Neither.
    None,
}

/// Every row below a `|---|` line.
pub(crate) fn parse(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut in_body = false;
    for line in text.lines().map(str::trim) {
        if !line.starts_with('|') {
            in_body = false;
        } else if line.starts_with("|---") {
            in_body = true;
        } else if in_body {
            rows.extend(row(line));
        }
    }
    rows
}

fn row(line: &str) -> Option<Row> {
    let mut cells = line.trim_matches('|').split('|').map(str::trim);
    let what = cells.next()?.replace('`', "");
    let tests = tests(cells.next().unwrap_or_default());
    Some(Row { what, tests })
}

fn tests(cell: &str) -> Tests {
    if let Some(reason) = cell.strip_prefix("not yet: ") {
        return Tests::Later(reason.to_owned());
    }
    // Between the first and second backtick, the third and fourth, …
    let names: Vec<_> = cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    if names.is_empty() { Tests::None } else { Tests::Named(names) }
}
