//! Activate, sleep, wake, delete.

use crate::{
    chat::turns::deactivated,
    harness::{Marked, World, until_none},
};
use gaggle_shared::{EventBody, Phase, Step, StepState};
use reqwest::Method;
use serde_json::json;
use std::fs;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_activations_at_once_start_one_agent() {
    let world = World::new().await;
    let project = world.project("fifty").await;
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let project = project.clone();
        calls.spawn(async move { project.call(Method::POST, "/activate").await.is(200) });
    }
    for active in calls.join_all().await {
        assert_eq!(active["phase"], "active", "{active}");
    }
    project.relay(world.folder());
    project.goose(world.folder());
    let reader = project.reader();
    project.say("@say ready").await;
    reader.until("an end", |body| matches!(body, EventBody::TurnEnded { .. }).then_some(())).await;
    let up =
        |event: &&gaggle_shared::Event| matches!(event.body, EventBody::AgentProcess { running: true, .. });
    assert_eq!(reader.events().iter().filter(up).count(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delete_wins_at_every_step_of_an_activation_and_leaves_nothing() {
    let world = World::new().await;
    for step in [None, Some(Step::Workspace), Some(Step::Process), Some(Step::Relay), Some(Step::Agent)] {
        let project = world.project(&format!("deleted {step:?}")).await;
        let reader = project.reader();
        let body = Some("respond-async");
        project.api.call(Method::POST, &project.path("/activate"), None, body).await.unwrap().is(202);
        if let Some(step) = step {
            reader
                .until("the step", |body| match body {
                    EventBody::ActivationStep { step: this, state: StepState::Started, .. } => {
                        (*this == step).then_some(())
                    }
                    // A step that has no beginning of its own.
                    EventBody::ProjectPhase { phase: Phase::Active, .. } => Some(()),
                    _ => None,
                })
                .await;
        }
        let receipt = project.call(Method::DELETE, "").await.is(200);
        assert_eq!(receipt["remaining"], json!([]), "{receipt}");
        assert_eq!(project.processes(world.folder()), Vec::<Marked>::new(), "{step:?}");
        assert!(!world.data().join("projects").join(&project.id).exists(), "{step:?}");
        project.call(Method::GET, "").await.is(404);
        assert_eq!(project.call(Method::DELETE, "").await.is(200), receipt);
        assert_eq!(project.send("hello").await.is(409)["code"], "project_deleting");
    }
    let trash = fs::read_dir(world.data().join("trash")).map_or(0, Iterator::count);
    assert_eq!(trash, 0);
    assert_eq!(world.projects().await.len(), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_memory_outlive_a_sleep() {
    let world = World::new().await;
    let project = world.project("sleeps").await;
    project.say("@shell echo kept > note.txt\n@say the word is heron").await;
    let asleep = project.call(Method::POST, "/deactivate").await.is(200);
    assert_eq!((&asleep["phase"], &asleep["desiredState"]), (&json!("inactive"), &json!("inactive")));
    assert_eq!(project.processes(world.folder()), Vec::<Marked>::new());
    project.call(Method::POST, "/deactivate").await.is(200);
    project.call(Method::POST, "/activate").await.is(200);
    let turn = project.say("@shell cat note.txt\n@echo").await;
    assert!(turn["text"].as_str().unwrap().contains("kept"), "{turn}");
    let last = world.model.requests().into_iter().rfind(|seen| seen.prompt.contains("cat note")).unwrap();
    assert!(last.body["messages"].to_string().contains("heron"), "{}", last.body["messages"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_whose_folder_was_removed_by_hand_wakes_with_a_new_one() {
    let world = World::new().await;
    let project = world.project("lost").await;
    // Relays count on the volume: the second one's number is lost with it.
    project.say("@shell echo kept > note.txt").await;
    project.call(Method::POST, "/deactivate").await.is(200);
    std::fs::remove_dir_all(world.data().join("projects").join(&project.id)).unwrap();
    let turn = project.say("@say here again").await;
    assert!(turn["text"].as_str().unwrap().contains("here again"), "{turn}");
    assert!(!world.has(&project, "note.txt").await);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_turn_is_cancelled_and_a_waiting_message_fails_by_deactivate() {
    let world = World::new().await;
    deactivated(&world).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_agent_sleeps_though_it_is_read_and_a_message_wakes_it() {
    let world = World::with(&[("GAGGLE_IDLE_TIMEOUT", "2s")]).await;
    let project = world.project("idle").await;
    let reader = project.reader();
    project.say("@say first").await;
    let slept = |count: usize| {
        move |events: &[gaggle_shared::Event]| {
            let asleep =
                |body: &EventBody| matches!(body, EventBody::ProjectPhase { phase: Phase::Inactive, .. });
            (events.iter().filter(|event| asleep(&event.body)).count() >= count).then_some(())
        }
    };
    // Read all the time: by this reader, and by calls.
    let watching = {
        let project = project.clone();
        tokio::spawn(async move {
            loop {
                for path in ["", "/messages", "/turns", "/permissions", "/sessions", "/logs"] {
                    project.call(Method::GET, path).await.is(200);
                }
            }
        })
    };
    reader.once("sleep", slept(1)).await;
    until_none(world.folder()).await;
    watching.abort();
    assert!(watching.await.unwrap_err().is_cancelled());
    for path in ["", "/messages", "/turns", "/permissions", "/sessions", "/logs"] {
        project.call(Method::GET, path).await.is(200);
    }
    assert_eq!(project.processes(world.folder()), Vec::<Marked>::new(), "reading does not wake");
    assert_eq!(project.get().await["activity"]["state"], "asleep");
    assert_eq!(project.say("@say second").await["text"].as_str().unwrap().trim(), "second");
    reader.once("sleep again", slept(2)).await;
    world.end().await;
}
