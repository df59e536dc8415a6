//! How a cluster runs agents: plain data, read from nowhere.

mod agent;
mod network;
mod parts;

pub(crate) use agent::repository;
pub use agent::{AccessMode, AgentPod, Inject, PullPolicy, Quantity, Relay, Size, Toleration, Volume};
pub use network::{Home, Ingress, IngressTls, Network, Peer, ServiceKind, Services};
pub use parts::Limits;

use crate::names::NamespacePrefix;
use gaggle_shared::InstanceId;
use std::time::Duration;

/// All of it.
#[derive(Debug, Clone)]
pub struct KubernetesConfig {
    /// Whose objects these are.
    pub instance: InstanceId,
    /// `KUBE_NAMESPACE_PREFIX`
    pub prefix: NamespacePrefix,
    /// The pod of an agent.
    pub agent: AgentPod,
    /// How the relay gets into it.
    pub relay: Relay,
    /// Where relays call home.
    pub home: Home,
    /// The project's volume.
    pub volume: Volume,
    /// Services of active projects.
    pub services: Services,
    /// `INGRESS_BASE_DOMAIN`; none: no Ingress.
    pub ingress: Option<Ingress>,
    /// Who may talk to whom.
    pub network: Network,
    /// What one user may use.
    pub limits: Limits,
    /// `GAGGLE_UNSCHEDULABLE_GRACE`: how long an unschedulable pod may wait.
    pub unschedulable_grace: Duration,
}
