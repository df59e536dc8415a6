//! The folder for fetched tools: outside the checkout, shared by all of them.

use anyhow::{Context as _, Result};
use std::env;
use std::path::PathBuf;

/// `GAGGLE_TOOLS_DIR`, else `gaggle-tools` in the platform's cache folder. Made if missing.
pub(crate) fn dir() -> Result<PathBuf> {
    let dir = match env::var_os("GAGGLE_TOOLS_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => platform_cache().context("no cache folder: set GAGGLE_TOOLS_DIR")?.join("gaggle-tools"),
    };
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(dir)
}

/// Where `cargo install --root` puts programs.
pub(crate) fn bin() -> Result<PathBuf> {
    Ok(dir()?.join("bin"))
}

fn platform_cache() -> Option<PathBuf> {
    if let Some(dir) = env::var_os("XDG_CACHE_HOME").or_else(|| env::var_os("LOCALAPPDATA")) {
        return Some(PathBuf::from(dir));
    }
    let below_home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    env::home_dir().map(|home| home.join(below_home))
}
