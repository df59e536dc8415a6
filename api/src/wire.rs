//! The composition root: configuration in, a running Gaggle out.

mod host;
mod world;

use crate::config::Config;
use anyhow::{Context as _, Result};
use gaggle_agent::{EnvModel, Hub, ModelConfigError};
use gaggle_core::{
    port::{Clock as _, Entropy, Store as _},
    service::{self, Gaggle, Parts},
};
use gaggle_runtime_local::{LocalConfig, LocalRuntime};
use gaggle_shared::{InstanceId, Mode, Span, StoreKind};
use gaggle_store_embedded::EmbeddedStore;
use std::{
    collections::BTreeMap,
    fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
};
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

/// What relays and agents get of the server's own environment: nothing that is secret.
const PASSED: [&str; 9] =
    ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SHELL", "XDG_RUNTIME_DIR"];

/// A running Gaggle and what must be closed after it.
#[derive(Debug)]
pub struct Wired {
    /// It.
    pub gaggle: Gaggle,
    /// What answers where a project says nothing.
    pub model: EnvModel,
    hub: Hub,
}

impl Wired {
    /// Closes the links to the relays, which go on for themselves.
    pub async fn close(self) {
        self.hub.shutdown().await;
    }
}

/// Opens the store, begins to listen for relays, and starts the core: every project is known when it returns.
///
/// # Errors
/// What cannot be opened, in one line.
pub async fn open(config: &Config) -> Result<Wired> {
    let data = &config.paths.data;
    let model = model(config)?;
    let (store, clock, entropy) =
        (Arc::new(store(data).await?), Arc::new(SystemClock), Arc::new(SystemEntropy));
    let random: &dyn Entropy = &SystemEntropy;
    let instance = store.instance(InstanceId::new(clock.now(), random.ten())).await?;
    let hub = hub(config).await?;
    let runtime = runtime(config, &hub, instance)?;
    let parts = Parts {
        store,
        runtime: Arc::new(runtime),
        gateway: Arc::new(hub.clone()),
        model: Arc::new(model.clone()),
        clock,
        entropy,
    };
    let gaggle = Gaggle::open(parts, core(config, &model)).await.context("cannot open Gaggle")?;
    gaggle.start().await.context("cannot start")?;
    Ok(Wired { gaggle, model, hub })
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

/// Opens the store of a data directory. A repair after a crash reads the whole file: not on this thread.
///
/// # Errors
/// When another server has it open, or it cannot be read.
pub async fn store(data: &Path) -> Result<EmbeddedStore> {
    let data = data.to_owned();
    Ok(tokio::task::spawn_blocking(move || EmbeddedStore::open(&data)).await??)
}

/// Listens for relays: at the same port as before, where those that live call.
async fn hub(config: &Config) -> Result<Hub> {
    if let Some(address) = config.agents.listen {
        return Hub::bind(address)
            .await
            .with_context(|| format!("GAGGLE_AGENT_LISTEN={address}: cannot listen there"));
    }
    let file = config.paths.data.join("agent-port");
    let before = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
    let at = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let hub = match before {
        Some(port) => match Hub::bind(at(port)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                tracing::warn!(
                    port,
                    "another program took the port that agents call; those that still run will not find home"
                );
                Hub::bind(at(0)).await
            }
            bound => bound,
        },
        None => Hub::bind(at(0)).await,
    };
    let hub = hub.context("cannot listen for agents")?;
    let port = hub.local_addr().port();
    if before != Some(port) {
        fs::write(&file, format!("{port}\n")).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(hub)
}

/// Agents run as processes of this computer, each with a relay that is this very binary.
fn runtime(config: &Config, hub: &Hub, instance: InstanceId) -> Result<LocalRuntime> {
    let gaggle = std::env::current_exe().context("cannot find this binary")?;
    let goose = config
        .paths
        .goose
        .clone()
        .ok_or_else(|| "GAGGLE_GOOSE_BIN is not set and PATH has no goose".to_owned());
    let home = config.agents.url.clone().unwrap_or_else(|| hub.home());
    let mut local = LocalConfig::new(config.paths.data.clone(), home, gaggle, goose, instance);
    local.env.extend(
        PASSED.iter().filter_map(|name| Some(((*name).to_owned(), config.vars.get(name)?.to_owned()))),
    );
    Ok(LocalRuntime::new(local))
}

fn core(config: &Config, model: &EnvModel) -> service::Config {
    service::Config {
        users: config.users.clone(),
        server: "embedded".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        store_kind: StoreKind::Embedded,
        provider: model.provider().map(str::to_owned),
        model: model.model().map(str::to_owned),
        host: host::name(),
        ready_timeout: config.agents.ready_timeout,
        idle_timeout: config.agents.idle_timeout,
        permission_timeout: PERMISSION_TIMEOUT,
        mode: Mode::default(),
        patience: config.agents.patience,
        activations: config.agents.activations,
        queue: QUEUE,
        journal_bytes: JOURNAL,
    }
}
