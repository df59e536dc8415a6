//! `cargo xtask test`: tiers of tests, each counted and timed, and one last line for all of them.

mod cargo_test;
mod cluster;
pub(crate) mod e2e;
mod evidence;
mod libtest;
mod lint;
mod mongodb;
mod page;
mod playwright;
mod programs;
mod room;
mod table;
mod tally;

use crate::say;
use clap::ValueEnum;
use evidence::Evidence;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tally::Tally;

/// A group of tests that need the same things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tier {
    /// Format, clippy, layering, licences and sources.
    Lint,
    /// Everything that needs neither Goose nor a browser.
    Unit,
    /// Integration tests that ask for Goose, against the real one.
    Goose,
    /// The MongoDB store and everything on it, on a real server that is fetched from PyPI.
    Mongodb,
    /// The page: release build, its size over the wire, and its model's tests.
    Page,
    /// The release binary in a real Chromium, with Playwright.
    E2e,
    /// Integration tests that ask for a cluster, on a real Kubernetes with our images.
    Cluster,
    /// `docs/TESTS.md`: every promise, route and problem code has a test, and it ran.
    Table,
}

impl Tier {
    fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Unit => "unit",
            Self::Goose => "goose",
            Self::Mongodb => "mongodb",
            Self::Page => "page",
            Self::E2e => "e2e",
            Self::Cluster => "cluster",
            Self::Table => "table",
        }
    }

    fn run(self, evidence: &mut Evidence) -> anyhow::Result<Tally> {
        match self {
            Self::Lint => Ok(lint::run()),
            Self::Unit => cargo_test::unit(evidence),
            Self::Goose => cargo_test::goose(evidence),
            Self::Mongodb => mongodb::tests(evidence),
            Self::Page => page::run(evidence),
            Self::E2e => e2e::run(evidence),
            Self::Cluster => cluster::run(evidence),
            Self::Table => table::run(evidence),
        }
    }
}

/// Options of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Tiers to run, in this order; none means all.
    #[arg(value_name = "TIER")]
    tiers: Vec<Tier>,
}

impl Args {
    /// One tier.
    pub(crate) fn only(tier: Tier) -> Self {
        Self { tiers: vec![tier] }
    }
}

/// Runs the tiers, all of them even if one fails; the last line on stdout is `N passed, N failed`.
pub(crate) fn test(args: &Args) -> ExitCode {
    let tiers = if args.tiers.is_empty() { Tier::value_variants() } else { &args.tiers };
    let mut evidence = Evidence::of(tiers);
    if tiers.contains(&Tier::Cluster) {
        // Compiling Kubernetes takes minutes where it is not cached: begin while the other tiers wait for
        // tests. The tier itself waits for it, and says what went wrong.
        drop(crate::cluster::prepare());
    }
    room::warn(tiers.len() == Tier::value_variants().len());
    let results: Vec<_> = tiers.iter().map(|tier| one(*tier, &mut evidence)).collect();
    let failed = summary(&results);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(tier: Tier, evidence: &mut Evidence) -> (Tier, Duration, Tally) {
    say::step(&format!("tier {}", tier.name()));
    let start = Instant::now();
    // A tier that cannot run has failed: nothing is skipped in silence.
    let tally = tier.run(evidence).unwrap_or_else(|error| Tally::broken(&error));
    let time = start.elapsed();
    say::step(&format!("tier {}: {tally} in {}", tier.name(), say::duration(time)));
    (tier, time, tally)
}

fn summary(results: &[(Tier, Duration, Tally)]) -> u64 {
    let mut by_time: Vec<_> = results.iter().collect();
    by_time.sort_by_key(|(_, time, _)| std::cmp::Reverse(*time));
    println!("\nTiers, slowest first:");
    for (tier, time, tally) in by_time {
        println!("  {:<7} {:>13}   {tally}", tier.name(), say::duration(*time));
    }
    // What failed of itself stands last: the table repeats it, and the end of a log is what is read.
    let (table, others): (Vec<_>, Vec<_>) = results.iter().partition(|(tier, ..)| *tier == Tier::Table);
    let complaints: Vec<_> = table
        .into_iter()
        .chain(others)
        .flat_map(|(tier, _, tally)| tally.notes.iter().map(move |note| (tier, note)))
        .collect();
    if !complaints.is_empty() {
        println!("\nTo look at:");
    }
    for (tier, note) in complaints {
        println!("  {}: {note}", tier.name());
    }
    let all: Duration = results.iter().map(|(_, time, _)| *time).sum();
    let passed: u64 = results.iter().map(|(_, _, tally)| tally.passed).sum();
    let failed: u64 = results.iter().map(|(_, _, tally)| tally.failed).sum();
    println!("\nAll of it took {}.", say::duration(all));
    if let Some(free) = room::free() {
        println!("{} are free on the disk.", room::words(free));
    }
    println!("{passed} passed, {failed} failed");
    failed
}
