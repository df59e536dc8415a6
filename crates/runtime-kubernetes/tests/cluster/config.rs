use crate::world::variable;
use gaggle_runtime_kubernetes::{
    KubernetesConfig, NamespacePrefix,
    config::{
        AccessMode, AgentPod, Home, Inject, Limits, Network, Peer, PullPolicy, Quantity, Relay, Services,
        Size, Volume,
    },
};
use gaggle_shared::InstanceId;
use std::{collections::BTreeMap, time::Duration};

pub(crate) fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

/// Of an instance of this name.
pub(crate) fn config(id: &str) -> KubernetesConfig {
    let image = variable("GAGGLE_TEST_AGENT_IMAGE");
    let size = |request: &str, limit: &str| Size { request: quantity(request), limit: quantity(limit) };
    let space = |name: &str| BTreeMap::from([("kubernetes.io/metadata.name".to_owned(), name.to_owned())]);
    let node = variable("GAGGLE_TEST_NODE_ADDRESS");
    KubernetesConfig {
        instance: InstanceId::parse(&format!("i{id}")).unwrap(),
        prefix: NamespacePrefix::parse(&format!("t{id}-")).unwrap(),
        agent: AgentPod {
            image: image.clone(),
            port: 3001,
            pull_policy: PullPolicy::IfNotPresent,
            pull_secrets: Vec::new(),
            pull_credentials: None,
            cpu: size("10m", "1"),
            memory: size("32Mi", "512Mi"),
            node_selector: BTreeMap::new(),
            tolerations: Vec::new(),
            runtime_class: None,
            goose: "goose".into(),
            path: "/usr/local/bin:/usr/bin:/bin".into(),
            initialize: Duration::from_secs(30),
            spool_bytes: 1024 * 1024,
            grace_seconds: 5,
        },
        relay: Relay { inject: Inject::Never, own: image.clone(), image },
        // Nobody is at home: the relay goes on calling, which is all that these tests need.
        home: Home { url: format!("ws://{node}:9/relay"), pin: None, port: 9 },
        volume: Volume { class: None, size: quantity("64Mi"), mode: AccessMode::Auto },
        services: Services::default(),
        ingress: None,
        network: Network {
            server: None,
            server_cidrs: vec![format!("{node}/32")],
            dns: Peer { namespace: space("kube-system"), pods: BTreeMap::new() },
            extra_egress: Vec::new(),
            blocked: Vec::new(),
        },
        limits: Limits { cpu: None, memory: None, storage: None, pods: 10, projects: 10 },
        unschedulable_grace: Duration::from_secs(5),
    }
}
