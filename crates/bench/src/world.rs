//! A server of the benchmarks' own, with its data, and the end of everything it has started.

use crate::http::Http;
use crate::parts::Parts;
use crate::processes;
use anyhow::{Context as _, Result, bail};
use gaggle_testkit::ScriptedModel;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// A data folder, a model, and a server.
#[derive(Debug)]
pub(crate) struct World {
    folder: TempDir,
    parts: Parts,
    env: Vec<(String, String)>,
    child: Option<Child>,
    /// Where the server listens, also the next one.
    pub(crate) address: SocketAddr,
    /// What its agents talk to.
    pub(crate) model: ScriptedModel,
}

impl World {
    /// Starts one with nothing in it.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn start(parts: &Parts) -> Result<Self> {
        Self::start_with(parts, ScriptedModel::start().await?, Vec::new()).await
    }

    /// One with this model and these variables too.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn start_with(
        parts: &Parts,
        model: ScriptedModel,
        more: Vec<(String, String)>,
    ) -> Result<Self> {
        let folder = parts.folder()?;
        let mut env: Vec<(String, String)> =
            model.env().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (name, value) in [
            ("PATH", std::env::var("PATH")?),
            ("HOME", folder.path().display().to_string()),
            ("GAGGLE_DATA_DIR", folder.path().join("data").display().to_string()),
            ("GAGGLE_GOOSE_BIN", parts.goose.display().to_string()),
            ("GAGGLE_AGENT_ENV", "GOOSE_PROVIDER,GOOSE_MODEL,OPENAI_HOST,OPENAI_API_KEY".to_owned()),
        ] {
            env.push((name.to_owned(), value));
        }
        env.extend(more);
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut world = Self { folder, parts: parts.clone(), env, child: None, address, model };
        world.begin().await?;
        Ok(world)
    }

    /// Starts the next server, once the last has ended. Returns when it says that it is ready.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        let log = OpenOptions::new().create(true).append(true).open(self.folder.path().join("server.log"))?;
        let mut command = Command::new(&self.parts.gaggle);
        command.arg("serve").env_clear().envs(self.env.iter().map(|(name, value)| (name, value)));
        command.env("GAGGLE_LISTEN", self.address.to_string()).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().context("cannot start the server")?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        self.child = Some(child);
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, address)) = line.split_once("ready at http://") {
                    return Ok(address.trim().parse()?);
                }
            }
            bail!("the server ended at once:\n{}", self.log())
        };
        self.address = timeout(LONG, ready).await.context("the server does not begin")??;
        Ok(())
    }

    /// Ends the server with a signal and waits for its end.
    ///
    /// # Errors
    /// It does not end.
    pub(crate) async fn end_server(&mut self, signal: Signal) -> Result<()> {
        let mut child = self.child.take().context("there is no server")?;
        kill_process(pid(&child)?, signal)?;
        timeout(LONG, child.wait()).await.context("the server does not end")??;
        Ok(())
    }

    /// Ends server and agents as Ctrl-C does, and waits until nothing of them is left.
    ///
    /// # Errors
    /// Something goes on.
    pub(crate) async fn close(mut self) -> Result<()> {
        self.end_server(Signal::INT).await?;
        let gone = async {
            // They are not our children: nobody tells us of their end.
            while !processes::marked(self.folder.path()).is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LONG, gone).await.context("processes are left")
    }

    /// Bytes of memory that the server has in use (VmRSS).
    ///
    /// # Errors
    /// It does not run.
    pub(crate) fn resident(&self) -> Result<u64> {
        let child = self.child.as_ref().context("there is no server")?;
        let status = std::fs::read_to_string(format!("/proc/{}/status", pid(child)?.as_raw_nonzero()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    }

    /// A connection to the server.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn http(&self) -> Result<Http> {
        Http::connect(self.address).await
    }

    /// Makes a project of Alice's whose agent asks for nothing; its path.
    ///
    /// # Errors
    /// It is refused.
    pub(crate) async fn project(&self, name: &str) -> Result<String> {
        let body = json!({"name": name, "settings": {"mode": "auto"}});
        let made = self.http().await?.post("/api/users/alice/projects", "", &body).await?.json(201)?;
        Ok(format!("/api/users/alice/projects/{}", made["id"].as_str().context("no id")?))
    }

    /// Sends a message that nobody waits for; the turn's id.
    ///
    /// # Errors
    /// It is refused.
    pub(crate) async fn say(&self, project: &str, text: &str) -> Result<String> {
        let (path, body) = (format!("{project}/messages"), json!({"text": text}));
        let turn = self.http().await?.post(&path, "prefer: respond-async\r\n", &body).await?.json(202)?;
        Ok(turn["id"].as_str().context("no id")?.to_owned())
    }

    /// Wakes a project and waits until it can chat.
    ///
    /// # Errors
    /// It cannot.
    pub(crate) async fn activate(&self, project: &str) -> Result<Value> {
        self.http().await?.post(&format!("{project}/activate"), "", &json!({})).await?.json(200)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }
}

fn pid(child: &Child) -> Result<Pid> {
    child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)).context("it has ended")
}

impl Drop for World {
    /// Also of a run that failed nothing is left. Relays end what they have started.
    fn drop(&mut self) {
        drop(self.child.take());
        processes::kill_all(self.folder.path());
    }
}
