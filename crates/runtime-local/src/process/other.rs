//! Best effort where there is no `/proc`: processes are known by pid alone, and found by the pid file alone.

use super::{Marked, Process, raw};
use gaggle_shared::InstanceId;
use rustix::process::{Signal, kill_process, test_kill_process};
use std::time::Duration;

pub(super) fn start(pid: i32) -> Option<u64> {
    test_kill_process(raw(pid)?).is_ok().then_some(0)
}

/// Nobody can tell.
pub(super) fn perhaps(_pid: i32, _instance: &InstanceId) -> bool {
    true
}

pub(super) fn pids() -> impl Iterator<Item = i32> {
    std::iter::empty()
}

pub(super) fn marks(_process: Process, _instance: &InstanceId) -> Option<Marked> {
    None
}

pub(super) fn signal(process: Process, signal: Signal) {
    if let Some(pid) = raw(process.pid) {
        // Gone already is as good.
        let _ = kill_process(pid, signal);
    }
}

pub(super) async fn ended(process: Process) {
    while process.alive() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
