//! `cargo xtask cluster`: a Kubernetes for the tests, whichever this machine can give.

mod given;
mod kind;
mod native;

use crate::{process, say, workspace};
use anyhow::{Context as _, Result};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// Options of `cargo xtask cluster`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Start it, unless it runs: `GAGGLE_TEST_KUBECONFIG` if set, else kind, else a native node.
    Up,
    /// Remove it and all that it left, also after a crash. A cluster of `GAGGLE_TEST_KUBECONFIG` stays.
    Down,
    /// Say which cluster it is, what runs, and what tests need to know about it.
    Status,
    /// Bring an image that was built here into it.
    Load {
        /// Its name, as `gaggle/agent:dev`.
        image: String,
    },
}

/// Which cluster it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Provider {
    /// Of `GAGGLE_TEST_KUBECONFIG`.
    Given(PathBuf),
    /// kind, with this container engine.
    Kind(&'static str),
    /// One node of processes on this machine.
    Native,
}

/// A cluster that runs, and what its tests need to know.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// An administrator's kubeconfig.
    pub(crate) kubeconfig: PathBuf,
    /// The address of this machine as pods see it; `None` where only its owner knows.
    pub(crate) node_address: Option<String>,
    /// Whether NetworkPolicies are known to be enforced.
    pub(crate) policies: bool,
    /// Where pid files, sockets and logs of a native node are.
    pub(crate) folders: Vec<(&'static str, PathBuf)>,
    /// The `kubectl` that belongs to it.
    pub(crate) kubectl: PathBuf,
}

/// Runs the subcommand; `up` and `status` print variables on stdout.
pub(crate) fn cluster(args: &Args) -> Result<()> {
    match &args.action {
        Action::Up => up().map(|cluster| show(&cluster)),
        Action::Down => down(),
        Action::Status => status(),
        Action::Load { image } => load(image),
    }
}

/// Starts the cluster, unless it runs.
pub(crate) fn up() -> Result<Cluster> {
    let start = Instant::now();
    let cluster = match provider()? {
        Provider::Given(path) => given::up(path),
        Provider::Kind(engine) => kind::up(engine),
        Provider::Native => native::up(),
    }?;
    say::step(&format!("the cluster is up after {}", say::duration(start.elapsed())));
    Ok(cluster)
}

/// Whether it runs already, so that whoever started it keeps it.
pub(crate) fn is_up() -> bool {
    match provider() {
        Ok(Provider::Given(_)) => true,
        Ok(Provider::Kind(engine)) => kind::status(engine).is_ok(),
        Ok(Provider::Native) => native::is_up(),
        Err(_) => false,
    }
}

/// Whether it is, or would be, a node of processes of this machine.
pub(crate) fn is_native() -> bool {
    matches!(provider(), Ok(Provider::Native))
}

/// Compiles in the background what a native node needs; nothing to do for other clusters.
pub(crate) fn prepare() -> Option<std::thread::JoinHandle<Result<()>>> {
    is_native().then(|| std::thread::spawn(native::prepare))
}

/// Removes the cluster and all that it left.
pub(crate) fn down() -> Result<()> {
    match provider()? {
        Provider::Given(path) => {
            say::note(&format!("the cluster of {} is not ours: it stays", path.display()));
            Ok(())
        }
        Provider::Kind(engine) => kind::down(engine),
        Provider::Native => native::down(),
    }
}

/// Brings an image that was built here into the cluster.
pub(crate) fn load(image: &str) -> Result<()> {
    match provider()? {
        Provider::Given(path) => given::load(&path, image),
        Provider::Kind(engine) => kind::load(engine, image),
        Provider::Native => native::load(image),
    }
}

fn status() -> Result<()> {
    let cluster = match provider()? {
        Provider::Given(path) => given::up(path)?,
        Provider::Kind(engine) => kind::status(engine)?,
        Provider::Native => native::status()?,
    };
    show(&cluster);
    let mut kubectl = Command::new(&cluster.kubectl);
    process::run_on_stderr(kubectl.arg("--kubeconfig").arg(&cluster.kubeconfig).args(["get", "nodes"]))
}

/// One `NAME=value` a line, for a shell's `export`.
fn show(cluster: &Cluster) {
    for (name, value) in cluster.variables() {
        println!("{name}={value}");
    }
}

impl Cluster {
    /// What the tests read.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("GAGGLE_TEST_KUBECONFIG", self.kubeconfig.display().to_string()),
            ("GAGGLE_TEST_KUBECTL", self.kubectl.display().to_string()),
        ];
        all.extend(self.node_address.clone().map(|address| ("GAGGLE_TEST_NODE_ADDRESS", address)));
        all.extend(self.policies.then(|| ("GAGGLE_TEST_POLICY_ENFORCED", "1".to_owned())));
        all.extend(self.folders.iter().map(|(name, folder)| (*name, folder.display().to_string())));
        all
    }
}

/// The folder of kubeconfigs of clusters that we start.
fn folder() -> Result<PathBuf> {
    let folder = workspace::target_dir()?.join("cluster");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn provider() -> Result<Provider> {
    let given = std::env::var_os("GAGGLE_TEST_KUBECONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
    Ok(match (given, kind::engine()) {
        // What `up` printed, handed back to us.
        (Some(path), _) if path == native::kubeconfig()? => Provider::Native,
        (Some(path), Some(engine)) if path == kind::kubeconfig()? => Provider::Kind(engine),
        (Some(path), _) => Provider::Given(path),
        (None, Some(engine)) => Provider::Kind(engine),
        (None, None) => Provider::Native,
    })
}
