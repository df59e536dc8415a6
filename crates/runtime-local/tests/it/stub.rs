//! A relay that is a shell script, and what the tests share.

use gaggle_core::port::{Change, ModelGrant, Progress, Runtime as _, Workload, WorkloadSpec};
use gaggle_runtime_local::{LocalConfig, LocalRuntime};
use gaggle_shared::{InstanceId, Mode, ProjectId, Settings, Step, StepState, UserId};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};
use tokio::{sync::broadcast, time::timeout};

/// Ends at SIGTERM, with what it has started.
pub(crate) const GOOD: &str = "trap 'kill $!; exit 0' TERM; READY; while :; do sleep 1000 & wait $!; done";
/// Ends at SIGTERM, and leaves something behind that has a session of its own.
pub(crate) const MESSY: &str = "trap 'exit 0' TERM; setsid sleep 1000 & READY; while :; do wait; done";
/// Executes itself many times before it is at work.
pub(crate) const EXECUTING: &str = "N=$((${N:-0} + 1)); export N; [ $N -lt 500 ] && exec \"$0\" \"$@\"; \
                                    trap 'kill $!; exit 0' TERM; READY; while :; do sleep 1000 & wait $!; done";
/// Does not end at SIGTERM.
pub(crate) const STUBBORN: &str = "trap '' TERM; READY; while :; do sleep 1000 & wait $!; done";
/// Cannot start.
pub(crate) const FAILING: &str = "echo 'cannot use the folder' >&2; exit 1";

pub(crate) struct World {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) config: LocalConfig,
    pub(crate) runtime: LocalRuntime,
}

impl World {
    /// A Gaggle whose relays run this script. What it started ends with it.
    pub(crate) fn new(script: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("gaggle");
        let text = format!("#!/bin/sh\n{}\n", logged(script));
        fs::write(&bin, text).unwrap();
        fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
        let home = "ws://127.0.0.1:1/relay".to_owned();
        // Its own among all tests that run at once.
        let name = dir.path().file_name().unwrap().to_string_lossy().to_lowercase();
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let instance = InstanceId::parse(&name).unwrap();
        let config = LocalConfig::new(dir.path().join("data"), home, bin.clone(), Ok(bin), instance);
        Self { runtime: LocalRuntime::new(config.clone()), config, dir }
    }

    /// The next server on the same data.
    pub(crate) fn restarted(&self) -> LocalRuntime {
        LocalRuntime::new(self.config.clone())
    }

    pub(crate) fn place(&self) -> PathBuf {
        self.dir.path().join("data/projects").join(project().as_str())
    }

    pub(crate) fn spec(&self, token: &str) -> WorkloadSpec {
        WorkloadSpec {
            instance: self.config.instance.clone(),
            user: UserId::parse("alice").unwrap(),
            project: project(),
            settings: Settings::default(),
            mode: Mode::SmartApprove,
            model: ModelGrant { env: BTreeMap::from([("KEY".into(), "secret".into())]), demo: false },
            token: token.into(),
            patience: Duration::from_secs(120),
            met: 0,
        }
    }

    /// Starts it and returns the relay's pid, once it is at work.
    pub(crate) async fn started(&self, token: &str) -> i32 {
        self.runtime.start(&self.spec(token), &Steps::default()).await.unwrap();
        let mut lines = self.runtime.logs(&project(), 1000, true).await.unwrap();
        let pid = self.pid();
        while futures_util::StreamExt::next(&mut lines).await.unwrap() != format!("started {pid}") {}
        pid
    }

    /// The relay's pid, as it is noted.
    pub(crate) fn pid(&self) -> i32 {
        let text = fs::read_to_string(self.place().join("relay.pid")).unwrap();
        let noted: serde_json::Value = serde_json::from_str(&text).unwrap();
        noted["pid"].as_i64().unwrap().try_into().unwrap()
    }

    pub(crate) async fn observed(&self) -> Workload {
        self.runtime.observe(&project()).await.unwrap()
    }
}

/// What a script says once it is ready, with its pid.
fn logged(script: &str) -> String {
    script.replace("READY", "echo \"started $$\" >> \"$(dirname \"$3\")/logs/agent.log\"")
}

impl Drop for World {
    fn drop(&mut self) {
        for pid in marked(self.config.instance.as_str()) {
            kill(pid);
        }
    }
}

pub(crate) fn project() -> ProjectId {
    ProjectId::parse("p1").unwrap()
}

/// The pids of all processes that carry the mark of this instance.
pub(crate) fn marked(instance: &str) -> Vec<i32> {
    let pid = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    let pids = fs::read_dir("/proc").unwrap().flatten().filter_map(pid);
    pids.filter(|pid| environ(*pid).contains(&format!("GAGGLE_INSTANCE={instance}"))).collect()
}

/// The variables that a process was started with.
pub(crate) fn environ(pid: i32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let entries = bytes.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    let mut all: Vec<String> = entries.map(|entry| String::from_utf8_lossy(entry).into_owned()).collect();
    all.sort();
    all
}

/// As by `kill -9`.
pub(crate) fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

/// Waits until the project's workload is said to have changed.
pub(crate) async fn changed(changes: &mut broadcast::Receiver<Change>) {
    let id = timeout(Duration::from_secs(10), changes.recv()).await.expect("nothing is announced");
    assert_eq!(id.unwrap().project, project());
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The steps of a start.
#[derive(Default)]
pub(crate) struct Steps(pub(crate) Mutex<Vec<(Step, StepState)>>);

impl Progress for Steps {
    fn step(&self, step: Step, state: StepState, _message: &str) {
        self.0.lock().unwrap().push((step, state));
    }
}
