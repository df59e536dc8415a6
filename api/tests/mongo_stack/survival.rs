//! The server dies; MongoDB dies.

use crate::harness::World;
use gaggle_testkit::{model::words, mongo::MongoServer};
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_the_death_of_the_server() {
    let mongo = MongoServer::start(&[]).await.unwrap();
    let mut world = World::with(&[("MONGODB_URI", &mongo.uri())]).await;
    assert_eq!(world.api.get("/api/info").await.is(200)["store"], "mongodb");
    let project = world.project("kept").await;
    assert_eq!(project.say("@say one").await["text"].as_str().unwrap().trim(), "one");
    let late = world.project("late").await;
    world.replace().await;
    assert_eq!(late.get().await["name"], "late");
    let messages = world.api.get(&project.path("/messages")).await.is(200);
    assert!(messages.to_string().contains("\"one\""), "{messages}");
    let taken = world.api.post("/api/users/alice/projects", json!({"name": "kept"})).await;
    assert_eq!(taken.is(409)["code"], "project_name_taken");
    assert_eq!(project.say("@say two").await["text"].as_str().unwrap().trim(), "two");
    assert!(!world.data().join("gaggle.redb").exists(), "no embedded store is made beside it");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_goes_on_while_mongodb_is_dead_and_nothing_of_it_is_missing() {
    let mut mongo = MongoServer::start(&[]).await.unwrap();
    let world = World::with(&[("MONGODB_URI", &mongo.uri())]).await;
    let project = world.project("chatty").await;
    let sleeper = world.project("sleeper").await;
    let reader = project.reader();
    let turn = project.begin("@words 300 delay=20").await;
    reader.words(&turn, 40).await;
    mongo.kill().await;
    // A call that needs the store is told soon, by name, and the server lives.
    let begun = Instant::now();
    let refused = world.api.get(&sleeper.path("/messages")).await;
    assert_eq!(refused.is(503)["code"], "store_unavailable");
    let refused = world.api.post("/api/users/alice/projects", json!({"name": "new"})).await;
    assert_eq!(refused.is(503)["code"], "store_unavailable");
    assert!(begun.elapsed() < Duration::from_secs(11), "two calls of 5 s at most: {:?}", begun.elapsed());
    assert_eq!(world.api.get("/readyz").await.status.as_u16(), 503);
    assert_eq!(world.api.get("/healthz").await.status.as_u16(), 200);
    mongo.restart().await.unwrap();
    assert_eq!(reader.end_of(&turn).await, words(300), "no word is missing or doubled");
    let ended = project.ended(&turn).await;
    assert_eq!(ended["stopReason"], "end_turn", "{ended}");
    assert_eq!(ended["text"].as_str().unwrap().trim(), words(300));
    assert_eq!(world.api.get("/readyz").await.status.as_u16(), 200);
    assert_eq!(project.say("@say back").await["text"].as_str().unwrap().trim(), "back");
    world.end().await;
}
