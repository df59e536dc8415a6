//! `cargo xtask bench`: the benchmarks are a program of the test kit, run at release speed with real parts.

use crate::binary::{self, Speed};
use crate::{page, process, tools, workspace};
use anyhow::{Result, bail};

const PACKAGE: &str = "gaggle-testkit";
const PROGRAM: &str = "bench";

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments for the benchmark program, after `--`, such as the names of the ones to run.
    #[arg(last = true)]
    bench: Vec<String>,
}

/// Builds the release binary and the benchmark program and runs the latter.
pub(crate) fn bench(args: Args) -> Result<()> {
    let members = workspace::members()?;
    let mut targets =
        members.iter().filter(|member| member.name == PACKAGE).flat_map(|member| &member.targets);
    if !targets.any(|target| target.kind == "bin" && target.name == PROGRAM) {
        bail!("this checkout has no benchmarks yet ({PACKAGE} has no program `{PROGRAM}`)");
    }
    let goose = tools::goose::ensure()?;
    page::build()?;
    let gaggle = binary::server(Speed::Release)?;
    let mut cargo = workspace::cargo()?;
    cargo.args(["run", "--release", "--package", PACKAGE, "--bin", PROGRAM, "--"]).args(args.bench);
    process::run(cargo.env("GAGGLE_GOOSE_BIN", goose).env("GAGGLE_BIN", gaggle))
}
