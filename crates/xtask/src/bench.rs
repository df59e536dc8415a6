//! `cargo xtask bench`: the benchmarks are a program of their own, run at release speed with real parts.

use crate::binary::{self, Speed};
use crate::image::{self, Kind};
use crate::{cluster, page, process, say, tools, workspace};
use anyhow::Result;

const PACKAGE: &str = "gaggle-bench";
/// The one that needs a cluster.
const CLUSTER: &str = "cluster";

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments for the benchmark program, after `--`: the names of those to run, `--quick`, `--help`.
    #[arg(last = true)]
    bench: Vec<String>,
}

/// Builds the release binary and the benchmark program and runs the latter; on a cluster, if it is to measure one.
pub(crate) fn bench(args: Args) -> Result<()> {
    let goose = tools::goose::ensure()?;
    page::build()?;
    let gaggle = binary::server(Speed::Release)?;
    let mut cargo = workspace::cargo()?;
    let all = !args.bench.iter().any(|arg| !arg.starts_with('-'));
    let clustered = (all || args.bench.iter().any(|arg| arg == CLUSTER))
        && !args.bench.iter().any(|arg| ["--help", "-h", "--report"].contains(&arg.as_str()));
    cargo.args(["run", "--release", "--package", PACKAGE, "--"]).args(args.bench);
    cargo.env("GAGGLE_GOOSE_BIN", goose).env("GAGGLE_BIN", gaggle);
    if !clustered {
        return process::run(&mut cargo);
    }
    let was_up = cluster::is_up();
    let cluster = cluster::up()?;
    let measured = agent_image().and_then(|image| {
        process::run(cargo.envs(cluster.variables()).env("GAGGLE_TEST_AGENT_IMAGE", image))
    });
    if was_up {
        say::note("the cluster was up before: it stays");
        return measured;
    }
    measured.and(cluster::down())
}

/// The image of `GAGGLE_TEST_AGENT_IMAGE`, else one that is built here and loaded.
fn agent_image() -> Result<String> {
    if let Ok(image) = std::env::var("GAGGLE_TEST_AGENT_IMAGE") {
        return Ok(image);
    }
    let image = image::build(Kind::Agent)?;
    cluster::load(image)?;
    Ok(image.to_owned())
}
