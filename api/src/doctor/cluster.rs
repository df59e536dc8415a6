use crate::{config::ClusterConfig, wire::Cluster};
use gaggle_runtime_kubernetes::{
    Connection,
    examine::{Wanted, examine},
};
use gaggle_shared::Finding;
use tokio::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// How long a person at a terminal waits for a cluster.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a page does.
const HURRY: Duration = Duration::from_secs(4);

/// How long the same answer is given to everybody who asks.
const FRESH: Duration = Duration::from_secs(5);

/// The cluster of a server that runs.
#[derive(Debug)]
pub(super) struct Watched {
    cluster: Cluster,
    seen: Mutex<Option<(Instant, Vec<Finding>)>>,
}

impl Watched {
    pub(super) fn new(cluster: Cluster) -> Self {
        Self { cluster, seen: Mutex::default() }
    }

    /// What there is to say of it: asked once, however many ask at once.
    pub(super) async fn look(&self) -> Vec<Finding> {
        let mut seen = self.seen.lock().await;
        if let Some((at, findings)) = &*seen
            && at.elapsed() < FRESH
        {
            return findings.clone();
        }
        let findings = self.cluster.runtime.examine(HURRY).await;
        *seen = Some((Instant::now(), findings.clone()));
        findings
    }
}

/// The cluster of a configuration, without a server.
pub(crate) async fn cluster(config: &ClusterConfig) -> Vec<Finding> {
    let wanted = Wanted::new(&config.agent, &config.volume, &config.services, config.ingress.as_ref());
    let connection = Connection::new(config.credentials.clone());
    examine(&connection, &wanted, None, PATIENCE).await
}
