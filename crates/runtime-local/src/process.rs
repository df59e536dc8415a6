//! Processes, known by pid and start time, and found by the marks in their environment.

use gaggle_shared::{InstanceId, ProjectId};
use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

/// Marks whose a process is.
pub(crate) const INSTANCE: &str = "GAGGLE_INSTANCE";
/// Marks which project a process belongs to.
pub(crate) const PROJECT: &str = "GAGGLE_PROJECT";
/// Marks the relay: SHA-256 of its launch file. Goose and its tools do not have it.
pub(crate) const LAUNCH: &str = "GAGGLE_LAUNCH";

/// One process of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    /// In clock ticks since the machine started; 0 where unknown.
    pub(crate) start: u64,
}

/// What the environment of a process of ours says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) process: Process,
    pub(crate) project: ProjectId,
    /// Of a relay.
    pub(crate) launch: Option<String>,
}

impl Process {
    /// The process that has this pid now, unless it is dead.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        imp::start(pid).map(|start| Self { pid, start })
    }

    /// True while it runs (a zombie does not).
    pub(crate) fn alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Sends it a signal; one that is gone already is no error.
    pub(crate) fn signal(self, signal: Signal) {
        imp::signal(self, signal);
    }

    /// Returns once it does not run any more.
    pub(crate) async fn ended(self) {
        imp::ended(self).await;
    }

    /// Its marks, if it is our instance's.
    pub(crate) fn marks(self, instance: &InstanceId) -> Option<Marked> {
        let marked = imp::marks(self, instance)?;
        // The environment was read by pid: it is this process's only if it is still there.
        self.alive().then_some(marked)
    }
}

/// Every living process of our instance, relays first.
pub(crate) fn all(instance: &InstanceId) -> Vec<Marked> {
    // Nearly all are others', which one look tells.
    let perhaps = imp::pids().filter(|pid| imp::perhaps(*pid, instance));
    let mut found: Vec<_> = perhaps.filter_map(|pid| Process::of(pid)?.marks(instance)).collect();
    found.sort_by_key(|marked| (marked.launch.is_none(), marked.process));
    found
}

/// Every living process of a project of our instance, its relay first.
pub(crate) fn of_project(instance: &InstanceId, project: &ProjectId) -> Vec<Marked> {
    all(instance).into_iter().filter(|marked| marked.project == *project).collect()
}

/// Reads the marks out of an environment: variables, each ended by a zero byte.
fn read_marks(process: Process, environ: &[u8], instance: &InstanceId) -> Option<Marked> {
    let value = |name: &str| {
        environ.split(|byte| *byte == 0).find_map(|entry| {
            let rest = entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
            std::str::from_utf8(rest).ok()
        })
    };
    (value(INSTANCE)? == instance.as_str()).then_some(())?;
    let project = ProjectId::parse(value(PROJECT)?).ok()?;
    Some(Marked { process, project, launch: value(LAUNCH).map(str::to_owned) })
}

fn raw(pid: i32) -> Option<Pid> {
    Pid::from_raw(pid)
}

#[cfg(target_os = "linux")]
#[path = "process/linux.rs"]
mod imp;

#[cfg(not(target_os = "linux"))]
#[path = "process/other.rs"]
mod imp;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_whole_and_only_ours() {
        let ours = InstanceId::parse("i1").unwrap();
        let process = Process { pid: 7, start: 9 };
        let environ = b"XGAGGLE_PROJECT=p9\0GAGGLE_INSTANCE=i1\0GAGGLE_PROJECT=p1\0";
        let marked = read_marks(process, environ, &ours).unwrap();
        assert_eq!((marked.project.as_str(), marked.launch), ("p1", None));
        let theirs = InstanceId::parse("i2").unwrap();
        assert_eq!(read_marks(process, environ, &theirs), None);
        assert_eq!(read_marks(process, b"GAGGLE_INSTANCE=i1\0GAGGLE_PROJECT=../x\0", &ours), None);
    }
}
