use super::Gaggle;
use crate::port::{RuntimeError, StoreError};
use gaggle_shared::{Info, Phase};

impl Gaggle {
    /// `GET /api/info`
    pub fn info(&self) -> Info {
        unimplemented!()
    }

    /// Whether store and runtime can be reached.
    pub async fn ready(&self) -> (Result<(), StoreError>, Result<(), RuntimeError>) {
        unimplemented!()
    }

    /// How many loaded projects are in each phase, and how many turns run and wait; for `/metrics`.
    pub fn gauges(&self) -> (Vec<(Phase, usize)>, usize, usize) {
        unimplemented!()
    }
}
