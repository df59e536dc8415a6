//! The lid is closed in the middle of a turn: server, relay, Goose and its tools all stand still, and go on.

use crate::harness::{World, marked};
use gaggle_testkit::model::words;
use rustix::process::Signal;
use std::{fs, time::Duration};

/// Longer than any of them waits for a sign of life of the others.
const ASLEEP: Duration = Duration::from_secs(40);
/// Of the answer.
const WORDS: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_computer_that_sleeps_in_mid_turn_loses_and_doubles_nothing() {
    let world = World::new().await;
    let project = world.project("sleeps").await;
    let reader = project.reader();
    let text = format!("@shell echo ran >> ran.txt\n@words {WORDS} delay=10 hold={}", WORDS - 1);
    let turn = project.begin(&text).await;
    reader.words(&turn, WORDS / 4).await;
    let before = (project.relay(world.folder()).pid, project.goose(world.folder()).pid);
    let all = marked(world.folder());
    assert!(all.len() >= 3, "server, relay and Goose: {all:#?}");
    all.iter().for_each(|process| process.signal(Signal::STOP));
    // It is time itself that passes here; nothing is waited for.
    tokio::time::sleep(ASLEEP).await;
    all.iter().for_each(|process| process.signal(Signal::CONT));
    reader.words(&turn, WORDS - 1).await;
    assert_eq!(project.turn(&turn).await["state"], "running");
    world.model.release();
    assert_eq!(reader.end_of(&turn).await, words(WORDS), "as the reader saw it");
    let ended = project.ended(&turn).await;
    assert_eq!(
        (&ended["stopReason"], ended["text"].as_str().unwrap().trim()),
        (&"end_turn".into(), &*words(WORDS))
    );
    assert_eq!(fs::read_to_string(world.workspace(&project).join("ran.txt")).unwrap(), "ran\n");
    assert_eq!((project.relay(world.folder()).pid, project.goose(world.folder()).pid), before, "all went on");
    assert_eq!(project.say("@say awake").await["text"].as_str().unwrap().trim(), "awake");
    world.end().await;
}
