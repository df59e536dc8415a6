//! A Rust toolchain that compiles for wasm32-unknown-unknown.

use crate::{process, say, tools::debian, tools::wasm_std};
use anyhow::{Context as _, Result, bail};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// The name under which Debian's own compiler is known to rustup.
pub(crate) const DEBIAN: &str = "debian-web";

/// Which toolchain builds the page.
#[derive(Debug)]
pub(crate) enum Toolchain {
    /// The one that builds everything else.
    Active,
    /// Debian's, linked by [`wasm_std`], with this linker from the active one.
    Debian {
        /// rust-lld.
        linker: PathBuf,
    },
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "in the active toolchain",
            Self::Debian { .. } => "in Debian's toolchain (debian-web)",
        })
    }
}

impl Toolchain {
    /// Makes `command`, which starts cargo from `PATH`, use this toolchain.
    pub(crate) fn apply(&self, command: &mut Command) {
        let Self::Debian { linker } = self else { return };
        command
            .env("RUSTUP_TOOLCHAIN", DEBIAN)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
            // Set by the cargo that started us, for the other toolchain.
            .env_remove("CARGO")
            .env_remove("LD_LIBRARY_PATH");
    }

    /// Clippy comes with rustup's toolchain, and as a package of its own with Debian's.
    pub(crate) fn need_clippy(&self) -> Result<()> {
        match self {
            Self::Debian { .. } if !Path::new("/usr/bin/clippy-driver").is_file() => {
                debian::install(&["rust-web-clippy"])
            }
            _ => Ok(()),
        }
    }
}

/// The active toolchain if it has the target or rustup can add it, else Debian's.
pub(crate) fn ensure() -> Result<Toolchain> {
    if has_std(&mut Command::new("rustc")) {
        return Ok(Toolchain::Active);
    }
    if process::on_path("rustup").is_none() {
        bail!("this Rust has no {TARGET}, and there is no rustup to add it: see https://rustup.rs");
    }
    if has_std(&mut debian_rustc()) {
        return Ok(Toolchain::Debian { linker: linker()? });
    }
    say::step(&format!("adding the target {TARGET} with rustup"));
    let added = process::run_on_stderr(Command::new("rustup").args(["target", "add", TARGET]));
    if let Err(error) = added {
        if !debian::can_install() {
            return Err(error.context(format!("the target {TARGET} is missing and could not be added")));
        }
        say::note("rustup cannot fetch it here; Debian's compiler for the web will do");
        wasm_std::install(&linker()?)?;
        if !has_std(&mut debian_rustc()) {
            bail!("Debian's toolchain still has no {TARGET}");
        }
        return Ok(Toolchain::Debian { linker: linker()? });
    }
    Ok(Toolchain::Active)
}

fn debian_rustc() -> Command {
    let mut rustc = Command::new("rustc");
    rustc.env("RUSTUP_TOOLCHAIN", DEBIAN).env_remove("LD_LIBRARY_PATH");
    rustc
}

fn has_std(rustc: &mut Command) -> bool {
    let Some(folder) = process::output(rustc.args(["--print", "target-libdir", "--target", TARGET])) else {
        return false;
    };
    let Ok(files) = std::fs::read_dir(folder) else { return false };
    files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

/// rust-lld of the active toolchain: Debian ships none.
fn linker() -> Result<PathBuf> {
    let libs = process::output(Command::new("rustc").args(["--print", "target-libdir"]))
        .context("rustc does not say where its libraries are")?;
    let linker = Path::new(&libs).with_file_name("bin").join("rust-lld");
    if !linker.is_file() {
        bail!("no linker for wasm: {} is missing", linker.display());
    }
    Ok(linker)
}
