//! What people do to turns: cancel, steer, wait, change, take back.

use crate::{
    chat::turns::{cancelled, queued, steered},
    harness::World,
};
use gaggle_testkit::model::words;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_turn_keeps_what_it_said_and_its_tool_is_ended() {
    let world = World::new().await;
    cancelled(&world).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steering_reaches_the_running_turn() {
    let world = World::new().await;
    steered(&world).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_messages_run_in_order_changed_or_not_at_all() {
    let world = World::new().await;
    queued(&world).await;
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
