//! Why an activation failed, as people are told by the server: at once, with what to do; what is left behind; and that
//! it works once the cause is gone.

use crate::harness::{Project, World, until};
use gaggle_shared::{EventBody, Step, StepState};
use gaggle_testkit::registry::{Manner, Registry};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, ResourceQuota};
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What agents ask for: more than any node of the tests has, unless a project's settings say less.
const TOO_MUCH: (&str, &str) = ("GAGGLE_AGENT_MEMORY", "9Ti/9Ti");

fn modest() -> Value {
    json!({"mode": "auto", "memory": "1Gi"})
}

/// Activates what cannot be: who waits is told so, all of it stands in the project, the cluster's own word for it in
/// the journal, no pod is left, and the volume is kept.
async fn fails(project: &Project, status: u16, code: &str, reason: &str) -> Value {
    let reader = project.reader();
    let problem = project.call(Method::POST, "/activate").await.is(status);
    assert_eq!(problem["code"], code, "{problem}");
    for field in ["detail", "hint"] {
        assert!(problem[field].as_str().is_some_and(|text| text.len() > 10), "{field}: {problem}");
    }
    let shown = project.get().await;
    assert_eq!((&shown["phase"], &shown["desiredState"]), (&json!("failed"), &json!("inactive")), "{shown}");
    let failure = &shown["failure"];
    assert_eq!((&failure["code"], &failure["message"]), (&json!(code), &problem["detail"]), "{shown}");
    assert!(failure["since"].is_string(), "{shown}");
    reader
        .until(reason, |body| match body {
            EventBody::ClusterEvent { reason: said, .. } => (said == reason).then_some(()),
            _ => None,
        })
        .await;
    until("the end of its pod", || async { project.pods().await.is_empty().then_some(()) }).await;
    let claim = format!("proj-{}-data", project.id);
    let claim = project.cluster.get::<PersistentVolumeClaim>(&project.namespace, &claim).await;
    assert!(claim.is_some_and(|claim| claim.metadata.deletion_timestamp.is_none()), "its volume is kept");
    problem
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_is_not_there_is_told_and_the_right_one_works() {
    let manner = Manner { status: Some("404 Not Found"), ..Manner::default() };
    let registry = Registry::start(manner).await.unwrap();
    let mut world = World::with(&[("ACR_IMAGE", &registry.image())]).await;
    let project = world.project("no image").await;
    project.placed().await;
    let problem = fails(&project, 502, "image_pull_failed", "Failed").await;
    assert!(problem["detail"].as_str().unwrap().contains(&registry.image()), "{problem}");
    assert!(
        problem["cause"].as_str().is_some_and(|cause| cause.to_lowercase().contains("not found")),
        "{problem}"
    );
    // A message says the same, and is not lost without a word.
    let refused = project.send("@say never").await.is(502);
    assert_eq!(refused["code"], "image_pull_failed", "{refused}");
    assert!(refused["turnId"].is_string(), "{refused}");

    let right = world.cluster.image.clone();
    world.set("ACR_IMAGE", &right);
    world.replace().await;
    assert_eq!(project.get().await["phase"], "failed", "it starts nothing by itself");
    assert_eq!(project.activate().await["failure"], Value::Null);
    project.say("@say here").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_node_can_take_is_told_after_its_grace_and_works_with_less() {
    let world = World::with(&[TOO_MUCH, ("GAGGLE_UNSCHEDULABLE_GRACE", "5s")]).await;
    let project = world.project("large").await;
    project.placed().await;
    let problem = fails(&project, 502, "unschedulable", "FailedScheduling").await;
    assert!(problem["detail"].as_str().unwrap().contains("memory"), "{problem}");
    assert!(problem["cause"].as_str().unwrap().contains("Insufficient memory"), "{problem}");

    // As its hint says.
    project.set(modest()).await;
    let active = project.activate().await;
    assert_eq!((&active["failure"], &active["restartNeeded"]), (&Value::Null, &json!(false)), "{active}");
    project.say("@say here").await;
    // What runs goes on as it is; what is wished is used at the next activation.
    let wished = project.set(json!({"memory": "900Mi"})).await;
    assert_eq!((&wished["restartNeeded"], &wished["phase"]), (&json!(true), &json!("active")), "{wished}");
    project.say("@say still here").await;
    project.call(Method::POST, "/deactivate").await.is(200);
    assert_eq!(project.get().await["restartNeeded"], false, "nothing runs that could be restarted");
    assert_eq!(project.activate().await["restartNeeded"], false);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_is_used_up_is_told_though_no_pod_exists_and_room_heals_it() {
    let world = World::new().await;
    let project = world.project("no room").await;
    project.placed().await;
    let quotas: Api<ResourceQuota> = Api::namespaced(world.cluster.client.clone(), &project.namespace);
    let none = json!({"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}});
    quotas.create(&PostParams::default(), &serde_json::from_value(none).unwrap()).await.unwrap();
    let problem = fails(&project, 502, "quota_exceeded", "FailedCreate").await;
    assert!(problem["cause"].as_str().unwrap().contains("exceeded quota: none"), "{problem}");
    quotas.delete("none", &DeleteParams::default()).await.unwrap();
    until("room in the quota", || async { quotas.get_opt("none").await.unwrap().is_none().then_some(()) })
        .await;
    project.activate().await;
    project.say("@say here").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_hangs_ends_in_time_and_names_its_step() {
    let more = [TOO_MUCH, ("GAGGLE_READY_TIMEOUT", "5s"), ("GAGGLE_UNSCHEDULABLE_GRACE", "60s")];
    let world = World::with(&more).await;
    let large = world.project("large").await;
    large.placed().await;
    let began = Instant::now();
    let problem = fails(&large, 504, "activation_timeout", "FailedScheduling").await;
    let took = began.elapsed();
    assert!(took > Duration::from_secs(5) && took < Duration::from_secs(20), "{took:?}");
    assert!(problem["detail"].as_str().unwrap().contains("step: schedule"), "{problem}");
    assert!(problem["hint"].as_str().unwrap().contains("GAGGLE_READY_TIMEOUT"), "{problem}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_that_takes_longer_than_a_start_may_puts_its_end_off() {
    let registry = Registry::start(Manner { held: true, ..Manner::default() }).await.unwrap();
    let image = registry.image();
    let more = [
        ("ACR_IMAGE", image.as_str()),
        ("GAGGLE_IMAGE_PULL_POLICY", "Always"),
        ("GAGGLE_READY_TIMEOUT", "8s"),
    ];
    let world = World::with(&more).await;
    let slow = world.project("slow").await;
    slow.placed().await;
    let reader = slow.reader();
    // Longer than the time that a start has, twice: it is neither given up nor said to have failed.
    let path = slow.path("/activate");
    let waits = slow.api.call(Method::POST, &path, None, Some("wait=19")).await.unwrap().is(202);
    assert_eq!((&waits["phase"], &waits["failure"]), (&json!("activating"), &Value::Null), "{waits}");
    let step = |body: &EventBody| match body {
        EventBody::ActivationStep { step: Step::Image, state, .. } => Some(*state),
        _ => None,
    };
    assert_eq!(reader.until("that it is pulled", step).await, StepState::Started);

    // What comes then has its time. There is nothing in this image that could be started, and that is what is said.
    registry.release();
    let failed = slow.in_phase("failed").await;
    assert_eq!(failed["failure"]["code"], "container_config_error", "{failed}");
    let pulled = |body: &EventBody| match body {
        EventBody::ClusterEvent { reason, .. } => (reason == "Pulled").then_some(()),
        _ => None,
    };
    reader.until("that the image is there", pulled).await;
    slow.delete().await;
    world.end().await;
}
