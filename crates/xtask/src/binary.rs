//! The server's binary, with the page inside.

use crate::{page, process, say, workspace};
use anyhow::{Result, bail};
use std::path::PathBuf;

/// Options of `cargo xtask build`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Leave the page as it is in `frontend/dist` (without one the server says that it was not built).
    #[arg(long)]
    no_page: bool,
}

/// How the server is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speed {
    /// Fast to compile.
    Dev,
    /// Fast to run.
    Release,
}

/// Builds page and release binary; the binary's path.
pub(crate) fn build(args: &Args) -> Result<PathBuf> {
    if !args.no_page {
        page::build()?;
    }
    server(Speed::Release)
}

/// Builds the server around whatever page is in `frontend/dist`; the binary's path.
pub(crate) fn server(speed: Speed) -> Result<PathBuf> {
    let (folder, flag): (_, &[&str]) = match speed {
        Speed::Dev => ("debug", &[]),
        Speed::Release => ("release", &["--release"]),
    };
    say::step(&format!("building the server ({folder})"));
    let mut cargo = workspace::cargo()?;
    process::run_on_stderr(cargo.args(["build", "--package", "gaggle-api", "--bin", "gaggle"]).args(flag))?;
    let binary =
        workspace::target_dir()?.join(folder).join(format!("gaggle{}", std::env::consts::EXE_SUFFIX));
    if !binary.is_file() {
        bail!("cargo built no {}", binary.display());
    }
    Ok(binary)
}
