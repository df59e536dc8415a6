//! Building the page, and what it weighs.

mod html;
mod lean;
mod names;
mod split;

use crate::tools::page::PageTools;
use crate::{hash, process, say, tools, workspace};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What everything up to the fleet view may weigh over the wire, with brotli, heads and all: 250 KB of 1000 bytes. It is
/// never raised: what the fleet does not need belongs into a part (`frontend/src/part.rs`).
pub(crate) const BUDGET: u64 = 250_000;
/// What the page may weigh with all of its parts.
pub(crate) const WHOLE: u64 = 680_000;

/// What the server says above a file's body takes at most so much: above a document, whose policy is among it, and above
/// a part of one. The server's tests hold it to that, and a browser test counts what is transferred.
const HEADS: [u64; 2] = [900, 500];

/// Builds the page into `frontend/dist`, unless nothing it is made of has changed.
pub(crate) fn build() -> Result<()> {
    let root = workspace::root()?;
    let dist = root.join("frontend").join("dist");
    // One at a time: two that build at once would mix their pieces. It ends with the process, however that ends.
    let folder = workspace::target_dir()?.join("page");
    fs::create_dir_all(&folder)?;
    let lock = fs::File::create(folder.join(".building"))?;
    lock.lock().context("cannot wait for another build of the page")?;
    // Inside the build, so that any other build of the page, such as one for `dev`, takes it away.
    let stamp_file = dist.join(".built-from");
    let inputs = inputs(&root);
    let stamp = hash::of(&inputs.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    if fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        say::note("the page is up to date");
        return Ok(());
    }
    let tools = tools::page::ensure()?;
    // Beside `dist`, which thus holds a whole page at any time.
    let fresh = root.join("frontend").join(".stage").join("fresh");
    fs::remove_dir_all(&fresh).ok();
    fs::create_dir_all(&fresh).with_context(|| format!("cannot make {}", fresh.display()))?;
    trunk(&tools, &fresh)?;
    split::apply(&tools, &fresh)?;
    fs::write(fresh.join(".built-from"), stamp)?;
    fs::remove_dir_all(&dist).ok();
    fs::rename(&fresh, &dist).with_context(|| format!("cannot put the page into {}", dist.display()))
}

fn trunk(tools: &PageTools, dist: &Path) -> Result<()> {
    say::step("building the page (the first time takes some minutes)");
    // trunk works offline, so that it takes the tools given and fetches none of its own.
    process::run_on_stderr(workspace::cargo()?.args(["fetch", "--locked", "--quiet"]))?;
    let mut trunk = tools.trunk()?;
    trunk.args(["build", "--release", "--offline", "--features", "split", "--dist"]).arg(dist);
    process::run_on_stderr(&mut trunk)
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
    /// Whether the fleet view waits for it; else it is fetched when a part is first shown.
    pub(crate) first: bool,
}

impl Weight {
    /// The body and what is above it.
    pub(crate) fn with_head(&self) -> u64 {
        self.bytes + HEADS[usize::from(!self.name.ends_with(".html"))]
    }
}

/// Every file of the page. Node does the compressing: it has brotli and is here for the tests anyway.
pub(crate) fn weigh() -> Result<Vec<Weight>> {
    const SCRIPT: &str = "const fs = require('fs'), path = require('path'), zlib = require('zlib');\
        for (const name of fs.readdirSync('.', { recursive: true }).sort()) {\
            if (!fs.statSync(name).isFile() || !/\\.(html|js|wasm|css|svg)$/.test(name)) continue;\
            console.log(zlib.brotliCompressSync(fs.readFileSync(name)).length + ' ' + name);\
        }";
    let dist = workspace::root()?.join("frontend").join("dist");
    let listing = process::output(Command::new("node").args(["-e", SCRIPT]).current_dir(&dist))
        .with_context(|| format!("node could not weigh {}", dist.display()))?;
    let page = fs::read_to_string(dist.join("index.html")).unwrap_or_default();
    let weights: Vec<_> = listing.lines().filter_map(|line| weight(line, &page)).collect();
    if !weights.iter().any(|w| w.first && w.name.ends_with(".wasm")) {
        bail!("{} holds no wasm: the page was not built", dist.display());
    }
    Ok(weights)
}

/// First is the page itself and what it names, but for the parts that it only tells `boot.js` about.
fn weight(line: &str, page: &str) -> Option<Weight> {
    let (bytes, name) = line.split_once(' ')?;
    let tags = page.split("<link").filter_map(|rest| rest.split('>').next());
    let named = tags.into_iter().any(|tag| tag.contains(name) && !tag.contains("data-part="));
    Some(Weight { name: name.to_owned(), bytes: bytes.parse().ok()?, first: named || name == "index.html" })
}

#[cfg(test)]
mod tests {
    use super::weight;

    #[test]
    fn parts_do_not_count_as_first() {
        let page = "<link rel=\"preload\" href=\"/a-1.wasm\"><script>'link[data-part=x]'</script><link data-part=\"x\" href=\"/b-2.wasm\"></head>";
        let first = |name: &str| weight(&format!("10 {name}"), page).map(|w| w.first);
        assert_eq!(first("a-1.wasm"), Some(true));
        assert_eq!(first("index.html"), Some(true));
        assert_eq!(first("b-2.wasm"), Some(false));
        assert_eq!(first("c-3.wasm"), Some(false));
    }
}
