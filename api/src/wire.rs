//! The composition root: configuration in, a running Gaggle out.

mod cluster;
mod host;
mod local;
pub mod store;
mod world;

pub use cluster::Cluster;

use crate::config::Config;
use anyhow::{Context as _, Result};
use gaggle_agent::{EnvModel, Hub, ModelConfigError, Tunnels};
use gaggle_core::{
    port::{Clock as _, Entropy, Runtime, Store},
    service::{self, Gaggle, Parts},
};
use gaggle_shared::{InstanceId, Mode, Span};
use gaggle_store_embedded::DirLock;
use std::{collections::BTreeMap, sync::Arc};
use world::{SystemClock, SystemEntropy};

/// How to get a Goose, in one sentence.
pub const GET_GOOSE: &str =
    "Install it from https://block.github.io/goose, or set GAGGLE_GOOSE_BIN to its binary";

/// Messages that may wait in a session.
const QUEUE: usize = 20;
/// Bytes of journal that a project may keep.
const JOURNAL: u64 = 64 * 1024 * 1024;
/// How long a person may take to answer an approval.
const PERMISSION_TIMEOUT: Span = Span::from_secs(600);

/// A running Gaggle and what must be closed after it.
#[derive(Debug)]
pub struct Wired {
    /// It.
    pub gaggle: Gaggle,
    /// What answers where a project says nothing.
    pub model: EnvModel,
    /// What runs agents, where that is a cluster.
    pub cluster: Option<Cluster>,
    /// The ACP clients that come in at relays' ports.
    pub tunnels: Option<Tunnels>,
    hub: Hub,
    /// Given up last.
    lock: Option<DirLock>,
}

impl Wired {
    /// Closes the links to the relays, which go on for themselves.
    pub async fn close(self) {
        self.hub.shutdown().await;
        drop(self.lock);
    }

    fn holding(self, lock: Option<DirLock>) -> Self {
        Self { lock, ..self }
    }
}

/// Puts the parts together over an open store and begins to listen for relays; then the core is to be started.
async fn assemble(config: &Config, store: Arc<dyn Store>) -> Result<Wired> {
    let model = model(config)?;
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let random: &dyn Entropy = &SystemEntropy;
    let instance = store.instance(InstanceId::new(clock.now(), random.ten())).await?;
    let (hub, runtime, cluster): (_, Arc<dyn Runtime>, _) = match &config.cluster {
        Some(cluster) => {
            let (hub, cluster) = cluster::agents(config, cluster, store.as_ref(), instance).await?;
            (hub, Arc::new(cluster.runtime.clone()), Some(cluster))
        }
        None => {
            let (hub, runtime) = local::agents(config, instance).await?;
            (hub, runtime, None)
        }
    };
    let tunnels = Some(hub.tunnels());
    let parts = Parts {
        store,
        runtime,
        gateway: Arc::new(hub.clone()),
        model: Arc::new(model.clone()),
        clock,
        entropy,
    };
    let gaggle = Gaggle::open(parts, core(config, &model)).await.context("cannot open Gaggle")?;
    Ok(Wired { gaggle, model, cluster, tunnels, hub, lock: None })
}

/// Which model agents are given.
///
/// # Errors
/// A variable that cannot be used.
pub fn model(config: &Config) -> Result<EnvModel, ModelConfigError> {
    let vars: BTreeMap<String, String> =
        config.vars.all().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    EnvModel::from_vars(&vars)
}

/// The model in words, and how to have another.
pub fn model_in_words(model: &EnvModel) -> String {
    match (model.provider(), model.model()) {
        (Some(provider), Some(name)) => format!("{name} of {provider}"),
        (Some(provider), None) => provider.to_owned(),
        (None, _) => {
            "the built-in demo; set ANTHROPIC_API_KEY, OPENAI_API_KEY or another provider's key (or \
                      GOOSE_PROVIDER) for a real one"
                .to_owned()
        }
    }
}

fn core(config: &Config, model: &EnvModel) -> service::Config {
    service::Config {
        users: config.users.clone(),
        server: host::name(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        store_kind: config.store.kind(),
        provider: model.provider().map(str::to_owned),
        model: model.model().map(str::to_owned),
        host: host::name(),
        reach: config.http.reach(),
        ready_timeout: config.agents.ready_timeout,
        idle_timeout: config.agents.idle_timeout,
        permission_timeout: PERMISSION_TIMEOUT,
        mode: Mode::default(),
        patience: config.agents.patience,
        activations: config.agents.activations,
        orphans: config.agents.orphans,
        queue: QUEUE,
        journal_bytes: JOURNAL,
    }
}
