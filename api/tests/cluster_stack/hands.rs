//! What people do to a project's objects by hand is seen, and healed; the record wins.

use crate::harness::{World, until};
use gaggle_shared::EventBody;
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams},
};
use serde_json::json;

/// A field of ours.
const PART_OF: &str = "app.kubernetes.io/part-of";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_deleted_by_hand_gets_a_successor_with_the_same_files() {
    let world = World::new().await;
    let project = world.project("deleted pod").await;
    project.say("@shell echo kept > note.txt\n@say ok").await;
    let reader = project.reader();
    let first = project.pods().await.remove(0);
    let pods: Api<Pod> = Api::namespaced(world.cluster.client.clone(), &project.namespace);
    pods.delete(&first.name_any(), &DeleteParams::default()).await.unwrap();
    until("a successor", || async {
        let pods = project.pods().await;
        pods.iter().any(|pod| pod.uid() != first.uid()).then_some(())
    })
    .await;
    let turn = project.say("@shell cat note.txt\n@echo").await;
    assert!(turn["text"].as_str().unwrap().contains("kept"), "{turn}");
    let down =
        |body: &EventBody| matches!(body, EventBody::AgentProcess { running: false, .. }).then_some(());
    reader.until("that the agent went", down).await;
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_scaled_or_deleted_by_hand_comes_back() {
    let world = World::new().await;
    let project = world.project("scaled").await;
    project.say("@shell echo kept > note.txt\n@say ok").await;
    let deployments: Api<Deployment> = Api::namespaced(world.cluster.client.clone(), &project.namespace);
    let name = project.deployment_name();
    let first = project.pods().await.remove(0).uid();
    let zero = Patch::Merge(json!({"spec": {"replicas": 0}}));
    deployments.patch(&name, &PatchParams::default(), &zero).await.unwrap();
    until("another pod", || async {
        let pods = project.pods().await;
        (pods.len() == 1 && pods[0].uid() != first).then_some(())
    })
    .await;
    project.in_phase("active").await;
    let turn = project.say("@shell cat note.txt\n@echo").await;
    assert!(turn["text"].as_str().unwrap().contains("kept"), "{turn}");

    let before = project.deployment().await.unwrap();
    deployments.delete(&name, &DeleteParams::background()).await.unwrap();
    until("another Deployment", || async {
        let now = project.deployment().await?;
        (now.uid() != before.uid()).then_some(())
    })
    .await;
    project.in_phase("active").await;
    let turn = project.say("@shell cat note.txt\n@echo").await;
    assert!(turn["text"].as_str().unwrap().contains("kept"), "{turn}");
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_field_survives_and_a_changed_one_is_put_back_at_the_next_activation() {
    let world = World::new().await;
    let project = world.project("foreign").await;
    project.placed().await;
    let deployments: Api<Deployment> = Api::namespaced(world.cluster.client.clone(), &project.namespace);
    let name = project.deployment_name();
    let by_hand = Patch::Merge(json!({"metadata": {
        "annotations": {"example.com/mine": "yes"},
        "labels": {PART_OF: "somebody"},
    }}));
    let changed = deployments.patch(&name, &PatchParams::default(), &by_hand).await.unwrap();
    assert_eq!(changed.labels().get(PART_OF).map(String::as_str), Some("somebody"));
    project.activate().await;
    let now = project.deployment().await.unwrap();
    assert_eq!(now.annotations().get("example.com/mine").map(String::as_str), Some("yes"));
    assert_eq!(now.labels().get(PART_OF).map(String::as_str), Some("gaggle"));
    project.delete().await;
    world.end().await;
}
