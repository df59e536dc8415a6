//! `cargo xtask bench`: the benchmarks are a program of their own, run at release speed with real parts.

use crate::binary::{self, Speed};
use crate::image::{self, Kind};
use crate::tools::chromium::Browser;
use crate::{cluster, page, process, say, tools, workspace};
use anyhow::Result;
use std::process::Command;

const PACKAGE: &str = "gaggle-bench";
/// Those that need a cluster.
const CLUSTER: [&str; 2] = ["cluster", "sleepers"];
/// The one that needs a browser.
const PAGE: &str = "page";

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to measure, and how: the names of some (none: all), `--quick`, `--write`, `--report FILE…`; after `--` also
    /// `--help`, for all there is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WHAT")]
    bench: Vec<String>,
}

/// Builds the release binary and the benchmark program and runs the latter; on a cluster and with a browser, if it is
/// to measure what needs them.
pub(crate) fn bench(args: &Args) -> Result<()> {
    let mut cargo = workspace::cargo()?;
    cargo.args(["run", "--release", "--package", PACKAGE, "--"]).args(&args.bench);
    if args.bench.iter().any(|arg| ["--help", "-h", "--report"].contains(&arg.as_str())) {
        return process::run(&mut cargo);
    }
    let goose = tools::goose::ensure()?;
    page::build()?;
    let gaggle = binary::server(Speed::Release)?;
    cargo.env("GAGGLE_GOOSE_BIN", goose).env("GAGGLE_BIN", gaggle);
    if args.measures(PAGE) {
        browser(&mut cargo)?;
    }
    if !CLUSTER.iter().any(|name| args.measures(name)) {
        return process::run(&mut cargo);
    }
    let was_up = cluster::is_up();
    let cluster = cluster::up()?;
    let measured = images(args).and_then(|images| process::run(cargo.envs(cluster.variables()).envs(images)));
    if was_up {
        say::note("the cluster was up before: it stays");
        return measured;
    }
    measured.and(cluster::down())
}

impl Args {
    /// Whether this one is among those to measure.
    fn measures(&self, name: &str) -> bool {
        self.bench.iter().any(|arg| arg == name) || self.bench.iter().all(|arg| arg.starts_with('-'))
    }
}

/// What the page's figures need beside the server: a browser, the program that drives it, and React for the baseline.
fn browser(bench: &mut Command) -> Result<()> {
    let folder = workspace::root()?.join("frontend").join("bench");
    tools::need_npm()?;
    say::step("installing what the page is measured with (npm ci)");
    let mut npm = process::npm("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
    process::run_on_stderr(&mut npm)?;
    match tools::chromium::ensure()? {
        Browser::Installed(path) => {
            bench.env("CHROMIUM", path);
        }
        Browser::Playwright => {
            let mut npx = process::npm("npx");
            npx.args(["--no-install", "playwright-core", "install", "chromium"]).current_dir(&folder);
            process::run_on_stderr(&mut npx)?;
        }
    }
    Ok(())
}

/// The images that are needed, each by its variable: the one that is given, else one that is built here and loaded.
fn images(args: &Args) -> Result<Vec<(&'static str, String)>> {
    let mut images = vec![("GAGGLE_TEST_AGENT_IMAGE", image("GAGGLE_TEST_AGENT_IMAGE", Kind::Agent)?)];
    if args.measures(CLUSTER[0]) {
        images.push(("GAGGLE_TEST_FOREIGN_IMAGE", image("GAGGLE_TEST_FOREIGN_IMAGE", Kind::Foreign)?));
    }
    Ok(images)
}

fn image(variable: &str, kind: Kind) -> Result<String> {
    if let Ok(image) = std::env::var(variable) {
        return Ok(image);
    }
    let image = image::build(kind)?;
    cluster::load(image)?;
    Ok(image.to_owned())
}

#[cfg(test)]
mod tests {
    use super::Args;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn what_to_measure_is_typed_as_it_is_written() {
        let typed = |line: &str| Line::try_parse_from(line.split(' ')).map(|line| line.args).unwrap();
        assert_eq!(typed("bench page").bench, ["page"]);
        assert_eq!(typed("bench -- page").bench, ["page"]);
        assert_eq!(typed("bench --quick page").bench, ["--quick", "page"]);
        assert_eq!(typed("bench fleet readers --write").bench, ["fleet", "readers", "--write"]);
        assert_eq!(typed("bench --report a.json b.json").bench, ["--report", "a.json", "b.json"]);
        assert_eq!(typed("bench -- --help").bench, ["--help"]);
    }

    #[test]
    fn only_what_is_measured_is_made_ready() {
        let args = |words: &[&str]| Args { bench: words.iter().map(|&word| word.into()).collect() };
        assert!(args(&["page", "--quick"]).measures("page") && !args(&["page"]).measures("cluster"));
        assert!(args(&[]).measures("page") && args(&["--quick"]).measures("cluster"));
    }
}
