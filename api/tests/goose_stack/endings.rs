//! SIGTERM, Ctrl-C, and a second server.

use crate::harness::{Server, World, until_none};
use gaggle_shared::EventBody;
use gaggle_testkit::model::words;
use rustix::process::Signal;
use std::fs;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_answers_what_waits_and_keeps_the_agents() {
    let mut world = World::new().await;
    let project = world.project("kept").await;
    let reader = project.reader();
    let waiting = project.waiting("@words 20 hold=10");
    world.model.held(1).await;
    let before = project.relay(world.folder());
    world.server().signal(Signal::TERM);
    world.model.release();
    let turn = waiting.await.unwrap().unwrap().is(200);
    assert_eq!(turn["text"].as_str().unwrap().trim(), words(20));
    let status = world.server().ended().await;
    assert!(status.success(), "{status}");
    assert_eq!(project.relay(world.folder()), before, "the agent goes on");
    world.forget();
    world.start().await;
    assert_eq!(reader.end_of(turn["id"].as_str().unwrap()).await, words(20));
    project.say("@say found").await;
    assert_eq!(project.relay(world.folder()), before, "and is found");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_goes_on_while_the_server_is_replaced() {
    let mut world = World::with(&[("GAGGLE_DRAIN_TIMEOUT", "1s")]).await;
    let project = world.project("replaced").await;
    let reader = project.reader();
    let turn = project.begin("@words 20 hold=10").await;
    reader.words(&turn, 10).await;
    // One that waits for longer than the server drains.
    let waiting = project.waiting("@say queued");
    reader
        .once("two wait", |events| {
            (events.iter().filter(|event| matches!(event.body, EventBody::TurnQueued { .. })).count() == 2)
                .then_some(())
        })
        .await;
    world.stop(Signal::TERM).await;
    assert!(
        waiting.await.unwrap().map_or(true, |reply| reply.status.is_server_error()),
        "it is not answered"
    );
    world.model.release();
    world.start().await;
    assert_eq!(reader.end_of(&turn).await, words(20));
    let next = reader
        .once("the queued one", |events| {
            let mut ids = events.iter().filter_map(|event| match &event.body {
                EventBody::TurnQueued { turn } => Some(turn.id.to_string()),
                _ => None,
            });
            ids.next_back()
        })
        .await;
    assert_eq!(reader.end_of(&next).await, "queued");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_ends_local_agents_and_tells_who_waits() {
    let mut world = World::new().await;
    let project = world.project("ended").await;
    let waiting = project.waiting("@words 20 hold=10");
    world.model.held(1).await;
    world.stop(Signal::INT).await;
    until_none(world.folder()).await;
    // What waited was told, or its connection ended with the server.
    if let Ok(reply) = waiting.await.unwrap() {
        assert!(!reply.status.is_success() || reply.body["stopReason"] != "end_turn", "{}", reply.body);
    }
    world.start().await;
    let turns = project.api.get(&project.path("/turns")).await.is(200);
    let ended = project.ended(turns["items"][0]["id"].as_str().unwrap()).await;
    assert!(["interrupted", "cancelled"].contains(&ended["stopReason"].as_str().unwrap()), "{ended}");
    assert_eq!(project.say("@say anew").await["text"].as_str().unwrap().trim(), "anew");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_the_data_is_refused_in_one_line() {
    let world = World::new().await;
    let project = world.project("first").await;
    let mut second = world.command();
    let told = world.folder().join("second.log");
    second.env("GAGGLE_LISTEN", "127.0.0.1:0").stderr(fs::File::create(&told).unwrap());
    let status = Server::start(second).await.expect_err("two servers have the same data");
    assert!(!status.success());
    let told = fs::read_to_string(told).unwrap();
    let lines: Vec<&str> = told.lines().filter(|line| !line.trim().is_empty()).collect();
    assert!(lines.len() <= 2 && told.contains(world.data().to_str().unwrap()), "{told}");
    // The first has noticed nothing.
    project.say("@say still here").await;
    world.end().await;
}
