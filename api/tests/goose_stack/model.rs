//! A model that does not answer as it should.

use crate::harness::{Project, World};
use gaggle_testkit::model::words;
use serde_json::json;

/// Sends it and expects the model's failure; then all is well again.
async fn fails(project: &Project, text: &str) -> String {
    let problem = project.send(text).await.is(502);
    assert_eq!(problem["code"], "provider_error", "{text}: {problem}");
    let turn = project.turn(problem["turnId"].as_str().unwrap()).await;
    assert_eq!((&turn["stopReason"], &turn["failure"]["code"]), (&json!("failed"), &json!("provider_error")));
    assert_eq!(project.say("@say well again").await["text"].as_str().unwrap().trim(), "well again");
    problem.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_the_model_is_told_and_the_next_message_works() {
    let world = World::new().await;
    let project = world.project("errors").await;
    let told = fails(&project, "@error 401\n@error 401\n@error 401\n@error 401").await;
    assert!(told.contains("401") || told.to_lowercase().contains("auth"), "{told}");
    // As often as Goose may ask again.
    for status in [429, 500] {
        fails(&project, &format!("@error {status}\n").repeat(10)).await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_and_a_broken_answer_are_errors_too() {
    let world = World::new().await;
    let project = world.project("nonsense").await;
    fails(&project, &"@garbage\n".repeat(10)).await;
    fails(&project, &"@cut 3\n".repeat(10)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_hangs_is_cancelled() {
    let world = World::new().await;
    let project = world.project("hangs").await;
    let reader = project.reader();
    let turn = project.begin("@hang 3").await;
    reader.words(&turn, 3).await;
    let cancelled = project.post("/cancel", json!({})).await.is(200);
    assert_eq!((&cancelled["id"], &cancelled["stopReason"]), (&json!(turn), &json!("cancelled")));
    assert_eq!(cancelled["text"].as_str().unwrap().trim(), words(3));
    // From its first byte on, too.
    let turn = project.begin("@hang").await;
    reader
        .once("it runs", |events| {
            let begun = |event: &gaggle_shared::Event| match &event.body {
                gaggle_shared::EventBody::TurnStarted { turn: started } => started.id.as_str() == turn,
                _ => false,
            };
            events.iter().any(begun).then_some(())
        })
        .await;
    assert_eq!(project.post("/cancel", json!({})).await.is(200)["stopReason"], "cancelled");
    assert_eq!(project.say("@say next").await["text"].as_str().unwrap().trim(), "next");
    world.end().await;
}
