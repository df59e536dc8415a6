//! By `/proc` and pidfds.

use super::{INSTANCE, Marked, Process, raw, read_marks};
use gaggle_shared::InstanceId;
use rustix::{
    io::Errno,
    process::{PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal},
};
use std::time::Duration;
use tokio::io::{Interest, unix::AsyncFd};

/// Field 22 of `/proc/PID/stat`; none for a zombie. The name in field 2 may hold spaces and brackets:
/// everything is counted from the last bracket.
pub(super) fn start(pid: i32) -> Option<u64> {
    let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mut fields = text[text.rfind(')')? + 1..].split_ascii_whitespace();
    let state = fields.next()?;
    let start = fields.nth(18)?.parse().ok()?;
    (!matches!(state, "Z" | "X" | "x")).then_some(start)
}

pub(super) fn pids() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()))
}

/// False for one that certainly has no mark of this instance.
pub(super) fn perhaps(pid: i32, instance: &InstanceId) -> bool {
    let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let marked =
        |entry: &[u8]| entry.strip_prefix(b"=").is_some_and(|value| value == instance.as_str().as_bytes());
    environ.split(|byte| *byte == 0).any(|entry| entry.strip_prefix(INSTANCE.as_bytes()).is_some_and(marked))
}

/// None for processes of other people, too: their environment is not for us to read.
pub(super) fn marks(process: Process, instance: &InstanceId) -> Option<Marked> {
    let read = |what: &str| std::fs::read(format!("/proc/{}/{what}", process.pid)).ok();
    let mut marked = read_marks(process, &read("environ")?, instance)?;
    // What the relay itself starts may have inherited its environment.
    let relay =
        read("cmdline").is_some_and(|line| line.split(|byte| *byte == 0).any(|word| word == b"--launch"));
    marked.launch = marked.launch.filter(|_| relay);
    Some(marked)
}

/// By pidfd: the start time is checked once it is open, so the signal cannot hit a successor.
pub(super) fn signal(process: Process, signal: Signal) {
    let Some(pid) = raw(process.pid) else { return };
    let sent = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(fd) if process.alive() => pidfd_send_signal(fd, signal),
        Err(Errno::NOSYS) if process.alive() => kill_process(pid, signal),
        Ok(_) | Err(_) => Ok(()),
    };
    if let Err(error) = sent
        && error != Errno::SRCH
    {
        tracing::warn!(pid = process.pid, %error, "a process could not be signalled");
    }
}

pub(super) async fn ended(process: Process) {
    let watch = raw(process.pid).and_then(|pid| pidfd_open(pid, PidfdFlags::NONBLOCK).ok());
    if !process.alive() {
        return;
    }
    #[expect(
        deprecated,
        reason = "its successor is unsafe; it owns this descriptor, so it cannot be closed early"
    )]
    let watch = watch.and_then(|fd| AsyncFd::with_interest(fd, Interest::READABLE).ok());
    if let Some(watch) = watch {
        // Readable once the process has ended.
        let _ = watch.readable().await;
        return;
    }
    // A kernel without pidfds: there is no event to wait for.
    while process.alive() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_end_is_seen_and_a_false_start_time_protects() {
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        let process = Process::of(i32::try_from(child.id()).unwrap()).unwrap();
        let stranger = Process { start: process.start + 1, ..process };
        stranger.signal(Signal::KILL);
        stranger.ended().await;
        assert!(process.alive() && !stranger.alive());
        process.signal(Signal::KILL);
        process.ended().await;
        assert!(!process.alive());
        child.wait().unwrap();
    }
}
