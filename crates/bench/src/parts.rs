//! The programs that are measured, and where their data goes.

use anyhow::{Context as _, Result};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::path::PathBuf;
use tempfile::TempDir;

/// What every measurement is given.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    /// The server's release binary.
    pub(crate) gaggle: PathBuf,
    /// The real Goose.
    pub(crate) goose: PathBuf,
    /// Below it every measurement makes folders of its own: on the disk that a checkout is on, since a
    /// temporary folder in memory would make every fsync free.
    pub(crate) scratch: PathBuf,
    /// Fewer repetitions.
    pub(crate) quick: bool,
    /// How many projects sleep in the cluster.
    pub(crate) sleepers: usize,
}

impl Parts {
    /// `full` repetitions, or with `--quick` only `quick`.
    pub(crate) fn times(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }

    /// A folder that goes away.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn folder(&self) -> Result<TempDir> {
        std::fs::create_dir_all(&self.scratch)?;
        tempfile::tempdir_in(&self.scratch)
            .with_context(|| format!("no folder in {}", self.scratch.display()))
    }
}

/// Whether ours goes first in this round. Chance decides, so that what changes during a run favours neither.
#[derive(Debug)]
pub(crate) struct Coin(StdRng);

impl Coin {
    /// A new one.
    pub(crate) fn new() -> Self {
        Self(StdRng::from_os_rng())
    }

    /// Throws it.
    pub(crate) fn heads(&mut self) -> bool {
        self.0.random()
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }
}
