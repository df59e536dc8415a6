//! The tier of the cluster: a real Kubernetes, our images in it, and the tests that ask for one.

use super::programs::{self, Needs, Program};
use super::{cargo_test, evidence::Evidence, tally::Tally};
use crate::image::{self, Kind};
use crate::{cluster, say, tools};
use anyhow::Result;
use std::time::Instant;

/// Images that the tests name, each by its variable.
const IMAGES: &[(Kind, &str)] = &[
    (Kind::Agent, "GAGGLE_TEST_AGENT_IMAGE"),
    (Kind::Server, "GAGGLE_TEST_SERVER_IMAGE"),
    (Kind::Foreign, "GAGGLE_TEST_FOREIGN_IMAGE"),
    (Kind::Distroless, "GAGGLE_TEST_DISTROLESS_IMAGE"),
];

/// Tests of the cluster wait more than they compute.
const THREADS: &str = "4";

/// Brings the cluster up, runs the tests, and removes the cluster unless it was there before.
pub(crate) fn run(evidence: &mut Evidence) -> Result<Tally> {
    let (goose, mongodb) = (tools::goose::ensure()?, tools::mongodb::ensure()?);
    let was_up = cluster::is_up();
    let programs = programs::build(cargo_test::PAGE)?;
    let rehearsed = rehearse(&programs, was_up, evidence)?;
    let cluster = cluster::up()?;
    let outcome = images().and_then(|images| {
        let mut variables = cluster.variables();
        variables.extend(images);
        variables.push(("GAGGLE_GOOSE_BIN", goose.display().to_string()));
        variables.push(("GAGGLE_SECANTUS_BIN", mongodb.display().to_string()));
        if std::env::var_os("RUST_TEST_THREADS").is_none() {
            variables.push(("RUST_TEST_THREADS", THREADS.to_owned()));
        }
        tests(&programs, &variables, evidence)
    });
    let outcome = outcome.map(|mut tally| {
        tally.add(rehearsed);
        tally
    });
    if was_up {
        say::note("the cluster was up before: it stays");
        return outcome;
    }
    match (outcome, cluster::down()) {
        (Ok(mut tally), down) => {
            tally.check("the cluster leaves nothing", down);
            Ok(tally)
        }
        (Err(error), _) => Err(error),
    }
}

/// Starts and removes nodes, before there is the one of the other tests: a machine can have but one.
fn rehearse(programs: &[Program], was_up: bool, evidence: &mut Evidence) -> Result<Tally> {
    let mut tally = Tally::default();
    if was_up || !cluster::is_native() {
        say::note("starting and removing a native node is not tried: there is a cluster already");
        return Ok(tally);
    }
    // They look at the machine with programs that come with the node.
    tools::testnode::ensure()?;
    for program in programs.iter().filter(|program| program.needs == Needs::Place) {
        let place = |command: &mut std::process::Command| _ = command.env("GAGGLE_TEST_NODE_PLACE", "1");
        tally.add(cargo_test::run(program, place, evidence)?);
    }
    Ok(tally)
}

fn tests(
    programs: &[Program],
    variables: &[(&'static str, String)],
    evidence: &mut Evidence,
) -> Result<Tally> {
    let mut tally = Tally::default();
    for program in programs.iter().filter(|program| program.needs == Needs::Cluster) {
        let set = |command: &mut std::process::Command| {
            command.envs(variables.iter().map(|(name, value)| (name, value)));
        };
        tally.add(cargo_test::run(program, set, evidence)?);
    }
    cargo_test::something_ran(tally)
}

/// Builds and loads each image, unless its variable names one already.
fn images() -> Result<Vec<(&'static str, String)>> {
    let mut names = Vec::new();
    for (kind, variable) in IMAGES {
        if let Ok(name) = std::env::var(variable) {
            names.push((*variable, name));
            continue;
        }
        let start = Instant::now();
        let name = image::build(*kind)?;
        cluster::load(name)?;
        say::note(&format!("{name} is in the cluster after {}", say::duration(start.elapsed())));
        names.push((*variable, name.to_owned()));
    }
    Ok(names)
}
