//! The checks that run no code of ours, each counted as one.

mod walls;

use super::tally::Tally;
use crate::{process, say, tools, workspace};
use anyhow::{Result, bail};
use std::process::Command;

/// What the domain must not know, through others either: frameworks, databases, sockets.
const NOT_IN_CORE: &[&str] =
    &["axum", "kube", "k8s-openapi", "mongodb", "redb", "hyper", "reqwest", "mio", "tokio-tungstenite"];
/// What the wire types, which the page shares, must not know.
const NOT_IN_SHARED: &[&str] = &["tokio", "axum", "kube", "k8s-openapi", "mongodb", "redb", "hyper", "mio"];

type Check = (&'static str, fn() -> Result<()>);
const CHECKS: &[Check] = &[
    ("format", format),
    ("every crate has the workspace's lints", lint_tables),
    ("core knows no I/O", || depends_on_none("gaggle-core", NOT_IN_CORE)),
    ("core depends on nothing new", walls::dependencies),
    ("core touches neither files, sockets, processes nor the clock", walls::sources),
    ("shared knows no runtime", || depends_on_none("gaggle-shared", NOT_IN_SHARED)),
    ("clippy", clippy),
    ("licences, bans and sources", licences),
];

/// Runs every check, even if one fails.
pub(crate) fn run() -> Tally {
    let mut tally = Tally::default();
    for (name, check) in CHECKS {
        say::step(&format!("lint: {name}"));
        tally.check(name, check());
    }
    advisories(&mut tally);
    tally
}

fn format() -> Result<()> {
    process::run_on_stderr(workspace::cargo()?.args(["fmt", "--all", "--", "--check"]))
}

fn clippy() -> Result<()> {
    let mut cargo = workspace::cargo()?;
    process::run_on_stderr(cargo.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn lint_tables() -> Result<()> {
    for member in workspace::members()? {
        let manifest = std::fs::read_to_string(&member.manifest)?;
        let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]");
        if lines.nth(1) != Some("workspace = true") {
            bail!("{} lacks `[lints] workspace = true`", member.name);
        }
    }
    Ok(())
}

fn depends_on_none(package: &str, banned: &[&str]) -> Result<()> {
    let mut cargo = workspace::cargo()?;
    cargo.args(["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let Some(tree) = process::output(&mut cargo) else { bail!("cargo tree failed for {package}") };
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let found: Vec<_> = names.filter(|name| banned.contains(name)).collect();
    if !found.is_empty() {
        bail!("{package} must not depend on {}", found.join(", "));
    }
    Ok(())
}

fn licences() -> Result<()> {
    deny(&["check", "licenses", "bans", "sources"])
}

/// Known holes in dependencies: only where the public list of them can be had, and said where not.
fn advisories(tally: &mut Tally) {
    say::step("lint: advisories");
    if deny(&["fetch", "db"]).is_err() {
        tally.skipped += 1;
        tally.notes.push("advisories not checked: their database cannot be reached from here".to_owned());
        return;
    }
    tally.check("advisories", deny(&["check", "--disable-fetch", "advisories"]));
}

fn deny(arguments: &[&str]) -> Result<()> {
    let mut deny = Command::new(tools::deny::ensure()?);
    process::run_on_stderr(
        deny.args(["--workspace", "--all-features"]).args(arguments).current_dir(workspace::root()?),
    )
}
