use gaggle_core::port::{ModelGrant, WorkloadSpec};
use gaggle_runtime_kubernetes::{
    KubernetesConfig, NamespacePrefix,
    client::Secret,
    config::{
        AccessMode, AgentPod, Home, Ingress, IngressTls, Inject, Limits, Network, Peer, PullPolicy, Quantity,
        Relay, ServiceKind, Services, Size, Toleration, Volume,
    },
};
use gaggle_shared::{InstanceId, Mode, ProjectId, Settings, UserId};
use std::{collections::BTreeMap, time::Duration};

pub(crate) fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

fn peer(namespace: &str) -> Peer {
    let name = ("kubernetes.io/metadata.name".to_owned(), namespace.to_owned());
    Peer { namespace: BTreeMap::from([name]), pods: BTreeMap::new() }
}

/// A plain cluster: our own image, all by default.
pub(crate) fn plain() -> KubernetesConfig {
    let size = |request, limit| Size { request: quantity(request), limit: quantity(limit) };
    KubernetesConfig {
        instance: InstanceId::parse("i1").unwrap(),
        prefix: NamespacePrefix::default(),
        agent: AgentPod {
            image: "gaggle/agent:dev".into(),
            port: 3001,
            pull_policy: PullPolicy::IfNotPresent,
            pull_secrets: Vec::new(),
            pull_credentials: None,
            cpu: size("100m", "2"),
            memory: size("256Mi", "2Gi"),
            node_selector: BTreeMap::new(),
            tolerations: Vec::new(),
            runtime_class: None,
            goose: "goose".into(),
            path: "/usr/bin:/bin".into(),
            initialize: Duration::from_secs(60),
            spool_bytes: 64 << 20,
            grace_seconds: 5,
        },
        relay: Relay {
            inject: Inject::Auto,
            image: "gaggle/server:dev".into(),
            own: "gaggle/agent:1".into(),
        },
        home: Home { url: "wss://10.96.0.7:3002/relay".into(), pin: Some("ab".repeat(32)), port: 3002 },
        volume: Volume { class: None, size: quantity("5Gi"), mode: AccessMode::Auto },
        services: Services::default(),
        ingress: None,
        network: Network {
            server: Some(peer("gaggle")),
            server_cidrs: Vec::new(),
            dns: peer("kube-system"),
            extra_egress: Vec::new(),
            blocked: Vec::new(),
        },
        limits: Limits { cpu: None, memory: None, storage: None, pods: 20, projects: 200 },
        unschedulable_grace: Duration::from_secs(30),
    }
}

/// One where everything is said, with an image that has no relay.
pub(crate) fn full() -> KubernetesConfig {
    let pair = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let mut config = plain();
    config.agent.image = "r.example/goose-api:latest".into();
    config.agent.pull_credentials = Some(Secret::new("{\"auths\":{}}"));
    config.agent.pull_secrets = vec!["theirs".into()];
    config.agent.node_selector = pair("disk", "ssd");
    config.agent.tolerations = vec![Toleration {
        key: "agents".into(),
        value: Some("yes".into()),
        effect: Some("NoSchedule".into()),
    }];
    config.agent.runtime_class = Some("gvisor".into());
    config.volume = Volume { class: Some("fast".into()), size: quantity("1Gi"), mode: AccessMode::OncePod };
    config.services = Services {
        kind: ServiceKind::LoadBalancer,
        annotations: pair("cloud/internal", "true"),
        sources: vec!["203.0.113.0/24".into()],
    };
    config.ingress = Some(Ingress {
        domain: "agents.example".into(),
        class: Some("nginx".into()),
        annotations: pair("nginx/timeout", "3600"),
        tls: Some(IngressTls::ClusterIssuer("letsencrypt".into())),
        controller: peer("ingress-nginx"),
    });
    config.network.extra_egress = vec!["10.9.0.0/16".into()];
    config.network.blocked = vec!["198.51.100.0/24".into(), "2001:db8::/32".into()];
    config.limits.cpu = Some(quantity("8"));
    config.limits.memory = Some(quantity("16Gi"));
    config.limits.storage = Some(quantity("100Gi"));
    config
}

pub(crate) fn user() -> UserId {
    UserId::parse("alice").unwrap()
}

pub(crate) fn spec(settings: Settings) -> WorkloadSpec {
    WorkloadSpec {
        instance: InstanceId::parse("i1").unwrap(),
        user: user(),
        project: ProjectId::parse("p1").unwrap(),
        settings,
        mode: Mode::SmartApprove,
        model: ModelGrant {
            env: BTreeMap::from([("OPENAI_API_KEY".to_owned(), "sk-hunter2".to_owned())]),
            demo: false,
        },
        token: "hunter2".into(),
        patience: Duration::from_secs(900),
        met: 0,
    }
}
