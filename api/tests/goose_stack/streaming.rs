//! Answers as they come, tools that write, and readers that go and come back.

use crate::harness::{Reader, World, text_of};
use gaggle_shared::{EventBody, OutputStream};
use gaggle_testkit::model::words;
use serde_json::json;
use std::fs;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_arrives_whole_while_it_is_made() {
    let world = World::new().await;
    let project = world.project("long").await;
    let reader = project.reader();
    let turn = project.begin("@words 3000 hold=1000").await;
    reader.words(&turn, 1000).await;
    assert_eq!(project.turn(&turn).await["state"], "running", "they are shown before the turn ends");
    world.model.release();
    assert_eq!(reader.end_of(&turn).await, words(3000));
    let ended = project.ended(&turn).await;
    assert_eq!(ended["text"].as_str().unwrap().trim(), words(3000));
    assert_eq!((&ended["stopReason"], &ended["failure"]), (&json!("end_turn"), &json!(null)));
    assert!(ended["usage"]["totalTokens"].as_u64().unwrap() > 0, "{ended}");
    // Who comes later reads the same, from pieces that are joined by now.
    let later = project.reader();
    assert_eq!(later.end_of(&turn).await, words(3000));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_writes_into_the_workspace_and_shows_its_output_live() {
    let world = World::new().await;
    let project = world.project("tools").await;
    let reader = project.reader();
    let gate = world.folder().join("gate");
    let text = format!(
        "@shell echo first; until [ -e {} ]; do sleep 0.05; done; echo second | tee made.txt\n@say done",
        gate.display()
    );
    let turn = project.begin(&text).await;
    reader
        .until("live output", |body| match body {
            EventBody::ToolOutput { stream: OutputStream::Stdout, text, .. } => {
                text.contains("first").then_some(())
            }
            _ => None,
        })
        .await;
    fs::write(gate, "").unwrap();
    assert_eq!(reader.end_of(&turn).await, "done");
    let ended = project.ended(&turn).await;
    let call = &ended["parts"][0]["toolCall"];
    assert_eq!((&call["status"], &call["exitCode"]), (&json!("completed"), &json!(0)), "{ended}");
    assert_eq!(call["output"].as_str().unwrap().trim(), "first\nsecond", "{ended}");
    assert_eq!(fs::read_to_string(world.workspace(&project).join("made.txt")).unwrap(), "second\n");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_left_in_mid_turn_goes_on_where_it_was() {
    let world = World::new().await;
    let project = world.project("reader").await;
    let reader = project.reader();
    let turn = project.begin("@words 200 hold=60").await;
    reader.words(&turn, 60).await;
    let (mut events, cursor) = (reader.events(), reader.cursor());
    drop(reader);
    world.model.release();
    // Nobody reads, and the turn ends all the same.
    assert_eq!(project.ended(&turn).await["stopReason"], "end_turn");
    let back = Reader::start(project.clone(), cursor);
    back.once("the end", |events| {
        events.iter().any(|event| matches!(event.body, EventBody::TurnEnded { .. })).then_some(())
    })
    .await;
    events.extend(back.events());
    assert_eq!(text_of(&events, &turn), words(200));
    world.end().await;
}
