//! What people do to a project's objects by hand is seen, and healed; the record wins.

use crate::harness::{Project, World, until};
use gaggle_shared::EventBody;
use gaggle_testkit::model::words;
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{PersistentVolumeClaim, Pod, Service},
    networking::v1::NetworkPolicy,
};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams},
};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

/// A user's NetworkPolicy.
const WALLS: &str = "gaggle-agents";

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
    // The first one works until it has ended: what is said to it before would end with it, visibly.
    let down =
        |body: &EventBody| matches!(body, EventBody::AgentProcess { running: false, .. }).then_some(());
    reader.until("that the agent went", down).await;
    let turn = project.say("@shell cat note.txt\n@echo").await;
    assert!(turn["text"].as_str().unwrap().contains("kept"), "{turn}");
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

/// Sets the replicas of a project's Deployment, as `kubectl scale` does.
async fn scale(project: &Project, replicas: u8) {
    let deployments: Api<Deployment> = Api::namespaced(project.cluster.client.clone(), &project.namespace);
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    deployments.patch(&project.deployment_name(), &PatchParams::default(), &patch).await.unwrap();
}

/// What its Deployment wishes.
async fn replicas(project: &Project) -> i32 {
    project.deployment().await.unwrap().spec.unwrap().replicas.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeping_project_that_is_scaled_up_by_hand_goes_on_sleeping() {
    let mut world = World::new().await;
    let project = world.project("asleep").await;
    project.placed().await;
    // While it is loaded; then by a server that has never looked at it, after the fact and while it watches.
    for replaced in [false, true, false] {
        if replaced {
            world.kill().await;
        }
        scale(&project, 1).await;
        if replaced {
            until("a pod", || async { project.pods().await.pop() }).await;
            world.start().await;
        }
        let began = Instant::now();
        until("that it sleeps again", || async {
            (replicas(&project).await == 0 && project.pods().await.is_empty()).then_some(())
        })
        .await;
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
        project.in_phase("inactive").await;
        assert_eq!(project.get().await["desiredState"], "inactive");
    }
    project.say("@say and works").await;
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_pods_by_hand_are_one_again_and_the_turn_goes_on() {
    let world = World::new().await;
    let project = world.project("many").await;
    project.activate().await;
    let first = until("its pod", || async { project.pods().await.pop() }).await.uid();
    let reader = project.reader();
    let turn = project.begin("@words 200 delay=10 hold=100").await;
    reader.words(&turn, 50).await;
    scale(&project, 3).await;
    until("one pod", || async {
        let uids: Vec<_> = project.pods().await.iter().map(kube::ResourceExt::uid).collect();
        (replicas(&project).await == 1 && uids == [first.clone()]).then_some(())
    })
    .await;
    world.model.release();
    assert_eq!(reader.end_of(&turn).await, words(200));
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_deleted_by_hand_comes_back_while_the_agent_works_and_a_volume_when_it_wakes() {
    let world = World::new().await;
    let project = world.project("without").await;
    project.activate().await;
    let client = &project.cluster.client;
    let services: Api<Service> = Api::namespaced(client.clone(), &project.namespace);
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(client.clone(), &project.namespace);
    let (service, claim) = (format!("proj-{}-svc", project.id), format!("proj-{}-data", project.id));
    let before = services.get(&service).await.unwrap().uid();
    let volume = claims.get(&claim).await.unwrap().uid();
    let pod = project.pods().await.remove(0).uid();
    services.delete(&service, &DeleteParams::default()).await.unwrap();
    let again = until("another Service", || async {
        let now = services.get_opt(&service).await.unwrap()?;
        (now.uid() != before).then_some(now.uid())
    })
    .await;
    assert_eq!(project.pods().await.remove(0).uid(), pod, "the agent's pod is untouched");

    project.call(Method::POST, "/deactivate").await.is(200);
    services.delete(&service, &DeleteParams::default()).await.unwrap();
    claims.delete(&claim, &DeleteParams::default()).await.unwrap();
    until("their end", || async {
        let left = services.get_opt(&service).await.unwrap().is_some()
            || claims.get_opt(&claim).await.unwrap().is_some();
        (!left).then_some(())
    })
    .await;
    // At once, not when what was seen of them is forgotten.
    project.wish(Method::POST, "/activate").await;
    let began = Instant::now();
    until("both", || async {
        let made = (services.get_opt(&service).await.unwrap()?, claims.get_opt(&claim).await.unwrap()?);
        (made.0.uid() != again && made.1.uid() != volume).then_some(())
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn walls_taken_away_by_hand_are_there_again_while_the_agent_works() {
    let world = World::new().await;
    let (removed, opened) =
        (world.project("removed").await, world.project_of("bob", "opened", json!({"mode": "auto"})).await);
    removed.activate().await;
    opened.activate().await;
    let policies = |project: &Project| -> Api<NetworkPolicy> {
        Api::namespaced(project.cluster.client.clone(), &project.namespace)
    };
    policies(&removed).delete(WALLS, &DeleteParams::default()).await.unwrap();
    let open = Patch::Merge(json!({"spec": {"egress": [{}]}}));
    policies(&opened).patch(WALLS, &PatchParams::default(), &open).await.unwrap();
    for project in [&removed, &opened] {
        until("the walls", || async {
            let policy = policies(project).get_opt(WALLS).await.unwrap()?;
            let egress = policy.spec?.egress?;
            egress.iter().all(|rule| rule.to.is_some()).then_some(())
        })
        .await;
        project.say("@say still here").await;
        project.delete().await;
    }
    world.end().await;
}
