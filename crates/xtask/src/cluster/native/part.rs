//! One process of the node: started so that it outlives us, found again by its pid and start time.

use super::places::{MARK, run, state};
use crate::process;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Starts it in a session of its own, with its output in a log file.
pub(super) fn start(name: &str, program: &str, arguments: &[String]) -> Result<()> {
    fs::create_dir_all(state("logs"))?;
    fs::create_dir_all(run("pids"))?;
    let log = fs::OpenOptions::new().create(true).append(true).open(log(name))?;
    let mut command = Command::new("setsid");
    command.arg(program).args(arguments).env(MARK.0, MARK.1).current_dir("/");
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
    let pid = child.id();
    let born = born(pid).with_context(|| format!("{name} ended at once: {}", tail(name)))?;
    fs::write(pid_file(name), format!("{pid} {born}\n"))?;
    Ok(())
}

/// Its pid, if it runs. A number that went to another process since is not it.
pub(super) fn pid(name: &str) -> Option<u32> {
    let text = fs::read_to_string(pid_file(name)).ok()?;
    let (pid, then) = text.trim().split_once(' ')?;
    let pid = pid.parse().ok()?;
    (born(pid)?.to_string() == then).then_some(pid)
}

/// Ends it at once: a node that is removed has nothing to save.
pub(super) fn kill(name: &str) {
    if let Some(pid) = pid(name) {
        signal("KILL", &[pid]);
    }
    fs::remove_file(pid_file(name)).ok();
}

/// Sends a signal; one that is gone already is no error.
pub(super) fn signal(signal: &str, pids: &[u32]) {
    if !pids.is_empty() {
        let pids = pids.iter().map(u32::to_string);
        process::output(Command::new("kill").arg(format!("-{signal}")).arg("--").args(pids));
    }
}

/// The last lines of its log.
pub(super) fn tail(name: &str) -> String {
    let text = fs::read(log(name)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

/// Asks again and again, as nothing tells of a process that is not our child or of another's socket.
pub(super) fn wait(what: &str, limit: Duration, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !done()? {
        anyhow::ensure!(start.elapsed() < limit, "{what} took more than {} s", limit.as_secs());
        sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn log(name: &str) -> PathBuf {
    state("logs").join(format!("{name}.log"))
}

fn pid_file(name: &str) -> PathBuf {
    run("pids").join(name)
}

/// When a process began, in clock ticks since the machine did; `None` if it has ended, even if nobody collected it.
fn born(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it stands in brackets and may hold anything.
    let fields: Vec<_> = stat.rsplit_once(") ")?.1.split(' ').collect();
    if matches!(*fields.first()?, "Z" | "X") {
        return None;
    }
    fields.get(19)?.parse().ok()
}
