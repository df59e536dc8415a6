//! What the real Goose cannot be made to do, seen by whoever reads: the scripted agent in its place.

use crate::harness::{Project, World};
use gaggle_shared::EventBody;
use gaggle_testkit::agent::{INITIALIZE, binary};
use reqwest::Method;
use serde_json::Value;

async fn world(more: &[(&str, &str)]) -> World {
    let agent = binary().unwrap_or_else(|why| panic!("{why}"));
    let passed = format!("GOOSE_PROVIDER,GOOSE_MODEL,OPENAI_HOST,OPENAI_API_KEY,{INITIALIZE}");
    let own = [("GAGGLE_GOOSE_BIN", agent.to_str().unwrap()), ("GAGGLE_AGENT_ENV", passed.as_str())];
    World::with(&[&own, more].concat()).await
}

/// The relay is the one it was, and its agent answers.
async fn goes_on(world: &World, project: &Project, relay: i32) {
    assert_eq!(project.say("still there").await["text"], "still there");
    assert_eq!(project.relay(world.folder()).pid, relay);
}

/// A turn that ended because its agent did; what is told of it.
async fn interrupted(project: &Project, prompt: &str) -> Value {
    let id = project.begin(prompt).await;
    let turn = project.ended(&id).await;
    assert_eq!(turn["stopReason"], "interrupted", "{turn}");
    assert!(turn["text"].as_str().unwrap().starts_with("before"), "what had come is kept: {turn}");
    turn["failure"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_never_answers_initialize_fails_its_start_with_that_cause() {
    let world = world(&[(INITIALIZE, "hang"), ("GAGGLE_READY_TIMEOUT", "20s")]).await;
    let project = world.project("one").await;
    let told = project.call(Method::POST, "/activate").await.is(502);
    assert_eq!(told["code"], "agent_unresponsive", "{told}");
    let shown = project.get().await;
    assert_eq!((&shown["phase"], &shown["desiredState"]), (&"failed".into(), &"inactive".into()), "{shown}");
    assert_eq!(shown["failure"]["code"], "agent_unresponsive", "{shown}");
    assert_eq!(world.runs(&project).await, [""; 0], "nothing of it is left");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_in_mid_turn_is_passed_over() {
    let world = world(&[]).await;
    let project = world.project("one").await;
    assert_eq!(project.say("hello").await["text"], "hello");
    let relay = project.relay(world.folder()).pid;
    let turn = project.say("@say before\n@garbage\n@shell ls => a file\n@say after").await;
    assert_eq!(turn["text"], "before\n\nafter", "{turn}");
    let tool = turn["parts"].as_array().unwrap().iter().find(|part| part["type"] == "tool").unwrap();
    assert_eq!(tool["toolCall"]["output"], "a file", "{turn}");
    goes_on(&world, &project, relay).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_any_length_ends_its_turn_and_not_the_relay() {
    let world = world(&[]).await;
    let project = world.project("one").await;
    assert_eq!(project.say("hello").await["text"], "hello");
    let (relay, agent) = (project.relay(world.folder()).pid, project.goose(world.folder()).pid);
    // Longer than may be carried home: the agent is only stopped.
    let failure = interrupted(&project, "@say before\n@huge 40\n@hang").await;
    assert_eq!(failure["code"], "agent_disconnected", "{failure}");
    goes_on(&world, &project, relay).await;
    assert_eq!(project.goose(world.folder()).pid, agent);
    // Longer than is read at all.
    let failure = interrupted(&project, "@say before\n@huge 130\n@hang").await;
    assert_eq!(failure["code"], "agent_disconnected", "{failure}");
    assert!(failure["detail"].as_str().unwrap().contains("its connection broke"), "{failure}");
    goes_on(&world, &project, relay).await;
    assert_ne!(project.goose(world.folder()).pid, agent);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_of_a_kind_that_nobody_knows_is_kept_and_shown() {
    let world = world(&[]).await;
    let project = world.project("one").await;
    let turn = project.say("@say before\n@unknown weather_update\n@say after").await;
    let shown = project.reader();
    let update = shown.until("the update", |body| match body {
        EventBody::AgentUpdate { turn_id, update } if update["sessionUpdate"] == "weather_update" => {
            Some((turn_id.clone(), update.clone()))
        }
        _ => None,
    });
    let (of, update) = update.await;
    assert_eq!(of.unwrap().as_str(), turn["id"]);
    assert_eq!(update["what"], "nobody knows", "as it came");
    assert_eq!(turn["text"], "beforeafter");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_dies_in_mid_turn_is_told_with_its_exit_code_and_last_lines() {
    let world = world(&[]).await;
    let project = world.project("one").await;
    let failure = interrupted(&project, "@say before\n@log the disk is on fire\n@die 7").await;
    assert_eq!(failure["code"], "agent_disconnected", "{failure}");
    let detail = failure["detail"].as_str().unwrap();
    assert!(detail.contains("exit code 7") && detail.contains("the disk is on fire"), "{failure}");
    let relay = project.relay(world.folder()).pid;
    goes_on(&world, &project, relay).await;
    world.end().await;
}
