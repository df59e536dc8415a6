//! wasm-opt from binaryen. The version is pinned: an old one makes a page that dies at its start.

use crate::{cache, process, say, tools};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The one trunk 0.22 would fetch itself.
const VERSION: &str = "131";

/// wasm-opt of the pinned version: from `PATH`, from the cache, or from npm.
pub(crate) fn ensure() -> Result<PathBuf> {
    let folder = cache::dir()?.join("wasmopt");
    let script = if cfg!(windows) { "wasm-opt.cmd" } else { "wasm-opt" };
    let cached = folder.join("node_modules").join(".bin").join(script);
    let candidates = process::on_path("wasm-opt").into_iter().chain([cached.clone()]);
    if let Some(found) = candidates.into_iter().find(|path| is_pinned(path)) {
        return Ok(found);
    }
    tools::need_npm()?;
    say::step(&format!("fetching wasm-opt (binaryen {VERSION}) from npm"));
    let mut npm = process::npm("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(&folder);
    process::run_on_stderr(npm.arg(format!("binaryen@{VERSION}.0.0")))?;
    if !is_pinned(&cached) {
        bail!("{} is not version {VERSION}", cached.display());
    }
    Ok(cached)
}

fn is_pinned(program: &Path) -> bool {
    process::output(Command::new(program).arg("--version"))
        .is_some_and(|answer| answer.starts_with(&format!("wasm-opt version {VERSION} ")))
}
