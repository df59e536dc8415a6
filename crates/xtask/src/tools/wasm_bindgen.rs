//! wasm-bindgen's command line: its version must equal the crate's in `Cargo.lock`.

use crate::{cache, process, say, tools, workspace};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program of the locked version: from `PATH`, from the cache, or compiled into the cache.
pub(crate) fn ensure() -> Result<PathBuf> {
    let version = workspace::locked_version("wasm-bindgen")?;
    let cached = cache::bin()?.join(format!("wasm-bindgen{}", std::env::consts::EXE_SUFFIX));
    let candidates = process::on_path("wasm-bindgen").into_iter().chain([cached.clone()]);
    if let Some(found) = candidates.into_iter().find(|path| is_version(path, &version)) {
        return Ok(found);
    }
    // Without TLS: it is only for wasm-bindgen's own test runner on remote drivers.
    let features = ["--no-default-features"];
    if tools::cargo_install("wasm-bindgen-cli", &version, &features, true).is_err() {
        say::note("its own lock file cannot be had from here; trying again with the newest versions");
        tools::cargo_install("wasm-bindgen-cli", &version, &features, false)?;
    }
    if !is_version(&cached, &version) {
        bail!("{} is not version {version}", cached.display());
    }
    Ok(cached)
}

fn is_version(program: &Path, version: &str) -> bool {
    process::output(Command::new(program).arg("--version"))
        .is_some_and(|answer| answer.split(' ').nth(1) == Some(version))
}
