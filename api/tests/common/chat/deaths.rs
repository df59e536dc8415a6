use crate::harness::{Project, World};
use gaggle_shared::EventBody;
use gaggle_testkit::model::words;
use serde_json::json;

/// Who dies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Victim {
    Goose,
    /// And Goose with it.
    Relay,
}

/// Kills it in the middle of a turn: the turn is interrupted with what had arrived, and the agent that comes next
/// remembers.
pub(crate) async fn in_mid_turn(world: &World, victim: Victim) -> Project {
    let project = world.project(&format!("{victim:?} dies")).await;
    let reader = project.reader();
    let word = format!("@say the word is heron and {victim:?} dies");
    project.say(&word).await;
    let waiting = project.waiting("@words 100 hold=40");
    let turn = reader
        .once("the second turn", |events| {
            let mut started = events.iter().filter_map(|event| match &event.body {
                EventBody::TurnStarted { turn } => Some(turn.id.to_string()),
                _ => None,
            });
            started.nth(1)
        })
        .await;
    reader.words(&turn, 40).await;
    match victim {
        Victim::Goose => world.kill_goose(&project).await,
        Victim::Relay => world.kill_relay(&project).await,
    }
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
    assert!(
        last.body["messages"].to_string().contains(&word[5..]),
        "it remembers: {}",
        last.body["messages"]
    );
    project
}
