//! Processes, known by pid and start time, so that a pid that was used again is never mistaken for its
//! predecessor.

use rustix::process::{Pid, Signal};

/// One process of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    /// Its pid.
    pub pid: i32,
    /// When it started, in clock ticks since the machine did (field 22 of `/proc/PID/stat`); 0 where unknown.
    pub start: u64,
}

impl Process {
    /// This process.
    pub(crate) fn current() -> Self {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        Self::of(pid).unwrap_or(Self { pid, start: 0 })
    }

    /// The process that has this pid now, zombies included.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        imp::stat(pid).map(|stat| Self { pid, start: stat.start })
    }

    /// True while it runs (a zombie does not).
    pub(crate) fn alive(self) -> bool {
        imp::stat(self.pid).is_some_and(|stat| stat.start == self.start && stat.state != 'Z')
    }

    /// Sends it a signal; a process that is gone already is no error.
    pub(crate) fn signal(self, signal: Signal) {
        imp::signal(self, signal);
    }
}

/// Every living process below `root`, at this instant. Empty where the platform cannot tell.
pub(crate) fn descendants(root: i32) -> Vec<Process> {
    let all = imp::all();
    let mut found: Vec<Process> = Vec::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for (process, ppid, state) in &all {
            if *ppid == parent && !found.contains(process) {
                parents.push(process.pid);
                if *state != 'Z' {
                    found.push(*process);
                }
            }
        }
    }
    found
}

/// The processes, other than this one, that hold (have inherited) an `flock` on `file`. Having it open is
/// not enough: a backup may read it.
pub(crate) fn holders(file: &std::fs::File) -> Vec<Process> {
    imp::holders(file)
}

fn pid_of(raw: i32) -> Option<Pid> {
    Pid::from_raw(raw)
}

#[cfg(target_os = "linux")]
mod imp {
    use super::{Process, Signal, pid_of};
    use rustix::process::{PidfdFlags, kill_process, pidfd_open, pidfd_send_signal};
    use std::os::unix::fs::MetadataExt;

    pub(super) struct Stat {
        pub(super) state: char,
        pub(super) ppid: i32,
        pub(super) start: u64,
    }

    pub(super) fn stat(pid: i32) -> Option<Stat> {
        let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
        parse(&String::from_utf8_lossy(&text))
    }

    /// The name in field 2 may hold spaces and brackets: everything is counted from the last bracket.
    pub(super) fn parse(text: &str) -> Option<Stat> {
        let rest = &text[text.rfind(')')? + 1..];
        let mut fields = rest.split_ascii_whitespace();
        let state = fields.next()?.chars().next()?;
        let ppid = fields.next()?.parse().ok()?;
        let start = fields.nth(17)?.parse().ok()?;
        Some(Stat { state, ppid, start })
    }

    fn pids() -> impl Iterator<Item = i32> {
        std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()))
    }

    pub(super) fn all() -> Vec<(Process, i32, char)> {
        pids()
            .filter_map(|pid| {
                let stat = stat(pid)?;
                Some((Process { pid, start: stat.start }, stat.ppid, stat.state))
            })
            .collect()
    }

    /// By pidfd: the start time is checked after it is open, so the signal cannot hit a successor.
    pub(super) fn signal(process: Process, signal: Signal) {
        let Some(pid) = pid_of(process.pid) else { return };
        let same = || stat(process.pid).is_some_and(|stat| stat.start == process.start);
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(fd) if same() => drop(pidfd_send_signal(fd, signal)),
            Ok(_) => {}
            Err(rustix::io::Errno::SRCH) => {}
            Err(_) if same() => drop(kill_process(pid, signal)),
            Err(_) => {}
        }
    }

    pub(super) fn holders(file: &std::fs::File) -> Vec<Process> {
        let Ok(wanted) = file.metadata() else { return Vec::new() };
        let me = std::process::id() as i32;
        let holds = |pid: i32| {
            let Ok(entries) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
            entries.flatten().any(|entry| {
                let same = std::fs::metadata(entry.path())
                    .is_ok_and(|found| found.dev() == wanted.dev() && found.ino() == wanted.ino());
                // The kernel lists the locks of exactly this open file, proc_pid_fdinfo(5).
                let info = std::path::Path::new(&format!("/proc/{pid}/fdinfo")).join(entry.file_name());
                same && std::fs::read_to_string(info).is_ok_and(|info| info.contains("FLOCK"))
            })
        };
        pids().filter(|pid| *pid != me && holds(*pid)).filter_map(Process::of).collect()
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
            let line = "42 (a) R 9) b) S 7 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 987654 1 1";
            let stat = super::parse(line).expect("parsed");
            assert_eq!((stat.state, stat.ppid, stat.start), ('S', 7, 987_654));
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use super::{Process, Signal, pid_of};
    use rustix::process::{kill_process, test_kill_process};

    pub(super) struct Stat {
        pub(super) state: char,
        pub(super) start: u64,
    }

    pub(super) fn stat(pid: i32) -> Option<Stat> {
        test_kill_process(pid_of(pid)?).is_ok().then_some(Stat { state: 'R', start: 0 })
    }

    pub(super) fn all() -> Vec<(Process, i32, char)> {
        Vec::new()
    }

    pub(super) fn signal(process: Process, signal: Signal) {
        if let Some(pid) = pid_of(process.pid) {
            drop(kill_process(pid, signal));
        }
    }

    pub(super) fn holders(_file: &std::fs::File) -> Vec<Process> {
        Vec::new()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_found_below_us_and_a_false_start_time_protects_it() {
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        let process = Process::of(child.id() as i32).unwrap();
        assert!(process.alive());
        assert!(descendants(Process::current().pid).contains(&process));
        Process { start: process.start + 1, ..process }.signal(Signal::KILL);
        assert!(child.try_wait().unwrap().is_none());
        process.signal(Signal::KILL);
        child.wait().unwrap();
        assert!(!process.alive());
    }
}
