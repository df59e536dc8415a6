//! cargo-deny, which checks the licences and sources of what we depend on.

use crate::{cache, process, tools};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

const VERSION: &str = "0.20.2";

/// cargo-deny from `PATH` or the cache, else compiled into the cache.
pub(crate) fn ensure() -> Result<PathBuf> {
    let cached = cache::bin()?.join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    let candidates = process::on_path("cargo-deny").into_iter().chain([cached.clone()]);
    let mut runs = candidates.filter(|path| process::output(Command::new(path).arg("--version")).is_some());
    if let Some(found) = runs.next() {
        return Ok(found);
    }
    tools::cargo_install("cargo-deny", VERSION, &[], true)?;
    Ok(cached)
}
