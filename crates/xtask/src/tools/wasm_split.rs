//! wasm-split-cli, which takes the page's program apart. Its version must fit `wasm_split_helpers` in `Cargo.lock`.

use crate::{cache, tools};
use anyhow::{Result, bail};
use std::path::PathBuf;

const CRATE: &str = "wasm_split_cli_support";
const VERSION: &str = "0.2.4";

/// The program of the pinned version: from the cache, or compiled into it. It does not say its version, so only cargo's
/// own list in the cache is trusted, and none on `PATH`.
pub(crate) fn ensure() -> Result<PathBuf> {
    let program = cache::bin()?.join(format!("wasm-split-cli{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() && is_listed()? {
        return Ok(program);
    }
    let features = ["--features", "build-binary"];
    tools::cargo_install(CRATE, VERSION, &features, true)?;
    if !program.is_file() {
        bail!("{CRATE} {VERSION} brought no {}", program.display());
    }
    Ok(program)
}

fn is_listed() -> Result<bool> {
    let list = std::fs::read_to_string(cache::dir()?.join(".crates.toml")).unwrap_or_default();
    Ok(list.contains(&format!("\"{CRATE} {VERSION} ")))
}
