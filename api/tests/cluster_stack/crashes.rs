//! The server dies at every step of what it does to a cluster, and in mid-turn.

use crate::harness::{Api, World};
use gaggle_shared::{EventBody, Step, StepState};
use gaggle_testkit::model::words;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A promise: after a crash all is as wished within this time.
const CONVERGED: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_any_step_of_an_activation_converges() {
    let mut world = World::new().await;
    // A volume that is mounted and a container that runs are told while the agent is not there yet, and often it is there
    // first.
    let before = [Step::Namespace, Step::Manifests, Step::Scale, Step::Endpoint, Step::Schedule];
    for step in before.into_iter().chain([Step::Relay, Step::Agent]) {
        let project = world.project(&format!("killed at {step:?}")).await;
        let reader = project.reader();
        project.wish(Method::POST, "/activate").await;
        let seen = |body: &EventBody| match body {
            EventBody::ActivationStep { step: this, state: StepState::Started, .. } => {
                (*this == step).then_some(())
            }
            EventBody::ActivationStep { step: this, state: StepState::Done, .. } => {
                (*this == step).then_some(())
            }
            _ => None,
        };
        reader.until("the step", seen).await;
        world.kill().await;
        let began = Instant::now();
        world.start().await;
        project.in_phase("active").await;
        assert!(began.elapsed() < CONVERGED, "{step:?}: {:?}", began.elapsed());
        assert_eq!(project.pods().await.len(), 1, "{step:?}");
        project.say("@say here").await;
        project.delete().await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_anywhere_in_a_delete_leaves_nothing() {
    let mut world = World::new().await;
    for wait in [0, 5, 50, 200, 800] {
        let project = world.project(&format!("deleted {wait}")).await;
        project.activate().await;
        project.wish(Method::DELETE, "").await;
        // How far a delete is, nobody announces: the moments are spread over it.
        tokio::time::sleep(Duration::from_millis(wait)).await;
        world.kill().await;
        let began = Instant::now();
        world.start().await;
        let receipt = project.delete().await;
        assert!(began.elapsed() < CONVERGED, "{wait}: {:?}", began.elapsed());
        assert_ne!(receipt["removed"], json!([]), "{receipt}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_inside_a_create_or_a_deactivation_converges() {
    let mut world = World::new().await;
    for wait in [0, 2, 10, 50, 200] {
        // How far it is nobody announces: the moments are spread over it.
        let name = format!("made-{wait}");
        let create = |api: Api| {
            let body = json!({"name": name, "settings": {"mode": "auto"}});
            let call = api.request(Method::POST, "/api/users/alice/projects").json(&body);
            call.header("idempotency-key", &name).send()
        };
        let first = tokio::spawn(create(world.api.clone()));
        tokio::time::sleep(Duration::from_millis(wait)).await;
        world.kill().await;
        drop(first.await);
        let began = Instant::now();
        world.start().await;
        // Whoever asks again with the same key gets the one that was made, or it is made now.
        let made = create(world.api.clone()).await.unwrap();
        assert_eq!(made.status(), 201, "{wait}");
        let made: Value = serde_json::from_slice(&made.bytes().await.unwrap()).unwrap();
        let project = world.known("alice", made["id"].as_str().unwrap());
        project.placed().await;
        assert!(began.elapsed() < CONVERGED, "{wait}: {:?}", began.elapsed());
        let all = world.api.get(&format!("/api/users/alice/projects?name={name}")).await;
        assert_eq!(all.is(200)["items"].as_array().unwrap().len(), 1, "{wait}");

        project.activate().await;
        project.wish(Method::POST, "/deactivate").await;
        tokio::time::sleep(Duration::from_millis(wait * 4)).await;
        world.kill().await;
        let began = Instant::now();
        world.start().await;
        project.in_phase("inactive").await;
        assert!(began.elapsed() < CONVERGED, "{wait}: {:?}", began.elapsed());
        assert_eq!(project.pods().await.len(), 0, "{wait}");
        project.delete().await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_in_a_pod_outlives_its_server() {
    let mut world = World::new().await;
    let project = world.project("outlives").await;
    project.activate().await;
    let reader = project.reader();
    let turn = project.begin("@shell echo once >> ran.txt\n@words 300 delay=10 hold=299").await;
    for word in [1, 60, 120, 180, 240] {
        reader.words(&turn, word).await;
        world.replace().await;
    }
    world.model.release();
    assert_eq!(reader.end_of(&turn).await, words(300), "as the reader saw it");
    let ended = project.ended(&turn).await;
    assert_eq!(ended["stopReason"], "end_turn", "{ended}");
    assert_eq!(ended["text"].as_str().unwrap().trim(), words(300), "as it is kept");
    let ran = project.say("@shell cat ran.txt\n@echo").await;
    assert_eq!(ran["text"].as_str().unwrap().matches("once").count(), 1, "{ran}");
    project.delete().await;
    world.end().await;
}
