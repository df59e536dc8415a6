//! `cargo xtask run`: from a fresh clone to an open page.

use crate::binary::{self, Speed};
use crate::{page, say, tools};
use anyhow::{Context as _, Result};
use std::process::Command;

/// Options of `cargo xtask run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Compile the server fast instead of optimised.
    #[arg(long)]
    dev: bool,
    /// Arguments for `gaggle`, after `--`.
    #[arg(last = true)]
    gaggle: Vec<String>,
}

/// Fetches, builds and starts; ends when the server ends. The server prints its address.
pub(crate) fn run(args: Args) -> Result<()> {
    let goose = tools::goose::ensure()?;
    page::build()?;
    let gaggle = binary::server(if args.dev { Speed::Dev } else { Speed::Release })?;
    say::step("starting Gaggle; Ctrl-C ends it and its agents");
    let mut server = Command::new(gaggle);
    server.args(args.gaggle).env("GAGGLE_GOOSE_BIN", goose);
    become_server(&mut server)
}

/// On Unix the server takes this process's place, so that every signal reaches it and nothing lies between.
#[cfg(unix)]
fn become_server(server: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(server.exec()).context("cannot start the server")
}

#[cfg(not(unix))]
fn become_server(server: &mut Command) -> Result<()> {
    let status = server.status().context("cannot start the server")?;
    anyhow::ensure!(status.success(), "the server ended with {status}");
    Ok(())
}
