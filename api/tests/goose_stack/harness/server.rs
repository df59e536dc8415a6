use super::LONG;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::OpenOptions,
    net::SocketAddr,
    path::Path,
    process::{ExitStatus, Stdio},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// One process of the server. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// The command that starts one with nothing but these variables; its log is added to `log`.
    pub(crate) fn command<'a>(
        env: impl IntoIterator<Item = (&'a String, &'a String)>,
        folder: &Path,
        log: &Path,
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gaggle"));
        let log = OpenOptions::new().create(true).append(true).open(log).unwrap();
        command.arg("serve").env_clear().envs(env).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        command
    }

    /// Starts it and waits until it says where it is. `Err`: it ended instead.
    pub(crate) async fn start(mut command: Command) -> Result<Self, ExitStatus> {
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self::ready(child, lines).await
    }

    /// One that was started otherwise, and will say where it is.
    pub(crate) async fn ready(
        mut child: Child,
        mut lines: Lines<BufReader<ChildStdout>>,
    ) -> Result<Self, ExitStatus> {
        let ready = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, address)) = line.split_once("ready at http://") {
                    return Some(address.trim().parse().unwrap());
                }
            }
            None
        };
        match timeout(LONG, ready).await.expect("the server does not begin") {
            Some(address) => Ok(Self { child, address }),
            None => Err(child.wait().await.unwrap()),
        }
    }

    pub(crate) fn pid(&self) -> i32 {
        self.child.id().unwrap().try_into().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.pid()).unwrap(), signal).unwrap();
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        timeout(LONG, self.child.wait()).await.expect("the server does not end").unwrap()
    }
}
