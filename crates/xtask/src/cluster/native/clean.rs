//! Removing what the node left, whether it was stopped in order or killed.

use super::part::{self, signal};
use super::places::{CGROUP, MARK, RUN, STATE, state};
use super::{network, parts, rules};
use crate::{process, say};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Folders that Kubernetes, containerd and the network plugins use wherever their own are.
const SHARED: &[&str] = &[
    "/var/lib/kubelet",
    "/var/lib/cni",
    "/var/log/containers",
    "/var/log/pods",
    "/run/containerd",
    "/opt/containerd",
    "/usr/libexec/kubernetes",
];

/// Where is noted which of them were not there before.
const MADE: &str = "made-folders";

const PATIENCE: Duration = Duration::from_secs(10);

/// Notes which shared folders are not there yet: those go with the node.
pub(super) fn remember() -> Result<()> {
    let missing: Vec<_> = SHARED.iter().filter(|folder| !Path::new(folder).exists()).copied().collect();
    fs::create_dir_all(STATE)?;
    Ok(fs::write(state(MADE), missing.join("\n"))?)
}

/// Removes everything of the node. Nothing to do is no error.
pub(super) fn all() -> Result<()> {
    // Who would start things anew goes first, the store last.
    parts::NAMES.iter().rev().filter(|name| **name != "containerd").for_each(|name| part::kill(name));
    kill_containers()?;
    part::kill("containerd");
    kill_marked()?;
    unmount()?;
    remove_cgroups()?;
    rules::remove()?;
    network::down();
    remove_folders()
}

/// What runs in the node's part of the cgroups: the containers, and nothing else.
fn kill_containers() -> Result<()> {
    part::wait("ending the containers", PATIENCE, || {
        let mut pids = Vec::new();
        for root in cgroups() {
            walk(&root, &mut |folder| pids.extend(numbers(&folder.join("cgroup.procs"))));
        }
        pids.sort_unstable();
        pids.dedup();
        signal("KILL", &pids);
        Ok(pids.is_empty())
    })
}

/// What the node's processes started, as the containers' keepers, or a part whose pid was never noted.
fn kill_marked() -> Result<()> {
    let mark = format!("{}={}", MARK.0, MARK.1);
    part::wait("ending the node's processes", PATIENCE, || {
        let pids: Vec<u32> = fs::read_dir("/proc")?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|pid| {
                let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
                environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
            })
            .collect();
        signal("KILL", &pids);
        Ok(pids.is_empty())
    })
}

fn unmount() -> Result<()> {
    let below = |point: &str| [STATE, RUN].iter().any(|root| Path::new(point).starts_with(root));
    let mounted = || -> Result<Vec<String>> {
        let all = fs::read_to_string("/proc/self/mountinfo")?;
        let points = all.lines().filter_map(|line| line.split(' ').nth(4));
        // The kernel writes a space as \040; no path of ours has one.
        Ok(points.filter(|point| below(point)).map(str::to_owned).collect())
    };
    for point in mounted()?.iter().rev() {
        if process::output(Command::new("umount").arg(point)).is_none() {
            process::output(Command::new("umount").arg("--lazy").arg(point));
        }
    }
    let left = mounted()?;
    if !left.is_empty() {
        bail!("these are still mounted: {}", left.join(", "));
    }
    Ok(())
}

/// The kernel removes a cgroup only when its last process has been collected.
fn remove_cgroups() -> Result<()> {
    part::wait("removing the cgroups", PATIENCE, || {
        let mut left = false;
        for root in cgroups() {
            let mut folders = Vec::new();
            walk(&root, &mut |folder| folders.push(folder.to_path_buf()));
            for folder in folders.iter().rev() {
                left |= fs::remove_dir(folder).is_err();
            }
        }
        Ok(!left)
    })
}

fn remove_folders() -> Result<()> {
    let made = fs::read_to_string(state(MADE)).unwrap_or_default();
    for folder in made.lines().filter(|folder| SHARED.contains(folder)) {
        fs::remove_dir_all(folder).ok();
    }
    for root in [RUN, STATE] {
        match fs::remove_dir_all(root) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {root}"));
            }
            _ => say::note(&format!("{root} is gone")),
        }
    }
    Ok(())
}

/// The node's folder in each hierarchy: one per controller in version 1, one in all in version 2.
fn cgroups() -> Vec<PathBuf> {
    mounts_of_cgroups().into_iter().map(|root| root.join(CGROUP)).filter(|folder| folder.is_dir()).collect()
}

/// Makes the node's folder in each hierarchy.
pub(super) fn make_cgroups() -> Result<()> {
    for root in mounts_of_cgroups() {
        let folder = root.join(CGROUP);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    Ok(())
}

fn mounts_of_cgroups() -> Vec<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    fields.filter(|f| matches!(f.get(2), Some(&"cgroup" | &"cgroup2"))).map(|f| f[1].into()).collect()
}

/// A folder and all below it, parents first.
fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    visit(folder);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&entry.path(), visit);
        }
    }
}

fn numbers(file: &Path) -> Vec<u32> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}
