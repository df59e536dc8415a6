//! `cargo xtask relay`: the relay as a small static binary, for images of any kind.

use crate::tools::debian;
use crate::tools::wasm_target::DEBIAN;
use crate::{process, say, workspace};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The binary's name, also in images.
pub(crate) const NAME: &str = "gaggle-relay";

/// Options of `cargo xtask relay`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The processor it is for; this machine's by default.
    #[arg(long)]
    target: Option<Arch>,
}

/// A processor, as container images name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Arch {
    /// `x86_64`.
    Amd64,
    /// `aarch64`.
    Arm64,
}

impl Arch {
    /// This machine's.
    pub(crate) fn here() -> Result<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Ok(Self::Amd64),
            "aarch64" => Ok(Self::Arm64),
            other => bail!("no image is made for {other}"),
        }
    }

    fn rust(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }

    fn debian(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    fn is_here(self) -> bool {
        self.rust() == std::env::consts::ARCH
    }
}

/// Builds it and prints its path.
pub(crate) fn relay(args: &Args) -> Result<()> {
    let arch = args.target.map_or_else(Arch::here, Ok)?;
    println!("{}", build(arch)?.display());
    Ok(())
}

/// Builds it, checks that it needs no library, and gives its path.
pub(crate) fn build(arch: Arch) -> Result<PathBuf> {
    let (target, library) = target(arch)?;
    let note = match library {
        Library::Installed => "",
        Library::FromSource => ", with Rust's library from Debian's source",
    };
    say::step(&format!("building the relay for {target}{note}"));
    let mut cargo = workspace::cargo()?;
    let mut folder = workspace::target_dir()?;
    if library == Library::FromSource {
        cargo = Command::new("cargo");
        // Another compiler: its output would drive ours out of the cache.
        folder = folder.join("relay");
        cargo.current_dir(workspace::root()?).env("CARGO_TARGET_DIR", &folder);
        cargo.env("RUSTUP_TOOLCHAIN", DEBIAN).env("RUSTC_BOOTSTRAP", "1");
        cargo.env_remove("CARGO").env_remove("LD_LIBRARY_PATH").arg("-Zbuild-std=std,panic_abort");
    }
    cargo.args(["build", "--release", "--package", NAME, "--bin", NAME, "--target", &target]);
    // By the target's own variable, so that build scripts and the rest of the workspace keep their cache.
    let upper = target.to_uppercase().replace('-', "_");
    cargo.env(format!("CARGO_TARGET_{upper}_RUSTFLAGS"), "-C target-feature=+crt-static");
    if let Some(linker) = cross_linker(arch)? {
        cargo.env(format!("CARGO_TARGET_{upper}_LINKER"), &linker);
        cargo.env(format!("CC_{}", target.replace('-', "_")), &linker);
    }
    process::run_on_stderr(&mut cargo)?;
    let binary = folder.join(&target).join("release").join(NAME);
    check_static(&binary)?;
    Ok(binary)
}

/// Where Rust's own library for a target comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Library {
    Installed,
    FromSource,
}

/// musl's if it is installed, else glibc's, which links statically as well.
fn target(arch: Arch) -> Result<(String, Library)> {
    let musl = format!("{}-unknown-linux-musl", arch.rust());
    let glibc = format!("{}-unknown-linux-gnu", arch.rust());
    if has_std(&musl) {
        return Ok((musl, Library::Installed));
    }
    if has_std(&glibc) {
        return Ok((glibc, Library::Installed));
    }
    if has_source() {
        return Ok((glibc, Library::FromSource));
    }
    bail!(
        "Rust has no library for {}: `rustup target add {musl}` brings one; then run this again",
        arch.rust()
    )
}

fn has_std(target: &str) -> bool {
    let mut rustc = Command::new("rustc");
    let folder = process::output(rustc.args(["--print", "target-libdir", "--target", target]));
    folder.is_some_and(|folder| Path::new(&folder).is_dir())
}

/// Whether Debian's compiler is linked as a toolchain, as for the page, with the library's source.
fn has_source() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.env("RUSTUP_TOOLCHAIN", DEBIAN).env_remove("LD_LIBRARY_PATH");
    let root = process::output(rustc.args(["--print", "sysroot"]));
    root.is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/std").is_dir())
}

/// For another processor: Debian's linker, which is its C compiler too.
fn cross_linker(arch: Arch) -> Result<Option<String>> {
    if arch.is_here() {
        return Ok(None);
    }
    let linker = format!("{}-linux-gnu-gcc", arch.rust());
    if process::on_path(&linker).is_none() && debian::can_install() {
        let name = linker.trim_end_matches("-gcc").replace('_', "-");
        let (compiler, library) = (format!("gcc-{name}"), format!("libc6-dev-{}-cross", arch.debian()));
        debian::install(&[&compiler, &library])?;
    }
    Ok(process::on_path(&linker).map(|_| linker))
}

/// A program header of type INTERP (3) names the loader of libraries: a static binary has none.
fn check_static(binary: &Path) -> Result<()> {
    let bytes = std::fs::read(binary).with_context(|| format!("cargo built no {}", binary.display()))?;
    let number = |at: usize, length: usize| {
        let bytes = bytes.get(at..at + length)?;
        Some(bytes.iter().rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte)))
    };
    let header = (|| Some((number(32, 8)?, number(54, 2)?, number(56, 2)?)))();
    let (start, size, count) = header.context("not a 64-bit ELF file")?;
    let interprets =
        (0..count).filter_map(|i| number(usize::try_from(start + i * size).ok()?, 4)).any(|kind| kind == 3);
    if interprets {
        bail!("{} is not static", binary.display());
    }
    say::note(&format!("{} ({} KiB, static)", binary.display(), bytes.len() / 1024));
    Ok(())
}
