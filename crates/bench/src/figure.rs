//! What is measured: one file each.

pub(crate) mod activate;
pub(crate) mod cluster;
pub(crate) mod emission;
pub(crate) mod fleet;
pub(crate) mod kills;
pub(crate) mod page;
pub(crate) mod readers;
pub(crate) mod sleepers;
pub(crate) mod store;
