//! The relay's process, and what is left of it.

use super::conn::TOKEN;
use gaggle_relay_protocol::{Launch, Model};
use gaggle_shared::ProjectId;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) struct Relay {
    pub(crate) dir: TempDir,
    pub(crate) launch: Launch,
    child: Option<Child>,
}

/// Where Goose is; there is no test without it.
fn goose() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::var_os("GAGGLE_GOOSE_BIN")
        .map(PathBuf::from)
        .or_else(|| std::env::split_paths(&path).map(|dir| dir.join("goose")).find(|file| file.is_file()))
        .expect("these tests need Goose: set GAGGLE_GOOSE_BIN, or put goose on the PATH")
}

impl Relay {
    /// A relay that was not started yet, with a volume of its own.
    pub(crate) fn new(home: &str) -> Self {
        Self::in_dir(home, tempfile::tempdir().unwrap())
    }

    /// The same in this folder.
    pub(crate) fn in_dir(home: &str, dir: TempDir) -> Self {
        let path = |name: &str| dir.path().join(name);
        let launch = Launch {
            project: ProjectId::parse("p1").unwrap(),
            home: home.into(),
            token: TOKEN.into(),
            state_dir: path("relay"),
            agent_dir: path("agent"),
            workspace: path("workspace"),
            log_file: path("logs/agent.log"),
            goose: goose(),
            env: [("PATH".to_owned(), std::env::var("PATH").unwrap())].into(),
            model: Model::Demo,
            mode: "auto".into(),
            patience_ms: 60_000,
            initialize_ms: 30_000,
            spool_bytes: 1024 * 1024,
            health_port: 0,
            home_cert: None,
            listen: None,
            acp_key: None,
            stay: false,
            log_stdout: false,
            met: 0,
        };
        Self { dir, launch, child: None }
    }

    pub(crate) fn start(&mut self) -> &mut Self {
        self.child = Some(self.spawn());
        self
    }

    /// A process on this volume.
    pub(crate) fn spawn(&self) -> Child {
        let file = self.dir.path().join("launch.json");
        std::fs::write(&file, serde_json::to_vec(&self.launch).unwrap()).unwrap();
        let relay = env!("CARGO_BIN_EXE_gaggle-relay");
        Command::new(relay).arg("--launch").arg(file).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid() as i32).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let pid = self.pid();
        let mut child = self.child.take().unwrap();
        let waited = tokio::task::spawn_blocking(move || child.wait().unwrap());
        let in_time = tokio::time::timeout(Duration::from_secs(30), waited).await;
        if in_time.is_err() {
            // The thread that waits must not keep the test from failing.
            let pid = rustix::process::Pid::from_raw(pid as i32).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        }
        in_time.expect("the relay did not end").unwrap()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.launch.log_file).unwrap_or_default()
    }

    /// What `/health` answers: its status and its line.
    pub(crate) async fn health(&self, endpoint: &str) -> (u16, String) {
        self.probe(endpoint, "/health").await
    }

    /// Waits until its log says this.
    pub(crate) async fn logged(&self, what: &str) {
        eventually(what, || self.log().contains(what).then_some(())).await;
    }

    /// What a path of its port answers: the status and the body.
    pub(crate) async fn probe(&self, endpoint: &str, path: &str) -> (u16, String) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let address = endpoint.strip_prefix("http://").unwrap();
        let mut tcp = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        tcp.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        tcp.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.trim().to_owned())
    }
}

impl Drop for Relay {
    /// Every test ends with nothing of its relay alive.
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        if std::thread::panicking() {
            eprintln!("--- the relay's log ---\n{}", self.log());
        }
        let until = Instant::now() + Duration::from_secs(10);
        while !processes_of(self.dir.path()).is_empty() {
            if Instant::now() > until {
                eprintln!("left behind: {:?}", processes_of(self.dir.path()));
                assert!(std::thread::panicking(), "the relay left processes behind");
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Waits until something that nothing tells us of is so.
pub(crate) async fn eventually<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < until, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Living processes that work on a volume (their environment names it): pid and command line.
pub(crate) fn processes_of(dir: &Path) -> Vec<(i32, String)> {
    let mark = format!("GOOSE_PATH_ROOT={}", dir.join("agent").display());
    let read = |pid: i32, file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| String::from_utf8_lossy(&read(*pid, "environ")).contains(&mark))
        .map(|pid| (pid, String::from_utf8_lossy(&read(pid, "cmdline")).replace('\0', " ")))
        .collect()
}
