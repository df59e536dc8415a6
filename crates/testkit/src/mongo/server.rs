use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// The folder of the tool's environment below the cache of `cargo xtask`.
const FOLDER: &str = "secantus-0.7.0b3";

/// Longer than any start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the server until its own standard input ends, which it does when the test ends, however it does. `$CLEAN`
/// is removed then.
const KEEPER: &str = r#""$@" </dev/null & server=$!; cat >/dev/null; kill -9 $server; wait $server 2>/dev/null; [ -z "$CLEAN" ] || rm -rf "$CLEAN""#;

/// `GAGGLE_SECANTUS_BIN`, else the one that `cargo xtask` has put into its cache.
///
/// # Errors
/// When there is none: a test that needs it must fail then, not skip.
pub fn binary() -> Result<PathBuf, String> {
    let named = std::env::var_os("GAGGLE_SECANTUS_BIN").map(PathBuf::from);
    let cache = std::env::var_os("GAGGLE_TOOLS_DIR").map(PathBuf::from).or_else(|| {
        let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        Some(base.or_else(|| Some(std::env::home_dir()?.join(".cache")))?.join("gaggle-tools"))
    });
    let cached = cache.map(|cache| cache.join(FOLDER).join("bin").join("secantusd-py"));
    named.into_iter().chain(cached).find(|path| path.is_file()).ok_or_else(|| {
        "this test needs SecantusDB, which speaks MongoDB's protocol: run `cargo xtask test mongodb`"
            .to_owned()
    })
}

/// A server, on loopback unless told otherwise, with a folder of its own. It is killed when this is dropped, and when the test ends.
#[derive(Debug)]
pub struct MongoServer {
    folder: TempDir,
    address: SocketAddr,
    flags: Vec<String>,
    child: Option<Child>,
}

impl MongoServer {
    /// Starts one; as a replica set of one node, unless `--standalone` is among the flags.
    ///
    /// # Errors
    /// When it cannot be found or started.
    pub async fn start(flags: &[&str]) -> Result<Self, String> {
        Self::start_on(Ipv4Addr::LOCALHOST.into(), flags).await
    }

    /// One at an address of this computer that others reach, such as pods.
    ///
    /// # Errors
    /// As [`MongoServer::start`].
    pub async fn start_on(host: IpAddr, flags: &[&str]) -> Result<Self, String> {
        let said = |error: io::Error| error.to_string();
        let folder = tempfile::tempdir().map_err(said)?;
        let free = TcpListener::bind((host, 0)).await.map_err(said)?;
        let address = free.local_addr().map_err(said)?;
        drop(free);
        let flags = flags.iter().map(|&flag| flag.to_owned()).collect();
        let mut server = Self { folder, address, flags, child: None };
        server.restart().await?;
        Ok(server)
    }

    /// One that is never dropped, for a static: its folder goes when the test ends.
    ///
    /// # Errors
    /// As [`MongoServer::start`].
    pub async fn start_for_all(flags: &[&str]) -> Result<Self, String> {
        let mut server = Self::start(flags).await?;
        server.kill().await;
        server.launch(true).await?;
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A connection string.
    pub fn uri(&self) -> String {
        format!("mongodb://{}", self.address)
    }

    /// `kill -9`, and the wait for its end.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            // The keeper kills it and ends; what `wait` fails with would be shown by the next start.
            let _ = timeout(PATIENCE, child.wait()).await;
        }
    }

    /// Starts it again at the same address with what it holds.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn restart(&mut self) -> Result<(), String> {
        self.kill().await;
        self.launch(false).await
    }

    async fn launch(&mut self, clean: bool) -> Result<(), String> {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "sh"]).arg(binary()?);
        command.arg("--host").arg(self.address.ip().to_string());
        command.args(["--log-level", "ERROR", "--sync-on-commit", "--port"]);
        command.arg(self.address.port().to_string()).arg("--storage-path").arg(self.folder.path());
        command.args(&self.flags).current_dir(self.folder.path());
        if clean {
            command.env("CLEAN", self.folder.path());
        }
        command.stdin(Stdio::piped());
        self.child = Some(command.spawn().map_err(|error| error.to_string())?);
        let up = async {
            // It tells nobody that it listens.
            while TcpStream::connect(self.address).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, up).await.map_err(|_| "SecantusDB does not start".to_owned())
    }
}
