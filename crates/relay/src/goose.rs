//! One start of Goose: its environment, its process behind the shim, and how it ended.

use crate::log::Log;
use crate::process::{Process, descendants};
use crate::shim;
use gaggle_relay_protocol::Launch;
use rustix::process::{Signal, WaitOptions, wait};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;

/// How long what is written after Goose's end may take to arrive.
const LAST_OUTPUT: Duration = Duration::from_millis(500);

/// How a process ended, as far as is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Exit {
    /// Its exit code.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
}

/// A running Goose. Dropped, it and all that it has started are killed.
#[derive(Debug)]
pub(crate) struct Goose {
    orders: Option<ChildStdin>,
    reports: Lines<BufReader<ChildStdout>>,
    output: JoinHandle<()>,
    exit: Exit,
}

impl Goose {
    /// Starts Goose (`program`) on `port` of loopback with this environment and nothing else.
    ///
    /// # Errors
    /// The shim could not be started. A Goose that cannot be shows as an exit with code 127.
    pub(crate) fn spawn(
        launch: &Launch,
        program: &Path,
        port: u16,
        env: &BTreeMap<String, String>,
        log: Arc<Log>,
    ) -> std::io::Result<Self> {
        let port = port.to_string();
        let args = ["serve", "--host", "127.0.0.1", "--port", &port, "--with-builtin", "developer"];
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        let mut shim = shim::command("watch", program.as_os_str(), &args)?
            .env_clear()
            .envs(env)
            .current_dir(&launch.workspace)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let gone = || std::io::Error::other("a pipe to the shim is missing");
        let orders = ChildStdin::from_std(shim.stdin.take().ok_or_else(gone)?)?;
        let reports = ChildStdout::from_std(shim.stdout.take().ok_or_else(gone)?)?;
        let output = ChildStderr::from_std(shim.stderr.take().ok_or_else(gone)?)?;
        Ok(Self {
            orders: Some(orders),
            reports: BufReader::new(reports).lines(),
            output: tokio::spawn(pump(output, log)),
            exit: Exit::default(),
        })
    }

    /// Waits until Goose and all that it has started are gone.
    pub(crate) async fn ended(&mut self) -> Exit {
        while let Ok(Some(line)) = self.reports.next_line().await {
            match line.split_once(' ') {
                Some(("exit", code)) => self.exit.code = code.parse().ok(),
                Some(("signal", number)) => self.exit.signal = number.parse().ok(),
                _ => {}
            }
        }
        self.exit
    }

    /// Asks Goose to end; after `grace` it is killed.
    pub(crate) async fn end(&mut self, grace: Duration) {
        if let Some(orders) = &mut self.orders {
            let order = format!("end {}\n", grace.as_millis());
            drop(orders.write_all(order.as_bytes()).await);
        }
    }

    /// Kills Goose and all that it has started, waits for that, and returns how Goose ended.
    pub(crate) async fn kill(mut self) -> Exit {
        self.orders = None;
        let exit = self.ended().await;
        // What comes to us is orphaned because its shim was killed.
        sweep().await;
        drop(tokio::time::timeout(LAST_OUTPUT, &mut self.output).await);
        exit
    }
}

/// Kills and reaps until this process has no child any more.
async fn sweep() {
    let Ok(mut child) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::child()) else { return };
    let me = Process::current().pid;
    let sweep = async {
        loop {
            descendants(me).into_iter().for_each(|process| process.signal(Signal::KILL));
            loop {
                match wait(WaitOptions::NOHANG) {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => return,
                }
            }
            child.recv().await;
        }
    };
    // One that the kernel cannot end must not keep the relay from going on.
    drop(tokio::time::timeout(Duration::from_secs(5), sweep).await);
}

/// Copies Goose's output to the log.
async fn pump(mut output: ChildStderr, log: Arc<Log>) {
    let mut buffer = vec![0; 8192];
    while let Ok(size @ 1..) = output.read(&mut buffer).await {
        log.output(&buffer[..size]);
    }
}

/// Goose's whole environment: what the server gave, then what only the relay knows. `model` is what the
/// demo model needs.
pub(crate) fn environment(launch: &Launch, key: &str, model: &[(&str, String)]) -> BTreeMap<String, String> {
    let mut env = launch.env.clone();
    let path = |path: &Path| path.to_string_lossy().into_owned();
    env.entry("HOME".into()).or_insert_with(|| path(&launch.agent_dir.join("home")));
    for (name, value) in model {
        env.insert((*name).into(), value.clone());
    }
    env.insert("GOOSE_SERVER__SECRET_KEY".into(), key.into());
    env.insert("GOOSE_DISABLE_KEYRING".into(), "1".into());
    env.insert("GOOSE_PATH_ROOT".into(), path(&launch.agent_dir));
    env.insert("GOOSE_MODE".into(), launch.mode.clone());
    env.insert("GOOSE_TELEMETRY_ENABLED".into(), "false".into());
    env
}
