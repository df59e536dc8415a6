//! Goose or its relay dies in mid-turn.

use crate::harness::{Marked, Project, World};
use gaggle_testkit::model::words;
use serde_json::json;

/// Kills what `victim` finds in the middle of a turn: the turn is interrupted with what had arrived, and the agent
/// that comes next remembers.
async fn dies(victim: impl Fn(&World, &Project) -> Marked) {
    let world = World::new().await;
    let project = world.project("dies").await;
    let reader = project.reader();
    project.say("@say the word is heron").await;
    let waiting = project.waiting("@words 100 hold=40");
    let turn = reader
        .once("the second turn", |events| {
            let mut started = events.iter().filter_map(|event| match &event.body {
                gaggle_shared::EventBody::TurnStarted { turn } => Some(turn.id.to_string()),
                _ => None,
            });
            started.nth(1)
        })
        .await;
    reader.words(&turn, 40).await;
    victim(&world, &project).kill();
    let problem = waiting.await.unwrap().unwrap().is(502);
    assert_eq!((&problem["code"], &problem["turnId"]), (&json!("agent_disconnected"), &json!(turn)));
    assert_eq!(reader.end_of(&turn).await, words(40));
    let ended = project.ended(&turn).await;
    assert_eq!(
        (&ended["stopReason"], ended["text"].as_str().unwrap().trim()),
        (&json!("interrupted"), words(40).as_str())
    );
    assert_eq!(project.say("@say here again").await["text"].as_str().unwrap().trim(), "here again");
    let last = world.model.requests().into_iter().rfind(|seen| seen.prompt == "@say here again").unwrap();
    assert!(last.body["messages"].to_string().contains("heron"), "it remembers: {}", last.body["messages"]);
    let (relay, goose) = (project.relay(world.folder()), project.goose(world.folder()));
    assert_ne!(relay.pid, goose.pid);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goose_dies_in_mid_turn() {
    dies(|world, project| project.goose(world.folder())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_relay_dies_in_mid_turn() {
    dies(|world, project| project.relay(world.folder())).await;
}
