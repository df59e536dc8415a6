//! The standard library for wasm where rustup's servers cannot be reached: Debian has a compiler for
//! the web and the library's source, from which it is compiled once, into that compiler's own folder.

use crate::{cache, process, say, tools::debian, tools::wasm_target};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];
const LIBRARIES: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";
const MANIFEST: &str = "[package]\nname = \"mkstd\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
    [profile.release]\npanic = \"abort\"\n\n[workspace]\n";

/// Installs Debian's compiler, links it as a toolchain and compiles the standard library for wasm.
pub(crate) fn install(linker: &Path) -> Result<()> {
    debian::install(PACKAGES)?;
    say::step("linking Debian's compiler as the rustup toolchain debian-web");
    process::run_on_stderr(Command::new("rustup").args(["toolchain", "link", wasm_target::DEBIAN, "/usr"]))?;
    compile(linker)
}

fn compile(linker: &Path) -> Result<()> {
    say::step("compiling Rust's standard library for wasm (once, about a minute)");
    let package = cache::dir()?.join("mkstd");
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("Cargo.toml"), MANIFEST)?;
    fs::write(package.join("src").join("lib.rs"), "#![no_std]\n")?;
    let target = package.join("target");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "-Zbuild-std=std,panic_abort,test", "--target", wasm_target::TARGET]);
    wasm_target::Toolchain::Debian { linker: linker.to_path_buf() }.apply(&mut cargo);
    cargo
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTC_BOOTSTRAP", "1")
        // The page is linked with LTO, which needs the bitcode.
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Cembed-bitcode=yes")
        .current_dir(&package);
    process::run_on_stderr(&mut cargo)?;

    fs::create_dir_all(LIBRARIES)?;
    let built = target.join(wasm_target::TARGET).join("release").join("deps");
    for file in fs::read_dir(&built).with_context(|| format!("nothing in {}", built.display()))? {
        let path = file?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        if name.ends_with(".rlib") && !name.starts_with("libmkstd") {
            fs::copy(&path, Path::new(LIBRARIES).join(name))?;
        }
    }
    // Its work is done; the folder is 100 MB.
    fs::remove_dir_all(&package).ok();
    Ok(())
}
