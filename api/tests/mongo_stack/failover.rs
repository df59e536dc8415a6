//! The primary of MongoDB steps down.

use crate::harness::World;
use gaggle_testkit::{model::words, mongo::MongoServer};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::json;

/// Its next write is refused as by a server that is no primary any more. The driver then takes none until it has heard
/// of a primary again: at its next look, up to 10 s later.
async fn step_down(mongo: &MongoServer, code: i32) {
    let client = mongodb::Client::with_uri_str(mongo.uri()).await.unwrap();
    let writes = ["insert", "update", "findAndModify", "delete"];
    let data = doc! { "failCommands": writes, "errorCode": code };
    let command = doc! { "configureFailPoint": "failCommand", "mode": { "times": 1 }, "data": data };
    let _: Document = client.database("admin").run_command(command).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_steps_down_loses_no_word_and_runs_nothing_twice() {
    let mongo = MongoServer::start(&["--enable-test-commands"]).await.unwrap();
    let world = World::with(&[("MONGODB_URI", &mongo.uri())]).await;
    let project = world.project("fails over").await;
    let reader = project.reader();
    let turn = project.begin("@shell echo once >> ran.txt\n@words 300 delay=10").await;
    for (word, code) in [(20, 10107), (150, 91)] {
        reader.words(&turn, word).await;
        step_down(&mongo, code).await;
    }
    assert_eq!(reader.end_of(&turn).await, words(300), "no word is missing or doubled");
    assert_eq!(project.ended(&turn).await["text"].as_str().unwrap().trim(), words(300), "as it is kept");
    let ran = std::fs::read_to_string(world.workspace(&project).join("ran.txt")).unwrap();
    assert_eq!(ran, "once\n");

    // Who is told that it is not known asks again under the same key, and it is done once.
    let mut refused = 0;
    for code in [10107, 91] {
        step_down(&mongo, code).await;
        let text = format!("@shell echo {code} >> ran.txt\n@say done");
        loop {
            let request = project.api.request(Method::POST, &project.path("/messages"));
            let request = request.header("idempotency-key", code.to_string()).json(&json!({"text": text}));
            let answer = request.send().await.unwrap();
            match answer.status().as_u16() {
                200 => break,
                503 => refused += 1,
                other => panic!("{other}: {}", answer.text().await.unwrap()),
            }
        }
    }
    assert!(refused > 0, "nobody was told of it");
    let ran = std::fs::read_to_string(world.workspace(&project).join("ran.txt")).unwrap();
    assert_eq!(ran, "once\n10107\n91\n");
    world.end().await;
}
