//! The server is killed in mid-turn, again and again.

use crate::harness::{Reader, World};
use gaggle_shared::EventBody;
use gaggle_testkit::model::words;
use std::{collections::BTreeSet, fs};

/// In all.
const KILLS: usize = 50;
/// In one turn.
const PER_TURN: usize = 10;
/// Of an answer: at the last but one the model waits until the killing is over.
const WORDS: usize = 300;

/// Waits for the moment of this kill: at once after the acknowledgement, at the tool's call, and then ever further
/// into the text.
async fn moment(reader: &Reader, turn: &str, kill: usize) {
    match kill {
        0 => {}
        1 => {
            reader
                .once("a tool's call", |events| {
                    let called = |body: &EventBody| match body {
                        EventBody::ToolCall { turn_id, .. } => turn_id.as_str() == turn,
                        _ => false,
                    };
                    events.iter().any(|event| called(&event.body)).then_some(())
                })
                .await;
        }
        later => reader.words(turn, (later - 1) * WORDS / PER_TURN).await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_lose_no_word_and_run_no_tool_twice() {
    let mut world = World::new().await;
    let project = world.project("killed").await;
    let reader = project.reader();
    let mut relays = BTreeSet::new();
    for number in 0..KILLS / PER_TURN {
        let text = format!(
            "@shell sleep 0.2; echo turn {number} >> ran.txt\n@words {WORDS} delay=10 hold={}",
            WORDS - 1
        );
        let turn = project.begin(&text).await;
        for kill in 0..PER_TURN {
            moment(&reader, &turn, kill).await;
            world.replace().await;
        }
        relays.insert(project.relay(world.folder()).pid);
        assert_eq!(project.turn(&turn).await["state"], "running");
        world.model.release();
        assert_eq!(reader.end_of(&turn).await, words(WORDS), "as the reader saw it");
        let ended = project.ended(&turn).await;
        assert_eq!(ended["text"].as_str().unwrap().trim(), words(WORDS), "as it is kept");
        assert_eq!(ended["stopReason"], "end_turn");
        let calls = ended["parts"].as_array().unwrap().iter().filter(|part| part["type"] == "tool");
        assert_eq!(calls.count(), 1, "{ended}");
    }
    assert_eq!(relays.len(), 1, "the agent went on all the time");
    let ran: String = (0..KILLS / PER_TURN).map(|number| format!("turn {number}\n")).collect();
    assert_eq!(fs::read_to_string(world.workspace(&project).join("ran.txt")).unwrap(), ran);
    // One who reads from the beginning now sees each turn once, and begun once.
    let later = project.reader();
    let last = reader.cursor();
    later.once("all of it", |events| (events.last()?.seq >= last).then_some(())).await;
    let started = |event: &&gaggle_shared::Event| matches!(event.body, EventBody::TurnStarted { .. });
    assert_eq!(later.events().iter().filter(started).count(), KILLS / PER_TURN);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_is_kept_whatever_comes_right_after() {
    let mut world = World::new().await;
    let project = world.project("kept").await;
    let turn = project.begin("@say kept").await;
    world.replace().await;
    assert_eq!(project.ended(&turn).await["text"].as_str().unwrap().trim(), "kept");
    let made = world.project("made").await;
    world.replace().await;
    assert_eq!(made.get().await["name"], "made");
    let receipt = made.call(reqwest::Method::DELETE, "").await.is(200);
    world.replace().await;
    assert_eq!(made.call(reqwest::Method::DELETE, "").await.is(200), receipt, "the same receipt");
    made.call(reqwest::Method::GET, "").await.is(404);
    world.end().await;
}
