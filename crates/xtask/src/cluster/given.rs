//! A cluster that somebody gave us: never started, never removed.

use super::Cluster;
use crate::process;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Asks whether it answers.
pub(super) fn up(kubeconfig: PathBuf) -> Result<Cluster> {
    let kubectl = process::on_path("kubectl").context("kubectl is not on PATH")?;
    let ready = ask(&kubectl, &kubeconfig, &["get", "--raw=/readyz", "--request-timeout=10s"]);
    if ready.as_deref() != Some("ok") {
        bail!("the cluster of GAGGLE_TEST_KUBECONFIG ({}) does not answer", kubeconfig.display());
    }
    let node_address = std::env::var("GAGGLE_TEST_NODE_ADDRESS").ok();
    Ok(Cluster { kubeconfig, node_address, policies: false, folders: Vec::new(), kubectl })
}

/// Through kind or minikube, if it is one of those; another cluster gets its images from a registry.
pub(super) fn load(kubeconfig: &Path, image: &str) -> Result<()> {
    let kubectl = process::on_path("kubectl").context("kubectl is not on PATH")?;
    let context = ask(&kubectl, kubeconfig, &["config", "current-context"]).unwrap_or_default();
    if let Some(name) = context.strip_prefix("kind-") {
        process::run_on_stderr(Command::new("kind").args(["load", "docker-image", image, "--name", name]))
    } else if context == "minikube" {
        process::run_on_stderr(Command::new("minikube").args(["image", "load", image]))
    } else {
        bail!(
            "images cannot be loaded into {context:?}: push {image} to a registry that it reaches, and name it in \
             GAGGLE_TEST_AGENT_IMAGE or GAGGLE_TEST_SERVER_IMAGE"
        )
    }
}

fn ask(kubectl: &Path, kubeconfig: &Path, arguments: &[&str]) -> Option<String> {
    process::output(Command::new(kubectl).arg("--kubeconfig").arg(kubeconfig).args(arguments))
}
