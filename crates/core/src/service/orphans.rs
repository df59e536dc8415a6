use super::{Gaggle, OrphanCount};
use crate::{error::Error, lifecycle::orphans};
use gaggle_shared::Orphan;

impl Gaggle {
    /// `GET /api/orphans`: looks, and changes nothing.
    ///
    /// # Errors
    /// When the store or the runtime cannot be read: then nothing is said to be an orphan.
    pub async fn orphans(&self) -> Result<Vec<Orphan>, Error> {
        orphans::report(&self.engine).await
    }

    /// How many there are, were found and were removed, by kind; for `/metrics`.
    pub fn orphan_counts(&self) -> Vec<(String, OrphanCount)> {
        self.engine.orphans.counts()
    }
}
