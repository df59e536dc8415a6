//! The server stays away for longer than its relays have patience.

use crate::harness::{World, until_none};
use gaggle_testkit::model::words;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stays_away_too_long_finds_the_turn_interrupted() {
    let mut world = World::with(&[("GAGGLE_RELAY_PATIENCE", "2s")]).await;
    let project = world.project("away").await;
    let reader = project.reader();
    let turn = project.begin("@words 100 delay=5 hold=40").await;
    reader.words(&turn, 40).await;
    world.kill().await;
    // Relay and Goose end by themselves.
    until_none(world.folder()).await;
    world.start().await;
    let ended = project.ended(&turn).await;
    assert_eq!(ended["stopReason"], "interrupted", "{ended}");
    assert_eq!(ended["failure"]["code"], "server_was_away", "{ended}");
    let said = ended["text"].as_str().unwrap().trim();
    assert!(said.len() > 40 && words(40).starts_with(said), "what had arrived: {said}");
    assert_eq!(project.say("@say back").await["text"].as_str().unwrap().trim(), "back");
    world.end().await;
}
