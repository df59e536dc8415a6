//! A server for tests that speaks MongoDB's protocol: SecantusDB, from PyPI, in an environment of its own.

use crate::{cache, process, say};
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// The version that the tests are known to pass with. The test kit looks for the same folder.
const VERSION: &str = "0.7.0b3";

/// `GAGGLE_SECANTUS_BIN`, else one from PyPI in the cache.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("GAGGLE_SECANTUS_BIN").map(PathBuf::from) {
        let found = path.is_file().then(|| path.clone());
        return found.with_context(|| format!("GAGGLE_SECANTUS_BIN names no file: {}", path.display()));
    }
    let folder = cache::dir()?.join(format!("secantus-{VERSION}"));
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let server = programs.join(format!("secantusd-py{}", std::env::consts::EXE_SUFFIX));
    if works(&server) {
        return Ok(server);
    }
    say::step(&format!("fetching SecantusDB {VERSION} from PyPI into {}", folder.display()));
    let mut venv = Command::new("python3");
    process::run_on_stderr(venv.args(["-m", "venv", "--clear"]).arg(&folder))
        .context("Python 3.10 or newer with venv is needed for the MongoDB tests (Debian: python3-venv)")?;
    let mut pip = Command::new(programs.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", &format!("SecantusDB=={VERSION}")]);
    process::run_on_stderr(&mut pip)?;
    if !works(&server) {
        bail!("{} does not run", server.display());
    }
    Ok(server)
}

fn works(server: &PathBuf) -> bool {
    process::output(Command::new(server).arg("--help")).is_some()
}
