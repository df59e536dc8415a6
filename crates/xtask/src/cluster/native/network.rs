//! The node's address, and the way of its pods to the outside.

use super::places::{ADDRESS, BRIDGE, state};
use crate::{process, workspace};
use anyhow::{Context as _, Result};
use std::fs;
use std::process::Command;

/// The machine forwards between its interfaces while the node is up.
const FORWARD: &str = "/proc/sys/net/ipv4/ip_forward";

/// Where its value of before is kept.
const FORWARD_BEFORE: &str = "ip_forward";

/// An empty bridge holds the address: nothing outside the machine reaches it.
pub(super) fn up() -> Result<()> {
    if ip(&["link", "show", BRIDGE]).is_none() {
        ip(&["link", "add", BRIDGE, "type", "bridge"]).context("cannot make a bridge")?;
    }
    ip(&["address", "replace", &format!("{ADDRESS}/32"), "dev", BRIDGE]).context("cannot set the address")?;
    ip(&["link", "set", BRIDGE, "up"]).context("cannot start the bridge")?;
    fs::write(state(FORWARD_BEFORE), fs::read(FORWARD)?)?;
    fs::write(FORWARD, "1").with_context(|| format!("cannot write {FORWARD}"))?;
    let rules = workspace::root()?.join("deploy/testcluster/egress.nft");
    process::run_on_stderr(Command::new("nft").arg("-f").arg(rules))
}

/// Takes all of it back.
pub(super) fn down() {
    for table in [["ip", "gaggle_testcluster"], ["ip", "gaggle_policy"]] {
        process::output(Command::new("nft").args(["delete", "table"]).args(table));
    }
    if let Ok(before) = fs::read(state(FORWARD_BEFORE)) {
        fs::write(FORWARD, before).ok();
    }
    ip(&["link", "delete", BRIDGE]);
}

fn ip(arguments: &[&str]) -> Option<String> {
    process::output(Command::new("ip").args(arguments))
}
