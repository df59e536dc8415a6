//! What came of a tier.

use std::fmt;

/// Counts of one tier, and what its reader should look at.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Tests and checks that held.
    pub(crate) passed: u64,
    /// Tests and checks that did not.
    pub(crate) failed: u64,
    /// Tests that were there and did not run.
    pub(crate) skipped: u64,
    /// Names of failed tests, and why a tier broke.
    pub(crate) notes: Vec<String>,
}

impl Tally {
    /// A tier that could not run.
    pub(crate) fn broken(error: &anyhow::Error) -> Self {
        crate::say::failed(error);
        Self { failed: 1, notes: vec![format!("{error:#}")], ..Self::default() }
    }

    /// Counts one check.
    pub(crate) fn check(&mut self, name: &str, outcome: anyhow::Result<()>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(error) => self.fail(format!("{name}: {error:#}")),
        }
    }

    /// Counts one failure.
    pub(crate) fn fail(&mut self, note: String) {
        self.failed += 1;
        self.notes.push(note);
    }

    /// Adds another part of the same tier.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.notes.extend(other.notes);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}
