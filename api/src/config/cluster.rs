//! The kubernetes runtime: whether it is chosen, the way to the cluster, and how agents live there.

mod credentials;
mod network;
mod pods;
mod text;

use super::{ConfigError, Vars};
use gaggle_runtime_kubernetes::{
    Credentials, KubernetesConfig, NamespacePrefix,
    config::{AgentPod, Home, Ingress, Limits, Network, Relay, Services, Volume},
};
use gaggle_shared::{InstanceId, Span};
use std::time::Duration;

/// What says that agents run in a cluster, unless `GAGGLE_RUNTIME` says where.
const CREDENTIALS: [&str; 4] = ["KUBE_CONFIG_BASE64", "KUBE_HOST", "KUBE_TOKEN", "KUBE_CA"];
/// Set in every pod.
const IN_CLUSTER: &str = "KUBERNETES_SERVICE_HOST";

/// How agents live in a cluster: all of [`KubernetesConfig`] that is known before the server listens.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// `KUBE_*`, or what they stand for; or why they cannot be used, which requests are told.
    pub credentials: Credentials,
    /// `KUBE_NAMESPACE_PREFIX`
    pub prefix: NamespacePrefix,
    /// `ACR_IMAGE`, `GOOSE_API_PORT` and what a pod asks for.
    pub agent: AgentPod,
    /// `GAGGLE_RELAY_INJECT`, `GAGGLE_RELAY_IMAGE`
    pub relay: Relay,
    /// `GAGGLE_STORAGE_*`
    pub volume: Volume,
    /// `GAGGLE_SERVICE_*`
    pub services: Services,
    /// `INGRESS_BASE_DOMAIN`, `GAGGLE_INGRESS_*`
    pub ingress: Option<Ingress>,
    /// `GAGGLE_EGRESS*`, `GAGGLE_POD_*`
    pub network: Network,
    /// `GAGGLE_USER_*`
    pub limits: Limits,
    /// `GAGGLE_UNSCHEDULABLE_GRACE`
    pub unschedulable_grace: Duration,
}

/// Whether agents run in a cluster.
pub(super) fn chosen(vars: &Vars) -> Result<bool, ConfigError> {
    let told = vars.read("GAGGLE_RUNTIME", "local or kubernetes", |text| match text {
        "local" => Some(false),
        "kubernetes" => Some(true),
        _ => None,
    })?;
    Ok(told.unwrap_or_else(|| CREDENTIALS.iter().any(|name| vars.has(name)) || in_cluster(vars)))
}

/// Whether the server itself runs in a cluster.
pub(super) fn in_cluster(vars: &Vars) -> bool {
    vars.has(IN_CLUSTER)
}

impl ClusterConfig {
    /// None: agents are local processes.
    pub(super) fn read(vars: &Vars) -> Result<Option<Self>, ConfigError> {
        if !chosen(vars)? {
            return Ok(None);
        }
        // `Vars` takes an empty value for none, but an empty prefix is a wish that must be refused.
        let prefix = if vars.is_empty("KUBE_NAMESPACE_PREFIX") {
            return Err(vars.error("KUBE_NAMESPACE_PREFIX", PREFIX));
        } else {
            vars.read("KUBE_NAMESPACE_PREFIX", PREFIX, |text| NamespacePrefix::parse(text).ok())?
        };
        Ok(Some(Self {
            credentials: credentials::read(vars)?,
            prefix: prefix.unwrap_or_default(),
            agent: pods::agent(vars)?,
            relay: pods::relay(vars)?,
            volume: pods::volume(vars)?,
            limits: pods::limits(vars)?,
            services: network::services(vars)?,
            ingress: network::ingress(vars)?,
            network: network::network(vars)?,
            unschedulable_grace: vars
                .span("GAGGLE_UNSCHEDULABLE_GRACE", Span::from_secs(30), true)?
                .duration(),
        }))
    }

    /// With what is known once the server listens for relays. A start has this long (`GAGGLE_READY_TIMEOUT`), of which the
    /// agent may take half to answer: one that does not is told as that, and not as a start that took too long.
    pub fn runtime(&self, instance: InstanceId, home: Home, ready: Duration) -> KubernetesConfig {
        let mut this = self.clone();
        this.agent.initialize = ready / 2;
        KubernetesConfig {
            instance,
            home,
            prefix: this.prefix,
            agent: this.agent,
            relay: this.relay,
            volume: this.volume,
            services: this.services,
            ingress: this.ingress,
            network: this.network,
            limits: this.limits,
            unschedulable_grace: this.unschedulable_grace,
        }
    }
}

