//! Where the native node keeps what. One node per machine, so the places are fixed.

use std::path::PathBuf;

/// What is on the disk: everything of the node lies below it.
pub(crate) const STATE: &str = "/var/lib/gaggle-testcluster";

/// Sockets, pid files and mounts that a restart of the machine forgets.
pub(crate) const RUN: &str = "/run/gaggle-testcluster";

/// Name of the node's part of every cgroup hierarchy.
pub(crate) const CGROUP: &str = "gaggle-testcluster";

/// The bridge that holds the node's address.
pub(crate) const BRIDGE: &str = "kube0";

/// The node's address: pods reach the machine under it, nothing outside does.
pub(crate) const ADDRESS: &str = "10.97.0.1";

/// In the environment of every process of the node, inherited by the containers' keepers.
pub(crate) const MARK: (&str, &str) = ("GAGGLE_TESTCLUSTER", "node1");

/// A path below [`STATE`].
pub(crate) fn state(name: &str) -> PathBuf {
    PathBuf::from(STATE).join(name)
}

/// A path below [`RUN`].
pub(crate) fn run(name: &str) -> PathBuf {
    PathBuf::from(RUN).join(name)
}
