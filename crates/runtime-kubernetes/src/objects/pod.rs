//! The pod of an agent: the same for every activation, but for the hash of its launch.

use super::Subject;
use crate::{
    config::{Inject, KubernetesConfig, Quantity as Size, Size as Range, Toleration as Told},
    names::UserNames,
};
use k8s_openapi::{
    api::core::v1::{
        Capabilities, Container, ContainerPort, EmptyDirVolumeSource, EnvVar, HTTPGetAction, KeyToPath,
        LocalObjectReference, PersistentVolumeClaimVolumeSource, PodSecurityContext, PodSpec, Probe,
        ResourceRequirements, SeccompProfile, SecretVolumeSource, SecurityContext, Toleration, Volume,
        VolumeMount,
    },
    apimachinery::pkg::{api::resource::Quantity, util::intstr::IntOrString},
};
use std::collections::BTreeMap;

/// Where the project's volume is.
const DATA: &str = "/data";
/// The relay's own folder.
pub(super) const STATE: &str = "/data/.gaggle/relay";
/// Goose's `GOOSE_PATH_ROOT`.
pub(super) const GOOSE: &str = "/data/.gaggle/goose";
/// The log of both.
pub(super) const LOG: &str = "/data/.gaggle/logs/agent.log";
/// `HOME`: what tools keep for themselves stays, and is not in the workspace.
pub(super) const HOME: &str = "/data";
/// Where the agent works.
pub(super) const WORKSPACE: &str = "/data/workspace";
const LAUNCH: &str = "/etc/gaggle";
/// Where an injected relay is.
const INJECTED: &str = "/opt/gaggle";
const RELAY: &str = "gaggle-relay";
/// Neither root nor anybody on the node.
const UID: i64 = 1000;
/// The name of the agent's container.
pub const CONTAINER: &str = "agent";
/// The name of the container that puts the relay in.
const INJECTOR: &str = "relay";

/// The taints of a node that does not answer.
const NODE_LOST: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/// The pod's spec.
pub(super) fn pod(config: &KubernetesConfig, subject: Subject<'_>) -> PodSpec {
    let agent = &config.agent;
    let injected = injects(config);
    let names = agent.pull_secrets.iter().map(String::as_str);
    let names = names.chain(agent.pull_credentials.iter().map(|_| UserNames::PULL_SECRET));
    let pull: Vec<_> = names.map(|name| LocalObjectReference { name: name.to_owned() }).collect();
    PodSpec {
        automount_service_account_token: Some(false),
        containers: vec![container(config, subject, injected)],
        enable_service_links: Some(false),
        image_pull_secrets: (!pull.is_empty()).then_some(pull),
        init_containers: injected.then(|| vec![injector(config)]),
        node_selector: (!agent.node_selector.is_empty()).then(|| agent.node_selector.clone()),
        runtime_class_name: agent.runtime_class.clone(),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            run_as_user: Some(UID),
            run_as_group: Some(UID),
            fs_group: Some(UID),
            // Not file by file at every start: a workspace may have a million.
            fs_group_change_policy: Some("OnRootMismatch".to_owned()),
            seccomp_profile: Some(SeccompProfile {
                type_: "RuntimeDefault".to_owned(),
                localhost_profile: None,
            }),
            ..PodSecurityContext::default()
        }),
        service_account_name: Some(UserNames::SERVICE_ACCOUNT.to_owned()),
        termination_grace_period_seconds: Some(agent.grace_seconds),
        tolerations: Some(tolerations(&agent.tolerations)),
        volumes: Some(volumes(config, subject, injected)),
        ..PodSpec::default()
    }
}

/// Whether the relay is put into the agent's image.
fn injects(config: &KubernetesConfig) -> bool {
    match config.relay.inject {
        Inject::Always => true,
        Inject::Never => false,
        Inject::Auto => !config.relay.is_own(&config.agent.image),
    }
}

fn container(config: &KubernetesConfig, subject: Subject<'_>, injected: bool) -> Container {
    let program = if injected { format!("{INJECTED}/{RELAY}") } else { RELAY.to_owned() };
    let env = [
        ("GAGGLE_PROJECT", subject.project.to_string()),
        ("GAGGLE_WORKSPACE", WORKSPACE.to_owned()),
        ("GOOSE_API_PORT", config.agent.port.to_string()),
        ("GOOSE_PATH_ROOT", GOOSE.to_owned()),
        ("HOME", HOME.to_owned()),
    ];
    let env = env.map(|(name, value)| EnvVar { name: name.to_owned(), value: Some(value), value_from: None });
    let mut mounts =
        vec![mount("data", DATA, false), mount("tmp", "/tmp", false), mount("launch", LAUNCH, true)];
    if injected {
        mounts.push(mount("relay", INJECTED, true));
    }
    let (cpu, memory) = (&config.agent.cpu, &config.agent.memory);
    Container {
        name: CONTAINER.to_owned(),
        image: Some(config.agent.image.clone()),
        image_pull_policy: Some(format!("{:?}", config.agent.pull_policy)),
        command: Some([program, "--launch".to_owned(), format!("{LAUNCH}/launch.json")].into()),
        env: Some(env.into()),
        ports: Some(vec![ContainerPort {
            name: Some("acp".to_owned()),
            container_port: config.agent.port.into(),
            protocol: Some("TCP".to_owned()),
            ..ContainerPort::default()
        }]),
        readiness_probe: Some(probe("/health", 1, 3, 2)),
        liveness_probe: Some(probe("/livez", 10, 3, 5)),
        resources: Some(resources(
            sized(cpu, subject.settings.cpu.as_deref()),
            sized(memory, subject.settings.memory.as_deref()),
        )),
        security_context: Some(locked()),
        // So that the last lines of one that crashed are in its status.
        termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
        volume_mounts: Some(mounts),
        working_dir: Some(DATA.to_owned()),
        ..Container::default()
    }
}

