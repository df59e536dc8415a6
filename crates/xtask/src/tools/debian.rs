//! Debian packages, where we may install them.

use crate::{process, say};
use anyhow::Result;
use std::process::Command;
use std::sync::Mutex;

/// apt refuses a second `update` beside a first one.
static AT_WORK: Mutex<()> = Mutex::new(());

/// Whether this is Debian or a relative, and we are root.
pub(crate) fn can_install() -> bool {
    process::on_path("apt-get").is_some()
        && process::output(Command::new("id").arg("-u")).is_some_and(|uid| uid == "0")
}

/// Installs packages, after refreshing the lists.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let _one_at_a_time = AT_WORK.lock();
    say::step(&format!("installing Debian packages: {}", packages.join(" ")));
    apt(&["update", "-q"])?;
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

fn apt(arguments: &[&str]) -> Result<()> {
    let mut apt = Command::new("apt-get");
    // Another package manager may be at work: wait for it rather than fail.
    apt.args(["-o", "DPkg::Lock::Timeout=300"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    process::run_on_stderr(&mut apt)
}
