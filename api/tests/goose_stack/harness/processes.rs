use super::LONG;
use rustix::process::{Pid, Signal, kill_process};
use std::{fs, path::Path, time::Duration};
use tokio::time::{sleep, timeout};

/// A living process of a test: its environment names the test's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) pid: i32,
    /// Of `GAGGLE_PROJECT`; none of a server.
    pub(crate) project: Option<String>,
    pub(crate) command: String,
}

impl Marked {
    pub(crate) fn is_relay(&self) -> bool {
        self.command.contains("--launch")
    }

    pub(crate) fn is_goose(&self) -> bool {
        fs::read_to_string(format!("/proc/{}/comm", self.pid))
            .is_ok_and(|name| ["goose", "scripted-agent"].contains(&name.trim()))
    }

    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // One that has ended by itself is as well.
        kill_process(Pid::from_raw(self.pid).unwrap(), signal).ok();
    }
}

/// All processes of this folder's test.
pub(crate) fn marked(folder: &Path) -> Vec<Marked> {
    let folder = folder.to_str().unwrap();
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| read(pid, folder)).collect()
}

fn read(pid: i32, folder: &str) -> Option<Marked> {
    // Of a zombie both are empty.
    let environ = String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/environ")).ok()?).into_owned();
    let command = String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/cmdline")).ok()?).replace('\0', " ");
    let project = environ.split('\0').find_map(|entry| entry.strip_prefix("GAGGLE_PROJECT="));
    environ.contains(folder).then(|| Marked { pid, project: project.map(str::to_owned), command })
}

/// Returns once no process of a project of this folder is left.
pub(crate) async fn until_none(folder: &Path) {
    let gone = async {
        // They are not our children: the system tells nobody of their end but their parents.
        while marked(folder).iter().any(|process| process.project.is_some()) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    if timeout(LONG, gone).await.is_err() {
        panic!("these go on: {:#?}", marked(folder));
    }
}
