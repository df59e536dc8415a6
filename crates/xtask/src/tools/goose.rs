//! Goose, the agent: the user's own, or the one from its npm package.

use crate::{cache, process, say, tools};
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// The version fetched, and the one Gaggle is tested with.
const VERSION: &str = "1.52.0";

/// `GAGGLE_GOOSE_BIN`, else `goose` on `PATH`, else one from npm.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("GAGGLE_GOOSE_BIN").map(PathBuf::from) {
        let found = path.is_file().then(|| path.clone());
        return found.with_context(|| format!("GAGGLE_GOOSE_BIN names no file: {}", path.display()));
    }
    if let Some(path) = process::on_path("goose") {
        // A database migration tool has the same name.
        if process::output(Command::new(&path).args(["serve", "--help"])).is_some() {
            return Ok(path);
        }
        say::note(&format!("{} is not the agent (it has no `serve`)", path.display()));
    }
    from_npm()
}

fn from_npm() -> Result<PathBuf> {
    let package = format!("@aaif/goose-binary-{}", platform()?);
    let folder = cache::dir()?.join(format!("goose-{VERSION}"));
    let binary = folder.join("node_modules").join(&package).join("bin");
    let binary = binary.join(format!("goose{}", std::env::consts::EXE_SUFFIX));
    if binary.is_file() {
        return Ok(binary);
    }
    tools::need_npm()?;
    say::step(&format!("fetching Goose {VERSION} from npm ({package}, about 300 MB)"));
    let mut npm = process::npm("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--no-save", "--prefix"]).arg(&folder);
    process::run_on_stderr(npm.arg(format!("{package}@{VERSION}"))).context(
        "Goose could not be fetched; install it yourself and put it on PATH, or name it in GAGGLE_GOOSE_BIN",
    )?;
    if !binary.is_file() {
        bail!("the npm package {package} has no {}", binary.display());
    }
    Ok(binary)
}

/// The platform as npm names it.
fn platform() -> Result<String> {
    let os = match std::env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        "windows" => "win32",
        other => bail!("no Goose package for {other}: name a binary in GAGGLE_GOOSE_BIN"),
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!("no Goose package for {other}: name a binary in GAGGLE_GOOSE_BIN"),
    };
    Ok(format!("{os}-{arch}"))
}
