//! kind, where a container engine runs.

use super::Cluster;
use crate::{cache, process, say};
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::process::Command;

const NAME: &str = "gaggle-test";

/// The version fetched if none is on PATH; its default node image is Kubernetes 1.34.
const VERSION: &str = "v0.30.0";

/// The engine that answers, if any.
pub(super) fn engine() -> Option<&'static str> {
    ["docker", "podman"]
        .into_iter()
        .find(|engine| process::output(Command::new(engine).args(["info", "--format", "ok"])).is_some())
}

/// Where its kubeconfig is once it is up.
pub(super) fn kubeconfig() -> Result<PathBuf> {
    Ok(super::folder()?.join("kind.kubeconfig"))
}

/// Creates it unless it is there.
pub(super) fn up(engine: &'static str) -> Result<Cluster> {
    if !exists()? {
        let mut create = kind()?;
        create.env("KIND_EXPERIMENTAL_PROVIDER", engine);
        create
            .args(["create", "cluster", "--name", NAME, "--wait", "120s", "--kubeconfig"])
            .arg(kubeconfig()?);
        process::run_on_stderr(&mut create)?;
    }
    status()
}

/// What it is, if it is there.
pub(super) fn status() -> Result<Cluster> {
    if !exists()? {
        bail!("no kind cluster {NAME:?}: `cargo xtask cluster up` makes one");
    }
    let node_address = gateway();
    let kubectl = process::on_path("kubectl").context("kubectl is not on PATH")?;
    Ok(Cluster { kubeconfig: kubeconfig()?, node_address, policies: false, folders: Vec::new(), kubectl })
}

/// Deletes it.
pub(super) fn down() -> Result<()> {
    process::run_on_stderr(kind()?.args(["delete", "cluster", "--name", NAME]))?;
    std::fs::remove_file(kubeconfig()?).ok();
    Ok(())
}

/// Copies an image of the engine into the node.
pub(super) fn load(engine: &str, image: &str) -> Result<()> {
    let archive = super::folder()?.join("image.tar");
    process::run_on_stderr(Command::new(engine).args(["save", "-o"]).arg(&archive).arg(image))?;
    let loaded =
        process::run_on_stderr(kind()?.args(["load", "image-archive", "--name", NAME]).arg(&archive));
    std::fs::remove_file(&archive).ok();
    loaded
}

fn exists() -> Result<bool> {
    let clusters = process::output(kind()?.args(["get", "clusters"])).unwrap_or_default();
    Ok(clusters.lines().any(|name| name == NAME))
}

/// The engine's side of kind's network: this machine, as its pods see it.
fn gateway() -> Option<String> {
    let format = "{{range .IPAM.Config}}{{.Gateway}} {{end}}";
    let all =
        process::output(Command::new("docker").args(["network", "inspect", "kind", "--format", format]))?;
    all.split_whitespace().find(|address| address.contains('.')).map(str::to_owned)
}

fn kind() -> Result<Command> {
    let program = match process::on_path("kind") {
        Some(path) => path,
        None => fetched()?,
    };
    Ok(Command::new(program))
}

fn fetched() -> Result<PathBuf> {
    let program = cache::bin()?.join(format!("kind{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        say::step(&format!("compiling kind {VERSION} into {} (once)", cache::bin()?.display()));
        let mut go = Command::new("go");
        go.arg("install").arg(format!("sigs.k8s.io/kind@{VERSION}")).env("GOBIN", cache::bin()?);
        process::run_on_stderr(&mut go).context("install kind, or Go, which compiles it")?;
    }
    Ok(program)
}
