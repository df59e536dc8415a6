//! `cargo xtask bench`: the benchmarks are a program of their own, run at release speed with real parts.

use crate::binary::{self, Speed};
use crate::{page, process, tools, workspace};
use anyhow::Result;

const PACKAGE: &str = "gaggle-bench";

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments for the benchmark program, after `--`: the names of those to run, `--quick`, `--help`.
    #[arg(last = true)]
    bench: Vec<String>,
}

/// Builds the release binary and the benchmark program and runs the latter.
pub(crate) fn bench(args: Args) -> Result<()> {
    let goose = tools::goose::ensure()?;
    page::build()?;
    let gaggle = binary::server(Speed::Release)?;
    let mut cargo = workspace::cargo()?;
    cargo.args(["run", "--release", "--package", PACKAGE, "--"]).args(args.bench);
    process::run(cargo.env("GAGGLE_GOOSE_BIN", goose).env("GAGGLE_BIN", gaggle))
}
