//! What the table must have a row for: read from the code and the API's description, not listed twice.

use super::rows::Row;
use crate::workspace;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::path::Path;

/// The promises are numbered.
const PROMISES: u32 = 7;
const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// What has no row.
pub(crate) fn missing(rows: &[Row]) -> Result<Vec<String>> {
    let root = workspace::root()?;
    let promises = (1..=PROMISES).map(|n| format!("Promise {n}"));
    let wanted = promises.chain(codes(&root)?).chain(routes(&root)?);
    Ok(wanted
        .filter(|what| !rows.iter().any(|row| row.what == *what))
        .map(|what| format!("docs/TESTS.md has no row for {what}"))
        .collect())
}

/// The problem codes, from the table in their source: `Name = "code", 404, "Title";`.
fn codes(root: &Path) -> Result<Vec<String>> {
    let source = std::fs::read_to_string(root.join("shared/src/problem.rs"))?;
    let codes: Vec<_> = source.lines().filter_map(code).map(str::to_owned).collect();
    if codes.is_empty() {
        bail!("no problem code found in shared/src/problem.rs");
    }
    Ok(codes)
}

fn code(line: &str) -> Option<&str> {
    let (code, rest) = line.trim().strip_suffix(';')?.split_once(" = \"")?.1.split_once("\", ")?;
    rest.split_once(',')?.0.parse::<u16>().ok().map(|_| code)
}

/// The routes, from the checked-in description of the API: `GET /api/users`.
fn routes(root: &Path) -> Result<Vec<String>> {
    let file = root.join("docs").join("openapi.json");
    let text = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let description: Value = serde_json::from_slice(&text)?;
    let paths = description["paths"].as_object().context("the API's description has no paths")?;
    let calls = paths.iter().flat_map(|(path, item)| {
        let methods = METHODS.iter().filter(|method| item.get(**method).is_some());
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    Ok(calls.collect())
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn codes_are_read_from_their_source() {
        assert_eq!(code("    Internal = \"internal\", 500, \"Something\";"), Some("internal"));
        assert_eq!(code("    let text = \"internal\";"), None);
    }
}
