//! The pods' logs: the end of it, and what follows, across containers that start again and pods that get
//! successors. What a container wrote is kept in the data directory when it is about to go, so that it can be
//! read while the project sleeps: at a stop, when a pod is deleted or evicted, when a container starts again.
//! What a lost node had is lost, and what went while no server ran.

mod keep;
mod kept;
mod lines;
mod pod;
mod reader;

pub(crate) use keep::Keeper;
pub(crate) use reader::Reader;

/// How much of a log is kept and read at most.
pub(crate) const KEPT: usize = 1024 * 1024;

/// How many lines are asked for at most: so many short ones are 1 MiB.
pub(crate) const MOST: usize = 20_000;
