//! Who builds images here: Docker, Podman, or Buildah, which needs no service.

use super::base;
use crate::tools::debian;
use crate::{process, workspace};
use anyhow::{Result, bail};
use std::fmt;
use std::path::Path;
use std::process::Command;

/// A builder of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// `docker`, its service running.
    Docker,
    /// `podman`.
    Podman,
    /// `buildah`, in a plain chroot: works where containers cannot be started.
    Buildah,
}

/// The first that answers; Buildah is installed where that is possible.
pub(crate) fn engine() -> Result<Engine> {
    for engine in [Engine::Docker, Engine::Podman] {
        if process::output(engine.command().args(["info", "--format", "ok"])).is_some() {
            return Ok(engine);
        }
    }
    if process::on_path("buildah").is_none() {
        if !debian::can_install() {
            bail!("images need docker, podman or buildah: install one of them");
        }
        debian::install(&["buildah", "debootstrap", "ca-certificates"])?;
    }
    Ok(Engine::Buildah)
}

/// Writes an image as an archive that containerd imports.
pub(crate) fn save(image: &str, archive: &Path) -> Result<()> {
    let engine = engine()?;
    std::fs::remove_file(archive).ok();
    let mut command = engine.command();
    match engine {
        Engine::Buildah => {
            let to = format!("docker-archive:{}:docker.io/{image}", archive.display());
            command.args(["push", "--quiet", image, &to]);
        }
        Engine::Docker => _ = command.args(["save", "--output"]).arg(archive).arg(image),
        Engine::Podman => {
            // Podman calls its own images localhost/…
            let full = format!("docker.io/{image}");
            process::run_on_stderr(engine.command().args(["tag", image, &full]))?;
            command.args(["save", "--format", "docker-archive", "--output"]).arg(archive).arg(full);
        }
    }
    process::run_on_stderr(&mut command)
}

impl Engine {
    /// Builds one image.
    pub(crate) fn build(self, image: &str, dockerfile: &Path, context: &Path) -> Result<()> {
        let mut command = self.command();
        command.arg("build").args(["--tag", image, "--file"]).arg(dockerfile).arg(context);
        process::run_on_stderr(&mut command)
    }

    /// What an image of this name is now.
    pub(super) fn id(self, image: &str) -> Option<String> {
        let (what, id) = match self {
            Self::Buildah => (vec!["inspect", "--type", "image", "--format"], "{{.FromImageID}}"),
            Self::Docker | Self::Podman => (vec!["image", "inspect", "--format"], "{{.Id}}"),
        };
        process::output(self.command().args(what).args([id, image]))
    }

    /// Removes an image that has no name any more. One that is used stays.
    pub(super) fn remove(self, id: &str) {
        let remove: &[&str] = if self == Self::Buildah { &["rmi"] } else { &["image", "rm"] };
        process::output(self.command().args(remove).arg(id));
    }

    /// Docker and Podman pull what a Dockerfile begins with; Buildah gets it from Debian's packages.
    pub(super) fn provide_base(self, dockerfile: &Path) -> Result<()> {
        let text = std::fs::read_to_string(dockerfile)?;
        if self == Self::Buildah && text.lines().any(|line| line.starts_with(&format!("FROM {}", base::NAME)))
        {
            base::provide(&|| self.command())?;
        }
        Ok(())
    }

    /// Its program, with the settings that Buildah needs outside a desktop.
    fn command(self) -> Command {
        let mut command = Command::new(self.to_string());
        if self == Self::Buildah {
            command.env("BUILDAH_ISOLATION", "chroot").env("STORAGE_DRIVER", "overlay");
            // Away from a checkout's own settings.
            command.current_dir(workspace::root().unwrap_or_default());
        }
        command
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Buildah => "buildah",
        })
    }
}
