//! Debian as a base image, made from its packages: no registry is needed.

use crate::tools::debian;
use crate::{process, say, workspace};
use anyhow::{Context as _, Result};
use std::process::Command;
use std::time::Instant;

/// What the Dockerfiles begin with.
pub(super) const NAME: &str = "debian:bookworm-slim";

/// Puts the base into Buildah's store, unless it is there.
pub(super) fn provide(buildah: &dyn Fn() -> Command) -> Result<()> {
    let full = format!("docker.io/library/{NAME}");
    if process::output(buildah().args(["inspect", "--type", "image", &full])).is_some() {
        return Ok(());
    }
    if process::on_path("debootstrap").is_none() {
        if !debian::can_install() {
            say::note(&format!("without debootstrap {NAME} comes from a registry"));
            return Ok(());
        }
        debian::install(&["debootstrap"])?;
    }
    let start = Instant::now();
    say::step(&format!("making {NAME} from Debian's packages (once)"));
    let root = workspace::target_dir()?.join("images").join("debian");
    std::fs::remove_dir_all(&root).ok();
    let mut debootstrap = Command::new("debootstrap");
    debootstrap.args(["--variant=minbase", "bookworm"]).arg(&root);
    process::run_on_stderr(&mut debootstrap)?;
    std::fs::remove_dir_all(root.join("var/cache/apt/archives")).ok();
    let container = process::output(buildah().args(["from", "scratch"])).context("buildah makes no image")?;
    process::run_on_stderr(buildah().args(["add", "--quiet", &container]).arg(&root).arg("/"))?;
    process::run_on_stderr(buildah().args(["config", "--cmd", "bash", &container]))?;
    process::run_on_stderr(buildah().args(["commit", "--quiet", "--rm", &container, &full]))?;
    std::fs::remove_dir_all(&root).ok();
    say::note(&format!("{NAME} took {}", say::duration(start.elapsed())));
    Ok(())
}
