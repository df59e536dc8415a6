//! The tiers that are tests in Rust.

use super::programs::{self, Needs, Program};
use super::{evidence::Evidence, libtest, tally::Tally};
use crate::{process, say, tools, workspace};
use anyhow::{Result, bail};
use std::process::Command;

/// The page is compiled and tested in its own tier.
pub(crate) const PAGE: &str = "gaggle-frontend";

/// Unit tests, documentation tests, and integration tests that need neither Goose nor a cluster.
pub(crate) fn unit(evidence: &mut Evidence) -> Result<Tally> {
    let programs = programs::build(PAGE)?;
    let mut tally = Tally::default();
    for program in programs.iter().filter(|program| program.needs == Needs::Nothing) {
        tally.add(run(program, |_| {}, evidence)?);
    }
    let mut cargo = workspace::cargo()?;
    cargo.args(["test", "--workspace", "--exclude", PAGE, "--doc", "--no-fail-fast"]);
    tally.add(counted(&mut cargo, libtest::Reader::default(), evidence)?);
    something_ran(tally)
}

/// Integration tests against the real Goose: those whose source asks for it.
pub(crate) fn goose(evidence: &mut Evidence) -> Result<Tally> {
    let goose = tools::goose::ensure()?;
    let programs = programs::build(PAGE)?;
    let mut tally = Tally::default();
    for program in programs.iter().filter(|program| program.needs == Needs::Goose) {
        tally.add(run(program, |command| _ = command.env("GAGGLE_GOOSE_BIN", &goose), evidence)?);
    }
    something_ran(tally)
}

/// The page's own tests, on this machine.
pub(crate) fn page(evidence: &mut Evidence) -> Result<Tally> {
    let mut cargo = workspace::cargo()?;
    cargo.args(["test", "--package", PAGE, "--no-fail-fast"]);
    something_ran(counted(&mut cargo, libtest::Reader::default(), evidence)?)
}

/// Names of all tests in Rust, without running them.
pub(crate) fn list() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for program in programs::build(PAGE)? {
        let Some(file) = &program.file else { bail!("{} does not compile", program.name) };
        let listing = process::output(Command::new(file).arg("--list")).unwrap_or_default();
        let tests = listing.lines().filter_map(|line| line.strip_suffix(": test"));
        names.extend(tests.map(|test| format!("{}::{test}", program.name)));
    }
    let mut cargo = workspace::cargo()?;
    let listing = process::output(cargo.args(["test", "--package", PAGE, "--", "--list"]));
    let Some(listing) = listing else { bail!("{PAGE} does not compile") };
    let page = PAGE.replace('-', "_");
    let tests = listing.lines().filter_map(|line| line.strip_suffix(": test"));
    names.extend(tests.map(|test| format!("{page}::{test}")));
    Ok(names)
}

/// Runs one program as `cargo test` would.
pub(super) fn run(
    program: &Program,
    prepare: impl Fn(&mut Command),
    evidence: &mut Evidence,
) -> Result<Tally> {
    let Some(file) = &program.file else {
        let mut tally = Tally::default();
        tally.fail(format!("{} does not compile", program.name));
        return Ok(tally);
    };
    say::step(&program.name);
    let mut command = Command::new(file);
    command.current_dir(&program.folder).env("CARGO_MANIFEST_DIR", &program.folder);
    if let Some(agent) = &program.agent {
        command.env("GAGGLE_SCRIPTED_AGENT_BIN", agent);
    }
    prepare(&mut command);
    counted(&mut command, libtest::Reader::of(&program.name), evidence)
}

fn counted(command: &mut Command, mut reader: libtest::Reader, evidence: &mut Evidence) -> Result<Tally> {
    let ok = process::tee(command, |line| reader.line(line))?;
    Ok(reader.end(ok, evidence))
}

/// A tier without a test is a failure, not a success.
pub(super) fn something_ran(tally: Tally) -> Result<Tally> {
    if tally.passed + tally.failed == 0 {
        bail!("no test ran");
    }
    Ok(tally)
}
