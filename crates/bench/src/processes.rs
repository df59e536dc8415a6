//! Which processes a measurement has started: their environment names its folder.

use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::time::{Duration, Instant};

/// The living processes of this folder.
pub(crate) fn marked(folder: &Path) -> Vec<Pid> {
    let Ok(all) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = all.flatten().filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    let folder = folder.display().to_string();
    let ours = |pid: &Pid| {
        // Of a zombie it is empty.
        let environment =
            std::fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(&folder)
    };
    pids.filter(ours).collect()
}

/// Kills them until none is left.
pub(crate) fn kill_all(folder: &Path) {
    let began = Instant::now();
    loop {
        let left = marked(folder);
        if left.is_empty() {
            return;
        }
        if began.elapsed() > Duration::from_secs(10) {
            eprintln!("these cannot be ended: {left:?}");
            return;
        }
        for pid in left {
            // One that has just ended by itself is as well.
            kill_process(pid, Signal::KILL).ok();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
