//! The two commands of a newcomer, `cargo xtask run` and `cargo xtask test`, and what a developer
//! needs beside them. Whatever tool is missing is fetched into a cache folder, and said.

mod bench;
mod binary;
mod cache;
mod cluster;
mod dev;
mod hash;
mod image;
mod page;
mod process;
mod relay;
mod run;
mod say;
mod test;
mod tools;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Build, run and test Gaggle.
///
/// Missing tools (the wasm target, trunk, wasm-bindgen, wasm-opt, wasm-split, Goose, a browser for the tests) are
/// fetched when a command needs them, into a cache folder outside the checkout; every fetch is announced.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build everything, start the server and print its address.
    Run(run::Args),
    /// Build the release binary with the page inside and print its path.
    Build(binary::Args),
    /// Serve the page and the server, rebuilding both as the sources change.
    Dev(dev::Args),
    /// Run the tests: all tiers, or the ones named.
    Test(test::Args),
    /// Run the checks of the `lint` tier only.
    Lint,
    /// Take pictures of every page from a real run: into target/screenshots, and the README's into docs/images.
    Screenshots {
        /// A pattern of the names of those to take, such as `chat|fleet`; none: all, and the README's.
        only: Option<String>,
    },
    /// Run the benchmarks and print their table.
    Bench(bench::Args),
    /// A Kubernetes for the tests: start it, remove it, say what it is, bring images into it.
    Cluster(cluster::Args),
    /// Build a container image and print its name.
    Image(image::Args),
    /// Build the relay as a static binary and print its path.
    Relay(relay::Args),
    /// Fetch what `run` and `test` need, and print where each tool is.
    Tools,
}

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Run(args) => run::run(args),
        Command::Build(args) => binary::build(&args).map(|path| println!("{}", path.display())),
        Command::Dev(args) => dev::dev(args),
        Command::Test(args) => return test::test(&args),
        Command::Lint => return test::test(&test::Args::only(test::Tier::Lint)),
        Command::Screenshots { only } => test::e2e::screenshots(only.as_deref()),
        Command::Bench(args) => bench::bench(&args),
        Command::Cluster(args) => cluster::cluster(&args),
        Command::Image(args) => image::image(&args),
        Command::Relay(args) => relay::relay(&args),
        Command::Tools => tools::list(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::failed(&error);
            ExitCode::FAILURE
        }
    }
}
