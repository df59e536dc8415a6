//! trunk, which builds the page.

use crate::{cache, process, tools};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = "0.22.1";

/// trunk 0.22 from `PATH` or the cache, else compiled into the cache.
pub(crate) fn ensure() -> Result<PathBuf> {
    let cached = cache::bin()?.join(format!("trunk{}", std::env::consts::EXE_SUFFIX));
    let candidates = process::on_path("trunk").into_iter().chain([cached.clone()]);
    if let Some(found) = candidates.into_iter().find(|path| fits(path)) {
        return Ok(found);
    }
    tools::cargo_install("trunk", VERSION, &["--no-default-features", "--features", "rustls"], true)?;
    if !fits(&cached) {
        bail!("{} does not run", cached.display());
    }
    Ok(cached)
}

fn fits(program: &Path) -> bool {
    process::output(Command::new(program).arg("--version").env_remove("NO_COLOR"))
        .is_some_and(|answer| answer.starts_with("trunk 0.22."))
}
