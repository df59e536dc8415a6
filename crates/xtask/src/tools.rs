//! The programs that building and testing need beside cargo. Each file finds one, or fetches it.

pub(crate) mod chromium;
pub(crate) mod debian;
pub(crate) mod deny;
pub(crate) mod goose;
pub(crate) mod mongodb;
pub(crate) mod page;
pub(crate) mod testnode;
pub(crate) mod trunk;
pub(crate) mod wasm_bindgen;
pub(crate) mod wasm_opt;
pub(crate) mod wasm_split;
pub(crate) mod wasm_std;
pub(crate) mod wasm_target;

use crate::{cache, process, say};
use anyhow::{Result, bail};
use std::process::Command;

/// Fetches everything that is missing and prints where each tool is.
pub(crate) fn list() -> Result<()> {
    let page = page::ensure()?;
    println!("wasm target    {}", page.target);
    println!("trunk          {}", page.trunk.display());
    println!("wasm-bindgen   {}", page.wasm_bindgen.display());
    println!("wasm-opt       {}", page.wasm_opt.display());
    println!("wasm-split     {}", page.wasm_split.display());
    println!("goose          {}", goose::ensure()?.display());
    println!("MongoDB        {}", mongodb::ensure()?.display());
    println!("browser        {}", chromium::ensure()?);
    Ok(())
}

/// npm comes with Node, which cannot be fetched from here.
pub(crate) fn need_npm() -> Result<()> {
    if process::output(process::npm("npm").arg("--version")).is_none() {
        bail!("npm is not on PATH: install Node 20 or newer (https://nodejs.org)");
    }
    Ok(())
}

/// Installs a program from crates.io into the cache, compiled fast rather than optimised.
pub(crate) fn cargo_install(crate_name: &str, version: &str, features: &[&str], locked: bool) -> Result<()> {
    say::step(&format!("compiling {crate_name} {version} into {} (once)", cache::dir()?.display()));
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["install", crate_name, "--version", version, "--force", "--ignore-rust-version"]);
    cargo.args(features).arg("--root").arg(cache::dir()?);
    if locked {
        cargo.arg("--locked");
    }
    // Only for this command: on the page they would override its own profile.
    cargo
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        .env_remove("CARGO_TARGET_DIR")
        // Away from the checkout, whose own cargo settings are for its crates.
        .current_dir(cache::dir()?);
    process::run_on_stderr(&mut cargo)
}
