//! Building the page, and what it weighs.

use crate::tools::page::PageTools;
use crate::{hash, process, say, tools, workspace};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the page shall weigh over the wire, with brotli.
pub(crate) const GOAL: u64 = 250 * 1024;
/// What it may weigh until it has reached the goal: it only ever gets lighter. Lower this with every gain.
pub(crate) const BUDGET: u64 = 368_000;

/// Builds the page into `frontend/dist`, unless nothing it is made of has changed.
pub(crate) fn build() -> Result<()> {
    let root = workspace::root()?;
    // Inside the build, so that any other build of the page, such as one for `dev`, takes it away.
    let stamp_file = root.join("frontend").join("dist").join(".built-from");
    let inputs = inputs(&root);
    let stamp = hash::of(&inputs.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    if std::fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        say::note("the page is up to date");
        return Ok(());
    }
    let tools = tools::page::ensure()?;
    trunk(&tools)?;
    std::fs::write(&stamp_file, stamp).with_context(|| format!("cannot write {}", stamp_file.display()))
}

fn trunk(tools: &PageTools) -> Result<()> {
    say::step("building the page (the first time takes some minutes)");
    // trunk works offline, so that it takes the tools given and fetches none of its own.
    process::run_on_stderr(workspace::cargo()?.args(["fetch", "--locked", "--quiet"]))?;
    process::run_on_stderr(tools.trunk()?.args(["build", "--release", "--offline"]))
}

fn inputs(root: &Path) -> Vec<PathBuf> {
    let names = [
        "frontend",
        "shared/src",
        "shared/Cargo.toml",
        "Cargo.toml",
        "Cargo.lock",
        "Trunk.toml",
        ".cargo/config.toml",
    ];
    names.iter().map(|name| root.join(name)).collect()
}

/// One file of the built page and its size over the wire.
#[derive(Debug)]
pub(crate) struct Weight {
    /// Its path in `dist`.
    pub(crate) name: String,
    /// Bytes after brotli at its strongest.
    pub(crate) bytes: u64,
}

/// What a first visit loads. Node does the compressing: it has brotli and is here for the tests anyway.
pub(crate) fn weigh() -> Result<Vec<Weight>> {
    const SCRIPT: &str = "const fs = require('fs'), path = require('path'), zlib = require('zlib');\
        for (const name of fs.readdirSync('.', { recursive: true }).sort()) {\
            if (!fs.statSync(name).isFile() || !/\\.(html|js|wasm|css|svg)$/.test(name)) continue;\
            console.log(zlib.brotliCompressSync(fs.readFileSync(name)).length + ' ' + name);\
        }";
    let dist = workspace::root()?.join("frontend").join("dist");
    let listing = process::output(Command::new("node").args(["-e", SCRIPT]).current_dir(&dist))
        .with_context(|| format!("node could not weigh {}", dist.display()))?;
    let weights: Vec<_> = listing.lines().filter_map(weight).collect();
    if !weights.iter().any(|w| w.name.ends_with(".wasm")) {
        bail!("{} holds no wasm: the page was not built", dist.display());
    }
    Ok(weights)
}

fn weight(line: &str) -> Option<Weight> {
    let (bytes, name) = line.split_once(' ')?;
    Some(Weight { name: name.to_owned(), bytes: bytes.parse().ok()? })
}
