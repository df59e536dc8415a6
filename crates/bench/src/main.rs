//! The benchmarks: a release server, its relays and real Goose, each figure against a baseline of the same run.
//! `cargo xtask bench` builds what is measured and runs this.

mod cluster;
mod fanout;
mod figure;
mod goose;
mod http;
mod parts;
mod processes;
mod report;
mod result;
mod setting;
mod sse;
mod stats;
mod world;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use parts::Parts;
use result::{Figure, Run};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// All, in the order of the document.
const ALL: [&str; 9] =
    ["emission", "activate", "kills", "fleet", "readers", "page", "store", "cluster", "sleepers"];

/// Measures Gaggle.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Args {
    /// What to measure: emission, activate, kills, fleet, readers, page, store, cluster, sleepers; all by default
    names: Vec<String>,
    /// Fewer repetitions; the document stays as it is
    #[arg(long)]
    quick: bool,
    /// How many projects sleep in `sleepers`; a small node makes some ten a second
    #[arg(long, default_value_t = 10_000)]
    sleepers: usize,
    /// Write the document also of a run of some
    #[arg(long)]
    write: bool,
    /// Make the document again from these files, each of one run
    #[arg(long, value_name = "FILE", num_args = 1..)]
    report: Vec<PathBuf>,
    /// The server's release binary
    #[arg(long, env = "GAGGLE_BIN", default_value = "target/release/gaggle")]
    gaggle: PathBuf,
    /// For the benchmarks themselves: be the baseline of `readers`
    #[arg(long, hide = true)]
    fanout: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = tokio::select! {
        outcome = run(&args) => outcome,
        // What was started is ended by what holds it.
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<()> {
    if args.fanout {
        return fanout::run(figure::readers::PAUSE).await;
    }
    if !args.report.is_empty() {
        let read = |file: &PathBuf| {
            let run = serde_json::from_slice(&std::fs::read(file)?)?;
            Ok((run, file.display().to_string()))
        };
        return write_document(&args.report.iter().map(read).collect::<Result<Vec<_>>>()?);
    }
    if let Some(unknown) = args.names.iter().find(|name| !ALL.contains(&name.as_str())) {
        bail!("there is no {unknown}; there are {}", ALL.join(", "));
    }
    setting::raise_descriptors();
    let scratch = Path::new("target/bench");
    std::fs::create_dir_all(scratch)?;
    let goose = gaggle_testkit::goose::binary().map_err(anyhow::Error::msg)?;
    let gaggle =
        args.gaggle.canonicalize().with_context(|| format!("no server at {}", args.gaggle.display()))?;
    let (goose, scratch_dir) = (goose.canonicalize()?, scratch.canonicalize()?);
    let parts = Parts { gaggle, goose, scratch: scratch_dir, quick: args.quick, sleepers: args.sleepers };
    let mut run = Run { setting: setting::read(&parts), figures: Vec::new() };
    let began = Instant::now();
    for name in ALL.into_iter().filter(|name| args.names.is_empty() || args.names.iter().any(|n| n == name)) {
        run.figures.push(one(name, &parts).await);
    }
    run.setting.seconds = began.elapsed().as_secs_f64();
    // A run of some does not take the place of one of all.
    let which: String = args.names.iter().map(|name| format!("-{name}")).collect();
    let file = format!("{}{which}.json", run.setting.began.get(..10).unwrap_or("run"));
    std::fs::write(scratch.join(&file), serde_json::to_vec(&run)?)?;
    println!("\n{:.0} s; every sample: target/bench/{file}", run.setting.seconds);
    if (args.names.is_empty() && !args.quick) || args.write {
        run.figures.iter_mut().for_each(|figure| figure.samples.clear());
        std::fs::create_dir_all("docs/bench")?;
        let kept = format!("docs/bench/{file}");
        std::fs::write(&kept, serde_json::to_string_pretty(&run)? + "\n")?;
        let failed = failures(&run);
        write_document(&[(run, kept)])?;
        return failed;
    }
    failures(&run)
}

fn failures(run: &Run) -> Result<()> {
    match run.figures.iter().filter(|figure| figure.failed.is_some()).count() {
        0 => Ok(()),
        count => bail!("{count} could not be measured"),
    }
}

async fn one(name: &str, parts: &Parts) -> Figure {
    eprintln!("==> {name}");
    let before = setting::load();
    let measured = match name {
        "emission" => figure::emission::measure(parts).await,
        "activate" => figure::activate::measure(parts).await,
        "kills" => figure::kills::measure(parts).await,
        "fleet" => figure::fleet::measure(parts).await,
        "readers" => figure::readers::measure(parts).await,
        "page" => figure::page::measure(parts).await,
        "cluster" => figure::cluster::measure(parts).await,
        "sleepers" => figure::sleepers::measure(parts).await,
        _ => figure::store::measure(parts).await,
    };
    let mut figure = measured.unwrap_or_else(|error| {
        eprintln!("{name} failed: {error:#}");
        Figure { failed: Some(format!("{error:#}")), ..Figure::new(name, name, "") }
    });
    figure.load = [before, setting::load()];
    println!("{}", report::table(&figure));
    figure
}

fn write_document(runs: &[(Run, String)]) -> Result<()> {
    std::fs::write("docs/PERFORMANCE.md", report::document(runs))?;
    let files: Vec<&str> = runs.iter().map(|(_, file)| file.as_str()).collect();
    println!("docs/PERFORMANCE.md is made from {}", files.join(", "));
    Ok(())
}
