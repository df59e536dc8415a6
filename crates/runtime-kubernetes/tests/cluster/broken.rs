//! Each diagnosis, seen on the real node.

use crate::{config::quantity, world::World};
use gaggle_core::port::{News, Runtime as _, Workload};
use gaggle_runtime_kubernetes::config::PullPolicy;
use gaggle_shared::{Code, Step, StepState};
use gaggle_testkit::registry::{Manner, Registry};
use k8s_openapi::api::core::v1::{Node, ResourceQuota};
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use serde_json::json;

/// A world whose image is in a registry that answers everything so.
async fn image(status: &'static str) -> (Registry, World) {
    let registry = Registry::start(Manner { status: Some(status), ..Manner::default() }).await.unwrap();
    let world = World::with(|config| {
        config.agent.image = registry.image();
        config.agent.pull_policy = PullPolicy::Always;
    });
    let world = world.await;
    (registry, world)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_does_not_exist() {
    let (_registry, mut world) = image("404 Not Found").await;
    world.start().await.unwrap();
    let cause = world.broken(60, "image_not_found").await;
    assert_eq!((cause.code, cause.passing), (Code::ImagePullFailed, false), "{cause:?}");
    assert!(
        cause.message.contains("does not exist") && cause.message.contains("gaggle/small:1"),
        "{cause:?}"
    );
    let failed = |news: &News| matches!(news, News::Step { step: Step::Image, state: StepState::Failed, .. });
    world.news(5, failed).await;
    let event = |news: &News| matches!(news, News::ClusterEvent { reason, .. } if reason == "Failed");
    world.news(20, event).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_not_allowed() {
    let (_registry, mut world) = image("403 Forbidden").await;
    world.start().await.unwrap();
    let cause = world.broken(60, "image_denied").await;
    assert_eq!(cause.code, Code::ImagePullFailed, "{cause:?}");
    assert!(cause.message.contains("does not allow"), "{cause:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_registry_is_tried_again() {
    let (_registry, mut world) = image("429 Too Many Requests").await;
    world.start().await.unwrap();
    let shown = |news: &News| matches!(news, News::Step { step: Step::Image, message, .. } if message.contains("just now"));
    world.news(60, shown).await;
    crate::record::record(&world, "image_busy").await;
    assert_eq!(world.runtime.observe(&world.project).await.unwrap(), Workload::Starting(Step::Image));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_may_not_be_pulled() {
    let mut world = World::with(|config| {
        config.agent.image = "gaggle/none:1".into();
        config.agent.pull_policy = PullPolicy::Never;
    })
    .await;
    world.start().await.unwrap();
    let cause = world.broken(60, "image_never_pull").await;
    assert_eq!(cause.code, Code::ImagePullFailed, "{cause:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_node_has_so_much_memory() {
    let mut world = World::with(|config| {
        config.agent.memory.request = quantity("10Ti");
        config.agent.memory.limit = quantity("10Ti");
    })
    .await;
    world.start().await.unwrap();
    // Shown at once, ended only after its grace.
    let shown = |news: &News| matches!(news, News::Step { step: Step::Schedule, message, .. } if message.contains("memory"));
    world.news(20, shown).await;
    assert_eq!(world.runtime.observe(&world.project).await.unwrap(), Workload::Starting(Step::Schedule));
    let cause = world.broken(30, "unschedulable_memory").await;
    assert_eq!(cause.code, Code::Unschedulable, "{cause:?}");
    assert!(cause.message.contains("memory") && cause.detail.unwrap().contains("Insufficient memory"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_node_has_so_much_cpu() {
    let mut world = World::with(|config| {
        config.agent.cpu.request = quantity("1000");
        config.agent.cpu.limit = quantity("1000");
    })
    .await;
    world.start().await.unwrap();
    let cause = world.broken(30, "unschedulable_cpu").await;
    assert_eq!(cause.code, Code::Unschedulable, "{cause:?}");
    assert!(cause.message.contains("CPU"), "{cause:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_is_tainted() {
    let mut world = World::new().await;
    let name = format!("tainted-{}", world.project);
    // A node that nobody runs, and the only one with this label.
    let node: Node = serde_json::from_value(json!({
        "metadata": {"name": name, "labels": {"gaggle-test": name}},
        "spec": {"taints": [{"key": "gaggle-test", "value": "x", "effect": "NoSchedule"}]}}))
    .unwrap();
    let nodes: Api<Node> = Api::all(world.client.clone());
    nodes.create(&PostParams::default(), &node).await.unwrap();
    let status = json!({"status": {"capacity": {"cpu": "4", "memory": "4Gi", "pods": "10"},
        "allocatable": {"cpu": "4", "memory": "4Gi", "pods": "10"}}});
    let patch = kube::api::Patch::Merge(status);
    nodes.patch_status(&name, &kube::api::PatchParams::default(), &patch).await.unwrap();
    world.bare_namespace().await;
    world.deploy(json!({}), json!([])).await;
    world.patch(json!({"spec": {"template": {"spec": {"nodeSelector": {"gaggle-test": name}}}}})).await;
    let seen = world.broken(40, "unschedulable_taint").await;
    nodes.delete(&name, &DeleteParams::default()).await.unwrap();
    assert_eq!(seen.code, Code::Unschedulable, "{seen:?}");
    assert!(seen.message.contains("taint"), "{seen:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quota_is_used_up() {
    let mut world = World::new().await;
    world.runtime.place(&world.placement()).await.unwrap();
    let quota: ResourceQuota =
        serde_json::from_value(json!({"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}))
            .unwrap();
    world.api().create(&PostParams::default(), &quota).await.unwrap();
    world.start().await.unwrap();
    let cause = world.broken(40, "quota").await;
    assert_eq!(cause.code, Code::QuotaExceeded, "{cause:?}");
    assert!(cause.detail.as_deref().unwrap().contains("exceeded quota"), "{cause:?}");
    assert!(world.pods().await.is_empty(), "no pod exists that could tell");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_breaks_the_clusters_rules() {
    let mut world = World::new().await;
    world.runtime.place(&world.placement()).await.unwrap();
    let name = format!("proj-{}-api", world.project);
    world
        .api::<k8s_openapi::api::apps::v1::Deployment>()
        .delete(&name, &DeleteParams::default())
        .await
        .unwrap();
    world.deploy(json!({"securityContext": {"privileged": true}}), json!([])).await;
    let cause = world.broken(40, "pod_security").await;
    assert_eq!(cause.code, Code::ForbiddenByCluster, "{cause:?}");
    assert!(cause.detail.as_deref().unwrap().contains("privileged"), "{cause:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_ends_again_and_again() {
    let mut world = World::new().await;
    world.bare_namespace().await;
    world.deploy(json!({"command": ["sh", "-c", "echo the last words; exit 7"]}), json!([])).await;
    let cause = world.broken(60, "crash_loop").await;
    assert_eq!(cause.code, Code::CrashLoop, "{cause:?}");
    let detail = cause.detail.unwrap();
    assert!(detail.contains("exit code 7") && detail.contains("the last words"), "{detail}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_eats_too_much_memory() {
    let mut world = World::new().await;
    world.bare_namespace().await;
    let eat = json!({"command": ["python3", "-c", "x = bytearray(300 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1"],
        "resources": {"limits": {"memory": "48Mi"}}});
    world.deploy(eat, json!([])).await;
    let cause = world.broken(90, "oom_killed").await;
    assert_eq!(cause.code, Code::OomKilled, "{cause:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_does_not_answer() {
    let mut world = World::new().await;
    world.bare_namespace().await;
    let deaf = json!({"command": ["sh", "-c", "trap '' TERM; sleep 1000 & wait"],
        "livenessProbe": {"httpGet": {"path": "/livez", "port": 3001}, "periodSeconds": 1, "failureThreshold": 1}});
    world.deploy(deaf, json!([])).await;
    let cause = world.broken(120, "agent_unresponsive").await;
    assert_eq!(cause.code, Code::AgentUnresponsive, "{cause:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_lacks_a_key() {
    let mut world = World::new().await;
    world.bare_namespace().await;
    let secret: k8s_openapi::api::core::v1::Secret =
        serde_json::from_value(json!({"metadata": {"name": "half"}})).unwrap();
    world.api().create(&PostParams::default(), &secret).await.unwrap();
    let env = json!({"command": ["sleep", "1000"],
        "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "half", "key": "other"}}}]});
    world.deploy(env, json!([])).await;
    let cause = world.broken(60, "missing_key").await;
    assert_eq!(cause.code, Code::ContainerConfigError, "{cause:?}");
    assert!(cause.message.contains("lacks a key"), "{cause:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_mounted_and_not_there() {
    let mut world = World::new().await;
    world.bare_namespace().await;
    let mounts = json!({"command": ["sleep", "1000"], "volumeMounts": [{"name": "s", "mountPath": "/s"}]});
    world.deploy(mounts, json!([{"name": "s", "secret": {"secretName": "nowhere"}}])).await;
    let cause = world.broken(60, "missing_secret").await;
    assert_eq!(cause.code, Code::ContainerConfigError, "{cause:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_in_the_image() {
    let mut world = World::new().await;
    world.bare_namespace().await;
    world.deploy(json!({"command": ["no-such-program"]}), json!([])).await;
    let cause = world.broken(60, "no_program").await;
    assert_eq!(cause.code, Code::ContainerConfigError, "{cause:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_nobody_provides() {
    let mut world = World::with(|config| config.volume.class = Some("no-such-class".into())).await;
    world.start().await.unwrap();
    let cause = world.broken(40, "volume_unbound").await;
    assert_eq!(cause.code, Code::VolumeFailed, "{cause:?}");
    assert!(cause.hint.as_deref().unwrap().contains("no-such-class"), "{cause:?}");
    world.end().await;
}
