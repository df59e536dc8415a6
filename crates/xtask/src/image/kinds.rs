//! Which images there are, and what goes into each.

use crate::binary::{self, Speed};
use crate::relay::{self, Arch};
use crate::{page, tools, workspace};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// An image of `deploy/images`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Goose with the relay before it, and the tools that agents use.
    Agent,
    /// The server: one binary.
    Server,
    /// For tests: Goose without the relay, as others' images are; starts as root, its home elsewhere.
    Foreign,
    /// For tests: Goose and its libraries, no shell, no package manager.
    Distroless,
}

impl Kind {
    /// Name and tag.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Agent => "gaggle/agent:dev",
            Self::Server => "gaggle/server:dev",
            Self::Foreign => "gaggle/foreign:dev",
            Self::Distroless => "gaggle/distroless:dev",
        }
    }

    /// How it is built.
    pub(super) fn dockerfile(self) -> Result<PathBuf> {
        let name = match self {
            Self::Agent => "agent",
            Self::Server => "server",
            Self::Foreign => "foreign",
            Self::Distroless => "distroless",
        };
        Ok(workspace::root()?.join("deploy/images").join(format!("{name}.Dockerfile")))
    }

    /// A fresh folder with the binaries that the Dockerfile copies. Built here, not in a container: the
    /// same binaries are tested and shipped.
    pub(super) fn context(self) -> Result<PathBuf> {
        let folder = workspace::target_dir()?.join("images").join(format!("{self:?}").to_lowercase());
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        match self {
            Self::Agent => {
                put(&tools::goose::ensure()?, &folder, "goose")?;
                put(&relay::build(Arch::here()?)?, &folder, relay::NAME)?;
            }
            Self::Server => {
                page::build()?;
                put(&binary::server(Speed::Release)?, &folder, "gaggle")?;
                put(&relay::build(Arch::here()?)?, &folder, relay::NAME)?;
            }
            Self::Foreign | Self::Distroless => put(&tools::goose::ensure()?, &folder, "goose")?,
        }
        Ok(folder)
    }
}

/// A second name if both are on one disk, else a copy.
fn put(file: &Path, folder: &Path, name: &str) -> Result<()> {
    let to = folder.join(name);
    if fs::hard_link(file, &to).is_err() {
        fs::copy(file, &to).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}
