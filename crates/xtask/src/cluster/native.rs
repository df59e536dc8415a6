//! A Kubernetes node made of plain processes, where no container engine runs: Debian, root, the Go toolchain.

mod clean;
mod files;
mod network;
mod part;
mod parts;
mod places;
mod rules;

use super::Cluster;
use crate::tools::testnode::{self, Testnode};
use crate::{image, process, say, workspace};
use anyhow::{Context as _, Result, bail};
use parts::Part;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long the API server, and then the node, may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Where its kubeconfig is once it is up.
pub(super) fn kubeconfig() -> Result<PathBuf> {
    Ok(super::folder()?.join("kubeconfig"))
}

/// Fetches and compiles what it needs.
pub(super) fn prepare() -> Result<()> {
    testnode::ensure().map(drop)
}

/// Starts it, unless all of it runs. What is left of a crash goes first.
pub(super) fn up() -> Result<Cluster> {
    let node = testnode::ensure()?;
    let _only_one = lock()?;
    let running = running();
    if is_up() && answers(&node.binary) {
        say::note("the node runs already");
        own_images(&node)?;
        return cluster();
    }
    if !running.is_empty() || Path::new(places::STATE).exists() {
        say::step("removing what is left of an earlier node");
        clean::all()?;
    }
    say::step("starting the node");
    if let Err(error) = start(&node) {
        say::note("it did not start; `cargo xtask cluster down` removes it, its logs are below until then");
        say::note(&places::state("logs").display().to_string());
        return Err(error);
    }
    cluster()
}

/// Stops and removes it; nothing of it stays.
pub(super) fn down() -> Result<()> {
    let _only_one = lock()?;
    clean::all()?;
    for file in [kubeconfig()?, kubectl()?] {
        std::fs::remove_file(file).ok();
    }
    Ok(())
}

/// Whether all of it runs.
pub(super) fn is_up() -> bool {
    running().len() == parts::NAMES.len()
}

/// What runs of it.
pub(super) fn status() -> Result<Cluster> {
    for name in parts::NAMES {
        let pid = part::pid(name).map_or("not running".to_owned(), |pid| format!("pid {pid}"));
        say::note(&format!("{name:<24} {pid}"));
    }
    if !is_up() {
        bail!("the native node is not up: `cargo xtask cluster up` starts it");
    }
    cluster()
}

/// Brings an image into its containerd.
pub(super) fn load(name: &str) -> Result<()> {
    let archive = super::folder()?.join(format!("image-{}.tar", std::process::id()));
    let loaded = image::save(name, &archive).and_then(|()| import(&archive));
    std::fs::remove_file(&archive).ok();
    loaded
}

fn start(node: &Testnode) -> Result<()> {
    rules::claim()?;
    clean::remember()?;
    files::write(&node.policy_gate)?;
    clean::make_cgroups()?;
    network::up()?;
    parts::base().iter().try_for_each(begin)?;
    begin(&parts::api_server(node))?;
    alive_until("the API server", "kube-apiserver", || Ok(places::state("pki/apiserver.crt").exists()))?;
    let admin = kubeconfig()?;
    files::kubeconfigs(&admin)?;
    link_kubectl(&node.binary)?;
    alive_until("the API server", "kube-apiserver", || Ok(answers(&node.binary)))?;
    parts::rest(node).iter().try_for_each(begin)?;
    alive_until("containerd", "containerd", || Ok(ctr(&["version"]).is_some()))?;
    own_images(node)?;
    let objects = workspace::root()?.join("deploy/testcluster/objects.yaml");
    kubectl_run(&["apply", "-f", &objects.display().to_string()])?;
    let patience = format!("--timeout={}s", PATIENCE.as_secs());
    kubectl_run(&["wait", "--for=create", &patience, "node/node1"])?;
    kubectl_run(&["wait", "--for=condition=Ready", &patience, "node/node1"])?;
    kubectl_run(&["wait", "--for=condition=Available", &patience, "-n", "kube-system", "deployment/dns"])
}

fn begin(part: &Part) -> Result<()> {
    part::start(part.name, &part.program, &part.arguments)
}

/// Waits for a part, and gives up at once when its process has ended.
fn alive_until(what: &str, name: &str, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    part::wait(what, PATIENCE, || {
        if part::pid(name).is_none() {
            bail!("{what} ended: {}", part::tail(name));
        }
        done()
    })
}

fn running() -> Vec<u32> {
    parts::NAMES.iter().filter_map(|name| part::pid(name)).collect()
}

fn answers(testnode: &Path) -> bool {
    let Ok(kubeconfig) = kubeconfig() else { return false };
    let mut kubectl = Command::new(testnode);
    kubectl.arg("kubectl").arg("--kubeconfig").arg(kubeconfig);
    process::output(kubectl.args(["get", "--raw=/readyz", "--request-timeout=2s"])).as_deref() == Some("ok")
}

fn kubectl_run(arguments: &[&str]) -> Result<()> {
    let mut kubectl = Command::new(kubectl()?);
    process::run_on_stderr(kubectl.arg("--kubeconfig").arg(kubeconfig()?).args(arguments))
}

fn cluster() -> Result<Cluster> {
    Ok(Cluster {
        kubeconfig: kubeconfig()?,
        node_address: Some(places::ADDRESS.to_owned()),
        // By the node's own `policy`, before a pod's first process runs.
        policies: true,
        folders: vec![
            ("GAGGLE_TEST_NODE_RUN", places::RUN.into()),
            ("GAGGLE_TEST_NODE_STATE", places::STATE.into()),
        ],
        kubectl: kubectl()?,
    })
}

/// The node's one binary is also `kubectl`, by that name.
fn kubectl() -> Result<PathBuf> {
    Ok(super::folder()?.join("kubectl"))
}

fn link_kubectl(testnode: &Path) -> Result<()> {
    let link = kubectl()?;
    std::fs::remove_file(&link).ok();
    std::os::unix::fs::symlink(testnode, &link).with_context(|| format!("cannot link {}", link.display()))
}

/// No pod starts without these two; nobody else brings them back if they were removed.
fn own_images(node: &Testnode) -> Result<()> {
    let there = ctr(&["images", "ls", "-q"]).unwrap_or_default();
    for (name, archive) in
        [("docker.io/gaggle/pause:dev", &node.pause), ("docker.io/gaggle/dns:dev", &node.dns)]
    {
        if !there.lines().any(|image| image == name) {
            import(archive)?;
        }
    }
    Ok(())
}

fn import(archive: &Path) -> Result<()> {
    let archive = archive.display().to_string();
    ctr(&["images", "import", &archive]).map(drop).with_context(|| format!("containerd refused {archive}"))
}

fn ctr(arguments: &[&str]) -> Option<String> {
    let mut ctr = Command::new("ctr");
    ctr.arg("--address").arg(places::run("containerd.sock")).args(["--namespace", "k8s.io"]);
    process::output(ctr.args(arguments))
}

/// Two `up` at once would fight for one node. Released when the file is closed.
fn lock() -> Result<File> {
    let path = super::folder()?.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}
