//! What people do to turns: cancel, steer, wait, change, take back.

use crate::harness::World;
use gaggle_testkit::model::words;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_turn_keeps_what_it_said_and_its_tool_is_ended() {
    let world = World::new().await;
    let project = world.project("cancel").await;
    let reader = project.reader();
    let waiting = project.waiting("@words 50 hold=20");
    let turn = reader
        .until("a turn", |body| match body {
            gaggle_shared::EventBody::TurnStarted { turn } => Some(turn.id.to_string()),
            _ => None,
        })
        .await;
    reader.words(&turn, 20).await;
    let cancelled = project.post("/cancel", json!({})).await.is(200);
    assert_eq!((&cancelled["id"], &cancelled["stopReason"]), (&json!(turn), &json!("cancelled")));
    assert_eq!(cancelled["text"].as_str().unwrap().trim(), words(20));
    let waited = waiting.await.unwrap().unwrap().is(200);
    assert_eq!(waited["stopReason"], "cancelled");
    assert_eq!(project.post("/cancel", json!({})).await.is(409)["code"], "no_running_turn");

    let turn = project.begin("@shell touch began; exec sleep 4711\n@say never").await;
    reader
        .until("a tool", |body| match body {
            gaggle_shared::EventBody::ToolCall { .. } => Some(()),
            _ => None,
        })
        .await;
    let cancelled = project.post("/cancel", json!({})).await.is(200);
    assert_eq!((&cancelled["id"], &cancelled["stopReason"]), (&json!(turn), &json!("cancelled")));
    assert_eq!(project.say("@say next").await["text"].as_str().unwrap().trim(), "next");
    let still: Vec<_> = project.processes(world.folder());
    assert!(!still.iter().any(|one| one.command.contains("sleep 4711")), "{still:#?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steering_reaches_the_running_turn() {
    let world = World::new().await;
    let project = world.project("steer").await;
    let reader = project.reader();
    let turn = project.begin("@words 20 hold=10").await;
    reader.words(&turn, 10).await;
    let steered = project.post("/steer", json!({"text": "and think of the salt"})).await.is(200);
    assert_eq!(steered["id"], turn.as_str());
    world.model.release();
    let said = reader.end_of(&turn).await;
    assert!(said.starts_with(&words(20)), "{said}");
    assert!(said.ends_with("You said: and think of the salt"), "{said}");
    let messages = project.api.get(&project.path("/messages")).await.is(200);
    let mine = messages["items"].as_array().unwrap().iter().filter(|message| message["role"] == "user");
    assert_eq!(mine.count(), 2, "{messages}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_messages_run_in_order_changed_or_not_at_all() {
    let world = World::new().await;
    let project = world.project("queue").await;
    let reader = project.reader();
    let first = project.begin("@words 10 hold=5").await;
    reader.words(&first, 5).await;
    let changed = project.begin("@say as it was").await;
    let gone = project.begin("@say taken back").await;
    let last = project.begin("@say last").await;
    let path = project.path(&format!("/turns/{changed}"));
    let body = Some(json!({"text": "@say as it is"}));
    project.api.call(Method::PATCH, &path, body, None).await.unwrap().is(200);
    project.call(Method::DELETE, &format!("/turns/{gone}")).await.is(200);
    let started = project.call(Method::DELETE, &format!("/turns/{first}")).await;
    assert_eq!(started.is(409)["code"], "turn_started");
    world.model.release();
    assert_eq!(reader.end_of(&last).await, "last");
    assert_eq!(reader.end_of(&changed).await, "as it is");
    assert_eq!(reader.end_of(&first).await, words(10));
    let prompts: Vec<String> = world.model.requests().into_iter().map(|seen| seen.prompt).collect();
    assert!(!prompts.iter().any(|prompt| prompt.contains("taken back") || prompt.contains("as it was")));
    let (a, b) = (project.turn(&changed).await, project.turn(&last).await);
    assert!(a["endedAt"].as_str().unwrap() <= b["startedAt"].as_str().unwrap(), "{a} {b}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sessions_run_beside_each_other() {
    let world = World::new().await;
    let project = world.project("sessions").await;
    let reader = project.reader();
    let held = project.begin("@words 10 hold=5").await;
    reader.words(&held, 5).await;
    let other = project.post("/sessions", json!({})).await.is(201)["id"].clone();
    let turn = project.post("/messages", json!({"text": "@say beside", "sessionId": other})).await.is(200);
    assert_eq!(turn["text"].as_str().unwrap().trim(), "beside");
    world.model.release();
    assert_eq!(reader.end_of(&held).await, words(10));
    world.end().await;
}
