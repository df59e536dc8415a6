//! The files that the node's processes read: settings, keys, tokens, kubeconfigs.

use super::places::{ADDRESS, RUN, STATE, state};
use crate::{process, workspace};
use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

/// Who may sign in, with user name and groups: the file's name of the kubeconfig comes first.
const USERS: &[(&str, &str, &str)] = &[
    ("admin", "admin", "system:masters"),
    ("controllers", "system:kube-controller-manager", ""),
    ("scheduler", "system:kube-scheduler", ""),
    ("proxy", "system:kube-proxy", ""),
    ("kubelet", "system:node:node1", "system:nodes"),
];

/// Network plugins that are linked beside ours.
const CNI: &[&str] = &["ptp", "host-local", "loopback"];

/// Writes what is needed before anything starts.
pub(super) fn write(policy_gate: &Path) -> Result<()> {
    for folder in ["pki", "cni", "cni-bin", "volumes"] {
        fs::create_dir_all(state(folder)).with_context(|| format!("cannot make {STATE}/{folder}"))?;
    }
    template("containerd.toml", "containerd.toml")?;
    template("kubelet.yaml", "kubelet.yaml")?;
    template("cni.conflist", "cni/10-testcluster.conflist")?;
    for plugin in CNI {
        link(&Path::new("/usr/lib/cni").join(plugin), plugin)?;
    }
    link(policy_gate, "policy-gate")?;
    secrets()
}

/// Writes the kubeconfigs, once the API server has made its certificate.
pub(super) fn kubeconfigs(admin: &Path) -> Result<()> {
    let authority = fs::read(state("pki/apiserver.crt")).context("the API server made no certificate")?;
    let authority = STANDARD.encode(authority);
    for line in fs::read_to_string(state("pki/tokens.csv"))?.lines() {
        let mut fields = line.split(',');
        let (Some(token), Some(user)) = (fields.next(), fields.next()) else { continue };
        let Some((name, ..)) = USERS.iter().find(|(_, known, _)| *known == user) else { continue };
        let text = kubeconfig(&authority, user, token);
        private(&state("pki").join(format!("{name}.kubeconfig")), &text)?;
        if *name == "admin" {
            private(admin, &text)?;
        }
    }
    Ok(())
}

fn template(name: &str, to: &str) -> Result<()> {
    let from = workspace::root()?.join("deploy/testcluster").join(name);
    let text = fs::read_to_string(&from).with_context(|| format!("cannot read {}", from.display()))?;
    fs::write(state(to), text.replace("@STATE@", STATE).replace("@RUN@", RUN))?;
    Ok(())
}

fn link(plugin: &Path, name: &str) -> Result<()> {
    let to = state("cni-bin").join(name);
    fs::remove_file(&to).ok();
    std::os::unix::fs::symlink(plugin, &to).with_context(|| format!("cannot link {}", to.display()))
}

/// A key for service accounts, and one token per user. They live as long as the node.
fn secrets() -> Result<()> {
    let key = state("pki/service-account.key");
    process::output(Command::new("openssl").args(["genrsa", "-out"]).arg(&key).arg("2048"))
        .context("openssl made no key")?;
    let mut lines = String::new();
    for (name, user, groups) in USERS {
        lines.push_str(&format!("{},{user},{name},\"{groups}\"\n", token()?));
    }
    private(&state("pki/tokens.csv"), &lines)
}

/// 128 random bits in hex.
fn token() -> Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn kubeconfig(authority: &str, user: &str, token: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: testcluster\n\
         clusters:\n- name: testcluster\n  cluster:\n    server: https://{ADDRESS}:6443\n    \
         certificate-authority-data: {authority}\n\
         users:\n- name: \"{user}\"\n  user:\n    token: {token}\n\
         contexts:\n- name: testcluster\n  context: {{cluster: testcluster, user: \"{user}\"}}\n"
    )
}

/// A file that only its owner reads, from its first byte on.
fn private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::remove_file(path).ok();
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}