const PREFIX: &str = "1 to 31 characters a-z, 0-9 and -, beginning with a letter or digit; never empty, for then a \
                      user's id would be the namespace";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Option<ClusterConfig>, String> {
        let environment = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let vars = Vars::merge(std::path::Path::new("/nowhere"), environment, []).unwrap();
        ClusterConfig::read(&vars).map_err(|error| error.to_string())
    }

    #[test]
    fn an_agent_may_take_half_of_a_starts_time_to_answer() {
        let cluster =
            read(&[("KUBE_HOST", "https://10.0.0.1:6443"), ("KUBE_TOKEN", "t"), ("ACR_IMAGE", "agent")]);
        let home = Home { url: "wss://10.0.0.2:3002/relay".into(), pin: None, port: 3002 };
        let instance = InstanceId::parse("i1").unwrap();
        let runtime = cluster.unwrap().unwrap().runtime(instance, home, Duration::from_secs(50));
        assert_eq!(runtime.agent.initialize, Duration::from_secs(25));
    }

    #[test]
    fn the_runtime_follows_from_credentials_unless_told() {
        let chosen = |vars: &[(&str, &str)]| read(vars).unwrap().is_some();
        assert!(!chosen(&[]));
        assert!(!chosen(&[("KUBECONFIG", "/k"), ("KUBE_NAMESPACE_PREFIX", "x-")]), "no credential of ours");
        assert!(chosen(&[("KUBE_CONFIG_BASE64", "YQ==")]));
        assert!(chosen(&[("KUBE_HOST", "https://k"), ("KUBE_TOKEN", "t")]));
        assert!(chosen(&[("KUBERNETES_SERVICE_HOST", "10.0.0.1")]));
        assert!(chosen(&[("GAGGLE_RUNTIME", "kubernetes"), ("HOME", "/h")]));
        assert!(!chosen(&[("GAGGLE_RUNTIME", "local"), ("KUBE_HOST", "https://k")]));
        assert!(read(&[("GAGGLE_RUNTIME", "docker")]).unwrap_err().starts_with("GAGGLE_RUNTIME=docker "));
    }

    #[test]
    fn bad_values_are_named_in_one_line_and_secrets_are_not_shown() {
        for (name, value) in [
            ("KUBE_NAMESPACE_PREFIX", ""),
            ("KUBE_NAMESPACE_PREFIX", "User_"),
            ("GOOSE_API_PORT", "0"),
            ("GOOSE_API_PORT", "80"),
            ("ACR_IMAGE", "two words"),
            ("INGRESS_BASE_DOMAIN", "https://x.example"),
            ("GAGGLE_RELAY_INJECT", "maybe"),
            ("GAGGLE_SERVICE_TYPE", "ExternalName"),
            ("GAGGLE_UNSCHEDULABLE_GRACE", "soon"),
            ("GAGGLE_STORAGE_SIZE", "much"),
            ("GAGGLE_AGENT_CPU", "2/1"),
            ("GAGGLE_EGRESS", "10.0.0.0"),
            ("GAGGLE_NODE_SELECTOR", "a"),
            ("GAGGLE_TOLERATIONS", "a=b:Sometimes"),
            ("GAGGLE_IMAGE_PULL_CREDENTIALS", "hunter2"),
        ] {
            let error = read(&[("GAGGLE_RUNTIME", "kubernetes"), (name, value)]).unwrap_err();
            assert!(error.starts_with(&format!("{name}=")) && !error.contains('\n'), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let error = read(&[("KUBE_HOST", "https://k")]).unwrap_err();
        assert!(error.starts_with("KUBE_TOKEN="), "{error}");
    }

    #[test]
    fn the_contracts_defaults_hold() {
        let cluster = read(&[("GAGGLE_RUNTIME", "kubernetes"), ("HOME", "/h")]).unwrap().unwrap();
        assert_eq!((cluster.prefix.to_string().as_str(), cluster.agent.port), ("user-", 3001));
        assert_eq!(cluster.unschedulable_grace, Duration::from_secs(30));
        assert!(cluster.ingress.is_none() && cluster.network.server.is_none());
        assert!(cluster.relay.is_own(&cluster.agent.image), "nothing is injected into our own image");
    }

    #[test]
    fn wrong_credentials_do_not_end_the_start() {
        let cluster = read(&[("KUBE_CONFIG_BASE64", "%%%")]).unwrap().unwrap();
        assert!(matches!(cluster.credentials, Credentials::Broken { .. }), "{:?}", cluster.credentials);
        let ca = [("KUBE_HOST", "k"), ("KUBE_TOKEN", "t"), ("KUBE_CA", "hunter2")];
        let cluster = read(&ca).unwrap().unwrap();
        assert!(!format!("{:?}", cluster.credentials).contains("hunter2"));
    }
}
