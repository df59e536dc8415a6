//! Where the checkout is and what is in it.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// The root of the checkout: above this crate, wherever the checkout was moved to.
pub(crate) fn root() -> Result<PathBuf> {
    let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => std::env::current_dir()?,
    };
    let root = start.ancestors().find(|dir| dir.join("Cargo.lock").is_file());
    Ok(root.context("run this inside the checkout")?.to_path_buf())
}

/// Cargo, as the one that runs us, but without what that one says of this package: build scripts that heed these
/// variables (ring's) would be run anew, and all that depends on them built anew, whenever cargo is used by hand in between.
pub(crate) fn cargo() -> Result<Command> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()?);
    for (name, _) in std::env::vars_os() {
        let told = |start: &str| name.to_str().is_some_and(|name| name.starts_with(start));
        if told("CARGO_PKG_") || told("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    Ok(cargo)
}

/// Cargo's output folder.
pub(crate) fn target_dir() -> Result<PathBuf> {
    Ok(std::env::var_os("CARGO_TARGET_DIR").map_or(root()?.join("target"), PathBuf::from))
}

/// The version of a crate in `Cargo.lock`.
pub(crate) fn locked_version(crate_name: &str) -> Result<String> {
    let lock = std::fs::read_to_string(root()?.join("Cargo.lock"))?;
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{crate_name}\""));
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    version.map(str::to_owned).with_context(|| format!("{crate_name} is not in Cargo.lock"))
}

/// One build target of a member of the workspace.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its own name.
    pub(crate) name: String,
    /// `lib`, `bin`, `test`, …
    pub(crate) kind: String,
    /// The file it begins in.
    pub(crate) source: PathBuf,
    /// Whether `cargo test` makes a program of it.
    pub(crate) tested: bool,
}

/// A member of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    /// The crate's name.
    pub(crate) name: String,
    /// Its `Cargo.toml`.
    pub(crate) manifest: PathBuf,
    /// What it builds.
    pub(crate) targets: Vec<Target>,
}

/// Every member of the workspace.
pub(crate) fn members() -> Result<Vec<Member>> {
    let output = cargo()?.args(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo metadata without packages")?;
    packages.iter().map(member).collect()
}

fn member(package: &Value) -> Result<Member> {
    let targets = package["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(Member {
        name: text(&package["name"])?,
        manifest: text(&package["manifest_path"])?.into(),
        targets: targets.iter().map(target).collect::<Result<_>>()?,
    })
}

fn target(target: &Value) -> Result<Target> {
    Ok(Target {
        name: text(&target["name"])?,
        kind: text(&target["kind"][0])?,
        source: text(&target["src_path"])?.into(),
        tested: target["test"] == true,
    })
}

fn text(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).context("cargo metadata has another shape")
}
