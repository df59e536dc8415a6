//! What the native test node is made of: Debian packages, Kubernetes compiled from its own Go module, and the
//! two images that every node has.

use super::debian;
use crate::{cache, hash, image, process, say, workspace};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

/// The version in `deploy/testcluster/go.mod`, as the binary shall call itself.
const KUBERNETES: &str = "1.34.4";

/// Programs that must be there, and the Debian packages they come from.
const NEEDED: &[(&str, &str)] = &[
    ("containerd", "containerd"),
    ("runc", "runc"),
    ("etcd", "etcd-server"),
    ("conntrack", "conntrack"),
    ("iptables", "iptables"),
    ("ipset", "ipset"),
    ("nft", "nftables"),
    ("ip", "iproute2"),
    ("openssl", "openssl"),
    ("/usr/lib/cni/ptp", "containernetworking-plugins"),
];

/// The built parts, in one folder of the cache.
#[derive(Debug, Clone)]
pub(crate) struct Testnode {
    /// All of Kubernetes in one program.
    pub(crate) binary: PathBuf,
    /// The network plugin that waits until a pod's policies are in force.
    pub(crate) policy_gate: PathBuf,
    /// The image that holds a pod together, as an archive.
    pub(crate) pause: PathBuf,
    /// The image of the cluster's name service, as an archive.
    pub(crate) dns: PathBuf,
}

impl Testnode {
    fn of(folder: &Path) -> Self {
        Self {
            binary: folder.join("testnode"),
            policy_gate: folder.join("policy-gate"),
            pause: folder.join("pause.tar"),
            dns: folder.join("dns.tar"),
        }
    }

    fn complete(&self) -> bool {
        [&self.binary, &self.policy_gate, &self.pause, &self.dns].iter().all(|path| path.is_file())
    }
}

/// Two tiers may ask at once; the second one waits for the first one's build.
static BUILDING: Mutex<()> = Mutex::new(());

/// Installs and compiles what is missing. Cold it takes about 6 minutes on two cores.
pub(crate) fn ensure() -> Result<Testnode> {
    let _one_at_a_time = BUILDING.lock();
    packages()?;
    let node = Testnode::of(&folder()?);
    if node.complete() {
        return Ok(node);
    }
    let start = Instant::now();
    let folder = folder()?;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    say::step(&format!("compiling Kubernetes {KUBERNETES} into {} (once, some minutes)", folder.display()));
    let version = |name: &str, value: &str| format!("-X k8s.io/component-base/version.{name}={value}");
    let flags = [
        "-s -w".to_owned(),
        version("gitVersion", &format!("v{KUBERNETES}")),
        version("gitMajor", "1"),
        version("gitMinor", "34"),
    ];
    compile(".", &node.binary, &flags.join(" "), "1")?;
    compile("./policy-gate", &node.policy_gate, "-s -w", "0")?;
    small_image("pause", &node.pause, "-s -w", "0")?;
    // With cgo, and static all the same: so it shares what was compiled for the node's binary.
    small_image("dns", &node.dns, "-s -w -linkmode external -extldflags -static", "1")?;
    say::step(&format!("Kubernetes took {}", say::duration(start.elapsed())));
    Ok(node)
}

fn packages() -> Result<()> {
    let there = |program: &str| Path::new(program).is_file() || process::on_path(program).is_some();
    let missing: Vec<_> =
        NEEDED.iter().filter(|(program, _)| !there(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !debian::can_install() {
        bail!(
            "a native test node needs these Debian packages: {}. Install them, run as root on Debian, start a \
             container engine (then kind is used), or name a cluster in GAGGLE_TEST_KUBECONFIG",
            missing.join(" ")
        );
    }
    debian::install(&missing)
}

/// One folder per state of the sources, so that a change of them is a new build.
fn folder() -> Result<PathBuf> {
    let sources = sources()?;
    let all = ["main.go", "go.mod", "go.sum", "pause", "dns", "policy", "policy-gate", "provisioner"];
    let all: Vec<_> = all.iter().map(|name| sources.join(name)).collect();
    let paths: Vec<_> = all.iter().map(PathBuf::as_path).collect();
    Ok(cache::dir()?.join(format!("testnode-{KUBERNETES}-{}", hash::of(&paths)?)))
}

fn sources() -> Result<PathBuf> {
    Ok(workspace::root()?.join("deploy/testcluster"))
}

/// One program; under another name until it is whole.
fn compile(package: &str, to: &Path, flags: &str, cgo: &str) -> Result<()> {
    let partial = to.with_extension("partial");
    let mut go = Command::new("go");
    go.current_dir(sources()?).env("CGO_ENABLED", cgo);
    go.args(["build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o"]).arg(&partial).arg(package);
    process::run_on_stderr(&mut go).context("the Go toolchain (1.24 or newer) compiles the test node")?;
    std::fs::rename(&partial, to).with_context(|| format!("cannot make {}", to.display()))
}

/// An image with one program and nothing else.
fn small_image(name: &str, archive: &Path, flags: &str, cgo: &str) -> Result<()> {
    let context = workspace::target_dir()?.join("cluster").join(format!("{name}-image"));
    std::fs::create_dir_all(&context).with_context(|| format!("cannot make {}", context.display()))?;
    compile(&format!("./{name}"), &context.join(name), flags, cgo)?;
    let dockerfile = format!("FROM scratch\nCOPY {name} /{name}\nENTRYPOINT [\"/{name}\"]\n");
    std::fs::write(context.join("Dockerfile"), dockerfile)?;
    let image = format!("gaggle/{name}:dev");
    image::engine()?.build(&image, &context.join("Dockerfile"), &context)?;
    let partial = archive.with_extension("partial");
    image::save(&image, &partial)?;
    std::fs::remove_dir_all(&context).ok();
    std::fs::rename(&partial, archive).with_context(|| format!("cannot make {}", archive.display()))
}
