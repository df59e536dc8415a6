use super::{pod, rendered::short_hash};
use crate::config::KubernetesConfig;
use gaggle_core::port::WorkloadSpec;
use gaggle_relay_protocol::{Launch, Model};
use sha2::{Digest as _, Sha256};
use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

/// What the relay of one activation is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Launched {
    content: Vec<u8>,
    hash: String,
}

impl fmt::Debug for Launched {
    /// Leaves out the content: it holds keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Launched").field(&self.hash).finish()
    }
}

impl Launched {
    /// The name of the file in the Secret.
    pub const FILE: &'static str = "launch.json";

    /// The file.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Of the content, which holds a random token, so that nothing can be guessed from it.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// The launch of an activation.
pub fn launched(config: &KubernetesConfig, spec: &WorkloadSpec) -> Launched {
    let mut env = spec.model.env.clone();
    let pairs = [("HOME", pod::HOME), ("LANG", "C.UTF-8"), ("PATH", config.agent.path.as_str())];
    for (name, value) in pairs {
        env.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    let launch = Launch {
        project: spec.project.clone(),
        home: config.home.url.clone(),
        token: spec.token.clone(),
        state_dir: PathBuf::from(pod::STATE),
        agent_dir: PathBuf::from(pod::GOOSE),
        workspace: PathBuf::from(pod::WORKSPACE),
        log_file: PathBuf::from(pod::LOG),
        goose: PathBuf::from(&config.agent.goose),
        env,
        model: if spec.model.demo { Model::Demo } else { Model::Provider },
        mode: spec.mode.as_str().to_owned(),
        patience_ms: millis(spec.patience),
        initialize_ms: millis(config.agent.initialize),
        spool_bytes: config.agent.spool_bytes,
        health_port: config.agent.port,
        home_cert: config.home.pin.clone(),
        listen: Some(listen(config)),
        acp_key: Some(acp_key(&spec.token)),
        stay: true,
        log_stdout: true,
        met: spec.met,
    };
    let content = serde_json::to_vec(&launch).unwrap_or_default();
    let hash = short_hash(&content);
    Launched { content, hash }
}

/// What other ACP clients show at `/acp`: follows from the activation's token, which does not follow from it.
pub fn acp_key(token: &str) -> String {
    let digest = Sha256::new().chain_update(b"gaggle acp key\0").chain_update(token.as_bytes()).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every address of the pod; of IPv6 only where home is there.
fn listen(config: &KubernetesConfig) -> SocketAddr {
    let six = config.home.address().is_some_and(|(address, _)| address.is_ipv6());
    let any = if six { [0u16; 8].into() } else { [0u8; 4].into() };
    SocketAddr::new(any, config.agent.port)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
