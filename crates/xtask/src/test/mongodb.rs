//! The tier of the MongoDB store, and of everything on it.

use super::cargo_test::{PAGE, run};
use super::programs::{self, Needs};
use super::{evidence::Evidence, tally::Tally};
use crate::{say, tools};
use anyhow::{Result, bail};
use std::process::Command;

/// Integration tests that ask for a MongoDB: on a server that is fetched, and what every store must do once more on
/// the one that `TEST_MONGODB_URI` names.
pub(crate) fn tests(evidence: &mut Evidence) -> Result<Tally> {
    let (server, goose) = (tools::mongodb::ensure()?, tools::goose::ensure()?);
    let given = std::env::var_os("TEST_MONGODB_URI").filter(|uri| !uri.is_empty());
    let programs = programs::build(PAGE)?;
    let mut tally = Tally::default();
    for program in programs.iter().filter(|program| program.needs == Needs::Mongodb) {
        let prepare = |command: &mut Command| {
            command.env("GAGGLE_SECANTUS_BIN", &server).env("GAGGLE_GOOSE_BIN", &goose);
            command.env_remove("TEST_MONGODB_URI");
        };
        tally.add(run(program, prepare, evidence)?);
        if let Some(uri) = given.as_ref().filter(|_| program.name.starts_with("gaggle_store_mongodb")) {
            say::step("again, on TEST_MONGODB_URI");
            let prepare =
                |command: &mut Command| _ = command.arg("conformance::").env("TEST_MONGODB_URI", uri);
            tally.add(run(program, prepare, evidence)?);
        }
    }
    if tally.passed + tally.failed == 0 {
        bail!("no test ran");
    }
    Ok(tally)
}
