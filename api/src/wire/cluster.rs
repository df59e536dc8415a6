//! Agents as pods of a cluster.

mod decoy;

use super::world::{SystemClock, SystemEntropy};
use crate::config::{ClusterConfig, Config, Dial as Wish};
use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use decoy::Decoy;
use gaggle_agent::{Dial, Dialling, Hub, Identity, Probed, Stream};
use gaggle_core::port::{Clock as _, Entropy, Store};
use gaggle_runtime_kubernetes::{Connection, KubernetesRuntime, config::Home, dial::PodDial};
use gaggle_shared::{InstanceId, Isolation, ProjectId};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

/// Under this name the store keeps what the agent listener proves itself with.
const IDENTITY: &str = "agent-listener";

/// A relay that has not called after so long is called.
const SILENT: Duration = Duration::from_secs(3);

/// What keeps projects apart, by the names people know.
const POLICIES: [&str; 4] =
    ["a namespace per user", "Pod Security: restricted", "NetworkPolicy: deny by default", "ResourceQuota"];

/// What runs agents in a cluster; what it holds goes with it.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// It.
    pub runtime: KubernetesRuntime,
    _decoy: Option<Arc<Decoy>>,
}

/// The listener for their relays, and what starts them.
pub(super) async fn agents(
    config: &Config,
    cluster: &ClusterConfig,
    store: &dyn Store,
    instance: InstanceId,
) -> Result<(Hub, Cluster)> {
    let identity = identity(store).await?;
    let near = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    let listen = config.agents.listen.unwrap_or(near);
    let hub = Hub::bind_tls(listen, &identity)
        .await
        .with_context(|| format!("GAGGLE_AGENT_LISTEN={listen}: cannot listen there"))?;
    let url = match &config.agents.url {
        Some(url) => url.clone(),
        None if listen.ip().is_unspecified() && config.agents.dial != Wish::Always => bail!(
            "GAGGLE_AGENT_LISTEN={listen} is every address, and pods must be told one: set GAGGLE_AGENT_URL to \
             wss://ADDRESS:PORT/relay, or GAGGLE_AGENT_DIAL=always to have pods called instead"
        ),
        None => hub.home(),
    };
    let home = Home { url, pin: Some(identity.pin()), port: hub.local_addr().port() };
    let connection = Connection::new(cluster.credentials.clone());
    let dialling = match config.agents.dial {
        Wish::Never => Dialling::Never,
        Wish::Always => Dialling::Always,
        // No pod reaches this computer's loopback.
        Wish::Auto if listen.ip().is_loopback() && config.agents.url.is_none() => Dialling::Always,
        Wish::Auto => Dialling::Auto(SILENT),
    };
    let pods = PodDial::new(connection.clone(), instance.clone(), cluster.agent.port);
    hub.dial_with(Arc::new(Pods(pods)), dialling);
    let policies = POLICIES.map(str::to_owned).into();
    let isolation = Isolation::Policies { policies, enforced: None, since: None };
    let told = Arc::new(cluster.runtime(instance, home, config.agents.ready_timeout));
    let data = &config.paths.data;
    let runtime =
        KubernetesRuntime::new(connection, Arc::clone(&told), isolation, data, Arc::new(SystemClock));
    let decoy = match Decoy::open(hub.local_addr(), &told).await {
        Ok(decoy) => decoy,
        Err(error) => {
            tracing::warn!(%error, "whether network policies are enforced cannot be tried");
            None
        }
    };
    if let Some(decoy) = &decoy {
        let seen = runtime.clone();
        hub.probe_with(decoy.probe, move |project, probed| tried(&seen, project, probed));
    }
    Ok((hub, Cluster { runtime, _decoy: decoy.map(Arc::new) }))
}

/// A relay has tried what the policies forbid. That it failed says something only if it reached what they allow.
fn tried(runtime: &KubernetesRuntime, project: &ProjectId, probed: Probed) {
    match probed {
        Probed { forbidden: true, .. } => {
            tracing::warn!(%project, "an agent reaches what the network policy of its namespace forbids");
            runtime.policies_seen(false, SystemClock.now());
        }
        Probed { allowed: true, .. } => runtime.policies_seen(true, SystemClock.now()),
        _ => tracing::debug!(%project, "an agent reaches neither what it may nor what it may not"),
    }
}

/// The same for as long as the store lives: relays know the server by it, also the one that comes after this.
async fn identity(store: &dyn Store) -> Result<Identity> {
    let mut random = [0; 32];
    SystemEntropy.fill(&mut random);
    let Identity { cert, key } = Identity::make(random)?;
    let length = u32::try_from(cert.len())?.to_be_bytes();
    let kept = store.keep(IDENTITY, &[&length, cert.as_slice(), &key].concat()).await?;
    split(&kept).context("the store's certificate for the agent listener is broken")
}

fn split(bytes: &[u8]) -> Option<Identity> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (cert, key) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some(Identity { cert: cert.to_vec(), key: key.to_vec() })
}

/// The way to a pod, as the hub wants it.
#[derive(Debug)]
struct Pods(PodDial);

#[async_trait]
impl Dial for Pods {
    async fn dial(&self, project: &ProjectId) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(self.0.connect(project).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_testkit::store::MemoryStore;

    #[tokio::test]
    async fn the_listener_is_known_by_the_same_certificate_after_a_restart() {
        let store = MemoryStore::default();
        let first = identity(&store).await.unwrap();
        assert_eq!(identity(&store).await.unwrap(), first);
        assert_ne!(identity(&MemoryStore::default()).await.unwrap(), first, "another instance, another key");
    }
}
