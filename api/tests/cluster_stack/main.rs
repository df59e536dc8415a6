//! The whole of it on a real node: the real binary with the rights that `deploy/kubernetes` gives it, real pods with
//! the real Goose, and a model that does as it is told; and then what can go wrong with a cluster.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod crashes;
mod faults;
mod hands;
mod harness;
mod images;
mod installed;
mod life;
mod orphans;
mod users;
mod walls;
