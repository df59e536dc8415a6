//! The tiers that are plain `cargo test`.

use super::{evidence::Evidence, libtest, tally::Tally};
use crate::{process, tools, workspace};
use anyhow::{Result, bail};
use std::process::Command;

/// The page is compiled and tested in its own tier.
const PAGE: &str = "gaggle-frontend";

/// Unit tests, documentation tests, and integration tests that need no Goose.
pub(crate) fn unit(evidence: &mut Evidence) -> Result<Tally> {
    let mut cargo = all_but_the_page()?;
    cargo.args(["--lib", "--bins"]);
    for name in integration_tests()?.iter().filter(|name| !needs_goose(name)) {
        cargo.args(["--test", name]);
    }
    let mut tally = counted(&mut cargo, evidence)?;
    tally.add(counted(all_but_the_page()?.arg("--doc"), evidence)?);
    something_ran(tally)
}

/// Integration tests against the real Goose: by convention in files `tests/goose*.rs`.
pub(crate) fn goose(evidence: &mut Evidence) -> Result<Tally> {
    let goose = tools::goose::ensure()?;
    let mut cargo = all_but_the_page()?;
    let tests = integration_tests()?;
    for name in tests.iter().filter(|name| needs_goose(name)) {
        cargo.args(["--test", name]);
    }
    if !tests.iter().any(|name| needs_goose(name)) {
        bail!("no integration test is named goose*");
    }
    something_ran(counted(cargo.env("GAGGLE_GOOSE_BIN", goose), evidence)?)
}

/// The page's own tests, on this machine.
pub(crate) fn page(evidence: &mut Evidence) -> Result<Tally> {
    let mut cargo = workspace::cargo()?;
    something_ran(counted(cargo.args(["test", "--package", PAGE, "--no-fail-fast"]), evidence)?)
}

/// Names of all tests that cargo knows, without running them.
pub(crate) fn list() -> Result<Vec<String>> {
    let mut cargo = workspace::cargo()?;
    cargo.args(["test", "--workspace", "--lib", "--bins", "--tests", "--", "--list"]);
    let (mut binary, mut names) = (String::new(), Vec::new());
    let ok = process::tee(&mut cargo, |line| {
        if let Some(program) = libtest::program(line) {
            binary = program;
        } else if let Some(name) = line.strip_suffix(": test") {
            names.push(format!("{binary}::{name}"));
        }
    })?;
    if !ok {
        bail!("the tests do not compile");
    }
    Ok(names)
}

fn all_but_the_page() -> Result<Command> {
    let mut cargo = workspace::cargo()?;
    cargo.args(["test", "--workspace", "--exclude", PAGE, "--no-fail-fast"]);
    Ok(cargo)
}

fn counted(cargo: &mut Command, evidence: &mut Evidence) -> Result<Tally> {
    let mut reader = libtest::Reader::default();
    let ok = process::tee(cargo, |line| reader.line(line))?;
    Ok(reader.end(ok, evidence))
}

fn something_ran(tally: Tally) -> Result<Tally> {
    if tally.passed + tally.failed == 0 {
        bail!("no test ran");
    }
    Ok(tally)
}

fn integration_tests() -> Result<Vec<String>> {
    let members = workspace::members()?;
    let server_side = members.into_iter().filter(|member| member.name != PAGE);
    let targets = server_side.flat_map(|member| member.targets);
    let mut names: Vec<_> = targets.filter(|t| t.kind == "test").map(|t| t.name).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

fn needs_goose(test: &str) -> bool {
    test.starts_with("goose")
}