/// Copies the relay out of its own image.
fn injector(config: &KubernetesConfig) -> Container {
    let pair = |cpu: &str, memory: &str| (cpu.to_owned(), memory.to_owned());
    let (request, limit) = (pair("10m", "16Mi"), pair("500m", "64Mi"));
    let from = format!("/usr/local/bin/{RELAY}");
    Container {
        name: INJECTOR.to_owned(),
        image: Some(config.relay.image.clone()),
        image_pull_policy: Some(format!("{:?}", config.agent.pull_policy)),
        command: Some(["cp".to_owned(), from, format!("{INJECTED}/{RELAY}")].into()),
        resources: Some(resources((request.0, limit.0), (request.1, limit.1))),
        security_context: Some(locked()),
        volume_mounts: Some(vec![mount("relay", INJECTED, false)]),
        ..Container::default()
    }
}

fn locked() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
        read_only_root_filesystem: Some(true),
        ..SecurityContext::default()
    }
}

/// Request and limit: a project's own wish is the limit, and the request no more than that.
fn sized(range: &Range, wish: Option<&str>) -> (String, String) {
    let Some(limit) = wish.and_then(|text| Size::parse(text).ok()) else {
        return (range.request.to_string(), range.limit.to_string());
    };
    let request = if limit.millis() < range.request.millis() { &limit } else { &range.request };
    (request.to_string(), limit.to_string())
}

fn resources(cpu: (String, String), memory: (String, String)) -> ResourceRequirements {
    let map = |cpu: String, memory: String| {
        Some(BTreeMap::from([("cpu".to_owned(), Quantity(cpu)), ("memory".to_owned(), Quantity(memory))]))
    };
    ResourceRequirements {
        requests: map(cpu.0, memory.0),
        limits: map(cpu.1, memory.1),
        ..ResourceRequirements::default()
    }
}

fn volumes(config: &KubernetesConfig, subject: Subject<'_>, injected: bool) -> Vec<Volume> {
    let names = subject.names(config);
    let volume = |name: &str| Volume { name: name.to_owned(), ..Volume::default() };
    let empty = |size: &str| {
        Some(EmptyDirVolumeSource {
            size_limit: Some(Quantity(size.to_owned())),
            ..EmptyDirVolumeSource::default()
        })
    };
    let claim = PersistentVolumeClaimVolumeSource { claim_name: names.claim(), read_only: None };
    let file = KeyToPath { key: "launch.json".to_owned(), path: "launch.json".to_owned(), mode: None };
    let secret = SecretVolumeSource {
        secret_name: Some(names.secret()),
        items: Some(vec![file]),
        // The owner is root: the pod's group must be able to read it.
        default_mode: Some(0o440),
        ..SecretVolumeSource::default()
    };
    let mut volumes = vec![
        Volume { persistent_volume_claim: Some(claim), ..volume("data") },
        Volume { empty_dir: empty("1Gi"), ..volume("tmp") },
        Volume { secret: Some(secret), ..volume("launch") },
    ];
    if injected {
        volumes.push(Volume { empty_dir: empty("64Mi"), ..volume("relay") });
    }
    volumes
}

fn mount(name: &str, path: &str, read_only: bool) -> VolumeMount {
    VolumeMount {
        name: name.to_owned(),
        mount_path: path.to_owned(),
        read_only: read_only.then_some(true),
        ..VolumeMount::default()
    }
}

fn probe(path: &str, period: i32, failures: i32, timeout: i32) -> Probe {
    Probe {
        http_get: Some(HTTPGetAction {
            path: Some(path.to_owned()),
            port: IntOrString::String("acp".to_owned()),
            ..HTTPGetAction::default()
        }),
        period_seconds: Some(period),
        failure_threshold: Some(failures),
        timeout_seconds: Some(timeout),
        ..Probe::default()
    }
}

/// What was told, and: a node that does not answer takes no pod away. The cluster would evict it after five minutes and
/// start a successor while the old one may run on; so it goes when somebody says that the node is gone, and not before.
fn tolerations(told: &[Told]) -> Vec<Toleration> {
    let one = |told: &Told| Toleration {
        key: (!told.key.is_empty()).then(|| told.key.clone()),
        operator: Some(if told.value.is_some() { "Equal" } else { "Exists" }.to_owned()),
        value: told.value.clone(),
        effect: told.effect.clone(),
        toleration_seconds: None,
    };
    let stays = |key: &str| Toleration {
        key: Some(key.to_owned()),
        operator: Some("Exists".to_owned()),
        effect: Some("NoExecute".to_owned()),
        ..Toleration::default()
    };
    told.iter().map(one).chain(NODE_LOST.map(stays)).collect()
}
