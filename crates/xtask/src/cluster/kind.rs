//! kind, where a container engine runs.

use super::Cluster;
use crate::{cache, image, process, say};
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
    // Before minutes go by.
    kubectl()?;
    if !exists(engine)? {
        let mut create = kind(engine)?;
        create
            .args(["create", "cluster", "--name", NAME, "--wait", "120s", "--kubeconfig"])
            .arg(kubeconfig()?);
        process::run_on_stderr(&mut create)?;
    }
    status(engine)
}

/// What it is, if it is there.
pub(super) fn status(engine: &str) -> Result<Cluster> {
    if !exists(engine)? {
        bail!("no kind cluster {NAME:?}: `cargo xtask cluster up` makes one");
    }
    let (node_address, kubectl) = (gateway(engine), kubectl()?);
    Ok(Cluster { kubeconfig: kubeconfig()?, node_address, policies: false, folders: Vec::new(), kubectl })
}

/// Deletes it.
pub(super) fn down(engine: &str) -> Result<()> {
    process::run_on_stderr(kind(engine)?.args(["delete", "cluster", "--name", NAME]))?;
    std::fs::remove_file(kubeconfig()?).ok();
    Ok(())
}

/// Copies an image of the engine into the node.
pub(super) fn load(engine: &str, name: &str) -> Result<()> {
    let archive = super::folder()?.join("image.tar");
    image::save(name, &archive)?;
    let loaded =
        process::run_on_stderr(kind(engine)?.args(["load", "image-archive", "--name", NAME]).arg(&archive));
    std::fs::remove_file(&archive).ok();
    loaded
}

fn exists(engine: &str) -> Result<bool> {
    let clusters = process::output(kind(engine)?.args(["get", "clusters"])).unwrap_or_default();
    Ok(clusters.lines().any(|name| name == NAME))
}

/// The engine's side of kind's network: this machine, as its pods see it.
fn gateway(engine: &str) -> Option<String> {
    let format = match engine {
        "podman" => "{{range .Subnets}}{{.Gateway}} {{end}}",
        _ => "{{range .IPAM.Config}}{{.Gateway}} {{end}}",
    };
    let all = process::output(Command::new(engine).args(["network", "inspect", "kind", "--format", format]))?;
    all.split_whitespace().find(|address| address.contains('.')).map(str::to_owned)
}

fn kubectl() -> Result<PathBuf> {
    process::on_path("kubectl").context("kubectl is not on PATH")
}

/// kind, told which engine: every one of its subcommands would else choose by itself.
fn kind(engine: &str) -> Result<Command> {
    let program = match process::on_path("kind") {
        Some(path) => path,
        None => fetched()?,
    };
    let mut command = Command::new(program);
    command.env("KIND_EXPERIMENTAL_PROVIDER", engine);
    Ok(command)
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
