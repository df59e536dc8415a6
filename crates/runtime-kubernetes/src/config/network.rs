use std::{collections::BTreeMap, net::IpAddr};

/// Where relays call home.
#[derive(Debug, Clone)]
pub struct Home {
    /// `GAGGLE_AGENT_URL`, such as `wss://10.96.0.7:3002/relay`: an address, so that no name has to be looked up.
    pub url: String,
    /// Lower-case hex SHA-256 of the server's certificate; needed for `wss://`.
    pub pin: Option<String>,
    /// The port that Gaggle's pods listen at for relays (a policy sees the pod's port, not the Service's).
    pub port: u16,
}

impl Home {
    /// Address and port of the URL, if it is an address and no name.
    pub fn address(&self) -> Option<(IpAddr, u16)> {
        let uri: http::Uri = self.url.parse().ok()?;
        let authority = uri.authority()?;
        let address = authority.host().trim_matches(['[', ']']).parse().ok()?;
        let port = if uri.scheme_str() == Some("wss") { 443 } else { 80 };
        Some((address, authority.port_u16().unwrap_or(port)))
    }
}

/// Pods that a NetworkPolicy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Labels of the namespace; `kubernetes.io/metadata.name` names one.
    pub namespace: BTreeMap<String, String>,
    /// Labels of the pods; empty: all of that namespace.
    pub pods: BTreeMap<String, String>,
}

/// Who may talk to whom.
#[derive(Debug, Clone)]
pub struct Network {
    /// The pods of Gaggle; none: it runs outside the cluster.
    pub server: Option<Peer>,
    /// Addresses from which Gaggle speaks to agents when it runs outside, as CIDRs.
    pub server_cidrs: Vec<String>,
    /// Where the cluster's DNS runs.
    pub dns: Peer,
    /// What agents may reach beyond public addresses, as CIDRs.
    pub extra_egress: Vec<String>,
    /// What agents may never reach beyond the well-known private ranges: the cluster's public addresses, as CIDRs.
    pub blocked: Vec<String>,
}

/// `GAGGLE_SERVICE_TYPE`: of an active project's Service; a sleeping one's is `ClusterIP`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub enum ServiceKind {
    #[default]
    LoadBalancer,
    ClusterIP,
    NodePort,
}

/// Services of active projects.
#[derive(Debug, Clone, Default)]
pub struct Services {
    /// While active.
    pub kind: ServiceKind,
    /// Annotations while active, such as a cloud's for internal load balancers.
    pub annotations: BTreeMap<String, String>,
    /// Who may reach the agent through a LoadBalancer or NodePort, as CIDRs.
    pub sources: Vec<String>,
}

/// How an Ingress is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IngressTls {
    /// By a Secret of this name in the user's namespace.
    Secret(String),
    /// By cert-manager: annotation `cert-manager.io/cluster-issuer`, a Secret per project.
    ClusterIssuer(String),
}

/// The Ingress of every project.
#[derive(Debug, Clone)]
pub struct Ingress {
    /// `INGRESS_BASE_DOMAIN`
    pub domain: String,
    /// None: the cluster's default.
    pub class: Option<String>,
    /// Such as a controller's timeouts.
    pub annotations: BTreeMap<String, String>,
    /// None: plain HTTP, or what the controller does by itself.
    pub tls: Option<IngressTls>,
    /// The controller's pods: they may reach agents.
    pub controller: Peer,
}
