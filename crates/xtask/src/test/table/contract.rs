//! What the table must have a row for: read from the code, not listed twice.

use super::rows::Row;
use crate::{hash, workspace};
use anyhow::{Result, bail};
use std::path::Path;

/// The promises are numbered.
const PROMISES: u32 = 7;

/// The faults that are numbered; 14 is none.
const FAULTS: [std::ops::RangeInclusive<u32>; 2] = [1..=13, 15..=30];

/// What has no row.
pub(crate) fn missing(rows: &[Row]) -> Result<Vec<String>> {
    let root = workspace::root()?;
    let promises = (1..=PROMISES).map(|n| format!("Promise {n}"));
    let wanted = promises.chain(codes(&root)?).chain(routes(&root)?);
    let wanted = wanted.filter(|what| !rows.iter().any(|row| row.what == *what));
    let faults = FAULTS.into_iter().flatten().map(|n| format!("F{n}"));
    let faults = faults.filter(|fault| !rows.iter().any(|row| is_of(&row.what, fault)));
    Ok(wanted.chain(faults).map(|what| format!("docs/TESTS.md has no row for {what}")).collect())
}

/// Whether a row is of a fault: `F2, F8: The API server …`.
fn is_of(what: &str, fault: &str) -> bool {
    what.split_once(": ").is_some_and(|(faults, _)| faults.split(", ").any(|one| one == fault))
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

/// The routes, from the handlers' attributes: `#[utoipa::path(get, path = "/api/users", …`.
fn routes(root: &Path) -> Result<Vec<String>> {
    let mut routes = Vec::new();
    hash::files(&root.join("api").join("src"), &mut |file| {
        let source = std::fs::read_to_string(file).unwrap_or_default();
        routes.extend(source.split("#[utoipa::path(").skip(1).filter_map(route));
        Ok(())
    })?;
    if routes.is_empty() {
        bail!("no route found in api/src");
    }
    Ok(routes)
}

fn route(attribute: &str) -> Option<String> {
    let (method, rest) = attribute.split_once(',')?;
    let path = rest.trim_start().strip_prefix("path = \"")?.split_once('"')?.0;
    Some(format!("{} {path}", method.trim().to_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::{code, is_of, route};

    #[test]
    fn codes_are_read_from_their_source() {
        assert_eq!(code("    Internal = \"internal\", 500, \"Something\";"), Some("internal"));
        assert_eq!(code("    let text = \"internal\";"), None);
    }

    #[test]
    fn a_row_may_be_of_several_faults() {
        assert!(is_of("F2, F8: it says no", "F8") && is_of("F2, F8: it says no", "F2"));
        assert!(!is_of("F12: no node", "F1") && !is_of("it says no", "F2"));
    }

    #[test]
    fn routes_are_read_from_their_handlers() {
        let attribute = "patch, path = \"/api/users/{userId}\", tag = \"users\")]";
        assert_eq!(route(attribute).as_deref(), Some("PATCH /api/users/{userId}"));
    }
}
