//! A project is put to sleep or deleted where that is not easy: its pod does not end, or it is in the middle of
//! something else.

use crate::harness::{Project, World, until};
use gaggle_shared::{EventBody, Phase, Step};
use k8s_openapi::api::core::v1::{Pod, ResourceQuota};
use kube::{
    Api, ResourceExt as _,
    api::{Patch, PatchParams, PostParams},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Longer than the minute after which somebody is told that a pod does not end.
const PATIENCE: Duration = Duration::from_secs(90);

/// What keeps a pod.
const HELD: &str = "example.com/held";

/// Gives the project's one pod this, or takes it away.
async fn finalizers(project: &Project, all: &Value) {
    let pods: Api<Pod> = Api::namespaced(project.cluster.client.clone(), &project.namespace);
    let name = until("its pod", || async { project.pods().await.pop() }).await.name_any();
    let patch = Patch::Merge(json!({"metadata": {"finalizers": all}}));
    pods.patch(&name, &PatchParams::default(), &patch).await.unwrap();
}

/// What who waits for its end is told, and after how long.
async fn put_to_sleep(project: &Project) -> (Value, Duration) {
    let began = Instant::now();
    let request = project.api.request(Method::POST, &project.path("/deactivate")).timeout(PATIENCE);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    (serde_json::from_slice(&response.bytes().await.unwrap()).unwrap(), began.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_that_a_finalizer_keeps_is_told_as_that_and_never_said_to_be_gone() {
    let world = World::new().await;
    let (sleeps, goes) = (world.project("sleeps").await, world.project("goes").await);
    tokio::join!(sleeps.activate(), goes.activate());
    for project in [&sleeps, &goes] {
        finalizers(project, &json!([HELD])).await;
    }
    let (one, other) = tokio::join!(put_to_sleep(&sleeps), put_to_sleep(&goes));
    for (project, (told, took)) in [(&sleeps, one), (&goes, other)] {
        // Nothing more can come of waiting for the minute that a node has.
        assert!(took < Duration::from_secs(50), "{took:?}");
        assert_eq!(told["code"], "cluster_unreachable", "{told}");
        let pod = project.pods().await[0].name_any();
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.contains("a finalizer keeps it from going") && detail.contains(HELD), "{told}");
        assert!(!told.to_string().contains("its node does not answer"), "{told}");
        assert!(told["cause"].as_str().unwrap().contains(&format!("{pod} in {}: {HELD}", project.namespace)));
        let line = format!("kubectl -n {} patch pod {pod} --type=merge", project.namespace);
        assert!(told["hint"].as_str().unwrap().contains(&line), "{told}");
        let shown = project.get().await;
        assert_eq!(
            (&shown["phase"], &shown["desiredState"]),
            (&json!("deactivating"), &json!("inactive")),
            "{shown}"
        );
        assert!(shown["failure"]["message"].as_str().unwrap().contains(HELD), "{shown}");
    }
    finalizers(&sleeps, &Value::Null).await;
    let shown = sleeps.in_phase("inactive").await;
    assert_eq!(shown["failure"], Value::Null, "{shown}");
    assert!(sleeps.pods().await.is_empty());
    sleeps.say("@say again").await;

    // One that was to sleep can be wished gone meanwhile, which does not wait for its turn; it waits for the pod too.
    let began = Instant::now();
    goes.wish(Method::DELETE, "").await;
    goes.in_phase("deleting").await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(goes.pods().await.len(), 1, "it is still there, and so is its project");
    finalizers(&goes, &Value::Null).await;
    complete(&goes.delete().await);
    world.end().await;
}

/// A receipt names all that a project has.
fn complete(receipt: &Value) {
    let kinds: BTreeSet<&str> =
        receipt["removed"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    for kind in ["Deployment", "Service", "PersistentVolumeClaim", "Journal", "Turns"] {
        assert!(kinds.contains(kind), "{kind} in {receipt}");
    }
}

/// Deletes it as it is, and sees that it is gone for good.
async fn is_gone(project: &Project) {
    let receipt = project.delete().await;
    complete(&receipt);
    project.call(Method::GET, "").await.is(404);
    assert_eq!(project.call(Method::DELETE, "").await.is(200), receipt, "the same receipt");
    assert_eq!(project.call(Method::POST, "/activate").await.is(409)["code"], "project_deleting");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_wins_in_every_state_and_leaves_nothing() {
    let world =
        World::with(&[("GAGGLE_UNSCHEDULABLE_GRACE", "60s"), ("GAGGLE_AGENT_MEMORY", "9Ti/9Ti")]).await;
    let modest = || json!({"mode": "auto", "memory": "1Gi"});
    let asleep = world.project("asleep").await;
    asleep.placed().await;
    is_gone(&asleep).await;

    // While it is activated, at each step; and active in the end.
    for step in [Step::Manifests, Step::Scale, Step::Schedule, Step::Container, Step::Relay] {
        let project = world.project_with(&format!("activating {step:?}"), modest()).await;
        project.placed().await;
        let reader = project.reader();
        project.wish(Method::POST, "/activate").await;
        reader
            .until("the step", |body| match body {
                EventBody::ActivationStep { step: this, .. } => (*this == step).then_some(()),
                EventBody::ProjectPhase { phase: Phase::Active, .. } => Some(()),
                _ => None,
            })
            .await;
        is_gone(&project).await;
    }

    // While no node takes it.
    let large = world.project("unschedulable").await;
    let reader = large.reader();
    large.wish(Method::POST, "/activate").await;
    reader
        .until("the scheduler's word", |body| match body {
            EventBody::ClusterEvent { reason, .. } => (reason == "FailedScheduling").then_some(()),
            _ => None,
        })
        .await;
    assert_eq!(large.get().await["phase"], "activating");
    is_gone(&large).await;

    // While it is put to sleep.
    let ends = world.project_with("deactivating", modest()).await;
    ends.activate().await;
    ends.wish(Method::POST, "/deactivate").await;
    ends.in_phase("deactivating").await;
    is_gone(&ends).await;

    // After it has failed.
    let fails = world.project_of("bob", "failed", modest()).await;
    fails.placed().await;
    let none = json!({"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}});
    let quotas: Api<ResourceQuota> = Api::namespaced(world.cluster.client.clone(), &fails.namespace);
    quotas.create(&PostParams::default(), &serde_json::from_value(none).unwrap()).await.unwrap();
    fails.call(Method::POST, "/activate").await.is(502);
    assert_eq!(fails.get().await["phase"], "failed");
    is_gone(&fails).await;
    world.end().await;
}
