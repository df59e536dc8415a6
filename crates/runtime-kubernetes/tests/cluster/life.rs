//! Up, down, away; and what others do meanwhile.

use crate::{
    kubeconfig::kubeconfig,
    world::{World, servers, token},
};
use gaggle_core::port::{News, Runtime as _, RuntimeError, Workload};
use gaggle_runtime_kubernetes::{Credentials, NamespacePrefix};
use gaggle_shared::{Code, Step, StepState};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{ConfigMap, Namespace, PersistentVolumeClaim, Pod, Secret, Service},
    networking::v1::NetworkPolicy,
};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, EvictParams, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::json;
use std::time::{Duration, Instant};

fn done(news: &News, wanted: Step) -> bool {
    matches!(news, News::Step { step, state: StepState::Done, .. } if *step == wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_starts_sleeps_and_goes() {
    let mut world = World::new().await;
    world.watching().await;
    world.runtime.place(&world.placement()).await.unwrap();
    assert_eq!(world.runtime.observe(&world.project).await.unwrap(), Workload::Absent);
    assert_eq!(world.runtime.owned().await.unwrap(), [world.project.clone()]);

    let steps = world.start().await.unwrap();
    let last = [(Step::Scale, StepState::Done), (Step::Endpoint, StepState::Started)];
    assert!(steps.ends_with(&last), "{steps:?}");
    // What was written a moment ago is not yet shown, and yet seen.
    let at_once = world.runtime.observe(&world.project).await.unwrap();
    assert!(!matches!(at_once, Workload::Absent | Workload::Stopping), "{at_once:?}");
    world.running().await;
    for step in [Step::Schedule, Step::Volume, Step::Container] {
        world.news(10, |news| done(news, step)).await;
    }
    world.news(10, |news| matches!(news, News::ClusterEvent { reason, .. } if reason == "Scheduled")).await;
    let resources = world.runtime.resources(&world.user, &world.project).unwrap();
    assert_eq!(resources.pod, Some(world.pods().await[0].name_any()));
    // Nobody gives load balancers addresses here: that is a warning.
    assert_eq!(world.runtime.reach(&world.user, &world.project).warnings, ["endpoint_pending"]);
    let yaml = world.runtime.manifests(&world.project).await.unwrap();
    assert!(
        yaml.contains("kind: Deployment") && yaml.contains("****") && !yaml.contains("test-token"),
        "{yaml}"
    );

    let begun = Instant::now();
    world.runtime.stop(&world.project, Duration::from_secs(2)).await.unwrap();
    assert!(world.pods().await.is_empty(), "a pod is left");
    // Told to end, the relay ends: its grace of 5 s is for one that does not.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    eprintln!("stopped in {:?}", begun.elapsed());
    assert_eq!(world.runtime.observe(&world.project).await.unwrap(), Workload::Absent);
    assert_eq!(
        world.api::<PersistentVolumeClaim>().list(&ListParams::default()).await.unwrap().items.len(),
        1
    );

    world.start().await.unwrap();
    world.running().await;
    let begun = Instant::now();
    let removed = world.runtime.remove(&world.project, None).await.unwrap();
    eprintln!("removed in {:?}", begun.elapsed());
    for kind in ["Deployment", "Service", "Secret", "PersistentVolumeClaim"] {
        assert!(removed.iter().any(|one| one.kind == kind), "{kind} in {removed:?}");
    }
    let all = ListParams::default().labels(&format!("gaggle/project={}", world.project));
    assert!(world.pods().await.is_empty());
    assert!(world.api::<Deployment>().list(&all).await.unwrap().items.is_empty());
    assert!(world.api::<Service>().list(&all).await.unwrap().items.is_empty());
    assert!(world.api::<Secret>().list(&all).await.unwrap().items.is_empty());
    assert!(world.api::<PersistentVolumeClaim>().list(&all).await.unwrap().items.is_empty());
    assert!(world.runtime.remove(&world.project, None).await.unwrap().is_empty(), "again is nothing");
    assert!(world.runtime.owned().await.unwrap().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ours_stays() {
    let mut world = World::new().await;
    world.start().await.unwrap();
    world.running().await;
    let note: ConfigMap = serde_json::from_value(json!({"metadata": {"name": "somebodys"}})).unwrap();
    world.api().create(&PostParams::default(), &note).await.unwrap();
    let pod: Pod = serde_json::from_value(json!({"metadata": {"name": format!("proj-{}-api-x", world.project),
        "labels": {"gaggle/project": world.project, "gaggle/instance": "another",
            "app.kubernetes.io/managed-by": "gaggle"}},
        "spec": {"securityContext": {"runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "a", "image": world.config.agent.image, "command": ["sleep", "1000"],
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}]}}))
    .unwrap();
    world.api().create(&PostParams::default(), &pod).await.unwrap();
    world.runtime.remove(&world.project, None).await.unwrap();
    assert_eq!(world.pods().await.len(), 1, "another's pod stays");
    assert!(world.api::<ConfigMap>().get_opt("somebodys").await.unwrap().is_some());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_is_deleted_by_hand_gets_a_successor() {
    let mut world = World::new().await;
    world.start().await.unwrap();
    world.running().await;
    let first = world.pods().await[0].name_any();
    let begun = Instant::now();
    world.api::<Pod>().delete(&first, &DeleteParams::default()).await.unwrap();
    world.until(5, |seen| matches!(seen, Workload::Starting(_))).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    world.running().await;
    let resources = world.runtime.resources(&world.user, &world.project).unwrap();
    assert_ne!(resources.pod, Some(first));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evicted_pod_is_seen() {
    let mut world = World::new().await;
    world.start().await.unwrap();
    world.running().await;
    let first = world.pods().await[0].name_any();
    world.api::<Pod>().evict(&first, &EvictParams::default()).await.unwrap();
    world.until(5, |seen| matches!(seen, Workload::Starting(_))).await;
    world.running().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_is_scaled_by_hand_is_seen() {
    let mut world = World::new().await;
    world.start().await.unwrap();
    world.running().await;
    // What this one has just written itself would be believed for a while; another has written nothing.
    world.restart(|_| {}).await;
    world.patch(json!({"spec": {"replicas": 0}})).await;
    world.until(5, |seen| matches!(seen, Workload::Stopping | Workload::Absent)).await;
    world.until(20, |seen| *seen == Workload::Absent).await;
    world.start().await.unwrap();
    world.running().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_is_deleted_by_hand_is_seen() {
    let mut world = World::new().await;
    world.start().await.unwrap();
    world.running().await;
    let name = format!("proj-{}-api", world.project);
    world.api::<Deployment>().delete(&name, &DeleteParams::default()).await.unwrap();
    world.until(5, |seen| matches!(seen, Workload::Stopping | Workload::Absent)).await;
    world.until(20, |seen| *seen == Workload::Absent).await;
    world.start().await.unwrap();
    world.running().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_does_not_want_to_end_is_ended() {
    let mut world = World::new().await;
    world.bare_namespace().await;
    world
        .deploy(json!({"command": ["sh", "-c", "trap '' TERM; while true; do sleep 1; done"]}), json!([]))
        .await;
    world.running().await;
    let begun = Instant::now();
    world.runtime.stop(&world.project, Duration::from_secs(1)).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert!(world.pods().await.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_before_this_one_started_is_known_to_be_outdated() {
    let mut world = World::new().await;
    world.watching().await;
    world.start().await.unwrap();
    world.running().await;
    assert!(!world.runtime.outdated(&world.placement()));
    world.restart(|_| {}).await;
    assert!(!world.runtime.outdated(&world.placement()), "the same server, started again");
    world.restart(|config| config.agent.image = "gaggle/agent:another".into()).await;
    assert!(world.runtime.outdated(&world.placement()), "another image");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_project_is_stays_so_under_another_prefix() {
    let mut world = World::new().await;
    world.watching().await;
    world.start().await.unwrap();
    world.running().await;
    let prefix = format!("other-{}-", world.project);
    world.restart(|config| config.prefix = NamespacePrefix::parse(&prefix[..20]).unwrap()).await;
    let resources = world.runtime.resources(&world.user, &world.project).unwrap();
    assert_eq!(resources.namespace, world.namespace);
    let url = world.runtime.reach(&world.user, &world.project).endpoint.unwrap().url;
    assert!(url.contains(&format!(".{}.svc", world.namespace)), "{url}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn walls_that_somebody_took_away_are_there_again_before_the_next_start() {
    let world = World::new().await;
    world.start().await.unwrap();
    world.runtime.stop(&world.project, Duration::from_secs(2)).await.unwrap();
    let policies = world.api::<NetworkPolicy>();
    policies.delete("gaggle-agents", &DeleteParams::default()).await.unwrap();
    world.start().await.unwrap();
    assert!(policies.get_opt("gaggle-agents").await.unwrap().is_some(), "at once, not after minutes");
    world.runtime.stop(&world.project, Duration::from_secs(2)).await.unwrap();
    let open = Patch::Merge(json!({"spec": {"egress": [{}]}}));
    policies.patch("gaggle-agents", &PatchParams::default(), &open).await.unwrap();
    let spaces: Api<Namespace> = Api::all(world.client.clone());
    let level = "pod-security.kubernetes.io/enforce";
    let lax = Patch::Merge(json!({"metadata": {"labels": {level: "privileged"}}}));
    spaces.patch(&world.namespace, &PatchParams::default(), &lax).await.unwrap();
    world.start().await.unwrap();
    let egress = policies.get("gaggle-agents").await.unwrap().spec.unwrap().egress.unwrap();
    assert!(egress.iter().all(|rule| rule.to.is_some()), "{egress:?}");
    assert_eq!(spaces.get(&world.namespace).await.unwrap().labels()[level], "restricted");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_configured_goes_from_what_was_made() {
    let mut world = World::with(|config| {
        config.agent.node_selector.insert("gaggle-test".into(), "nowhere".into());
    })
    .await;
    world.runtime.place(&world.placement()).await.unwrap();
    let selector = async |world: &World| {
        let live = world.api::<Deployment>().get(&world.deployment()).await.unwrap();
        live.spec.unwrap().template.spec.unwrap().node_selector
    };
    assert!(selector(&world).await.is_some());
    world.restart(|config| config.agent.node_selector.clear()).await;
    world.start().await.unwrap();
    assert_eq!(selector(&world).await, None);
    world.running().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kubeconfig_of_a_wrong_port_heals_once_the_file_is_right() {
    let Credentials::Token { host, ca, .. } = servers().await else { panic!("a token") };
    let of = |host: &str, token: &str| kubeconfig(host, ca.as_deref().unwrap(), token);
    let token = token().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, of("https://127.0.0.1:1", token)).unwrap();
    let mut world = World::through(Credentials::Files(vec![file.clone()]), |_| {}).await;
    let RuntimeError::Cause(cause) = world.start().await.unwrap_err() else { panic!("supported") };
    assert!(cause.code == Code::ClusterUnreachable && cause.passing, "{cause:?}");
    std::fs::write(&file, of(&host, token)).unwrap();
    world.start().await.unwrap();
    world.watching().await;
    world.running().await;
    world.end().await;
}
