//! `gaggle export` and `gaggle import`, with a real chat, from the embedded store to MongoDB and back.

use crate::harness::World;
use gaggle_testkit::mongo::MongoServer;
use rustix::process::Signal;
use std::{path::Path, process::Output};
use tokio::process::Command;

async fn gaggle(world: &World, words: &[&str], mongo: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gaggle"));
    command.args(words).env_clear().env("GAGGLE_DATA_DIR", world.data()).current_dir(world.folder());
    if let Some(uri) = mongo {
        command.env("MONGODB_URI", uri);
    }
    command.output().await.unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lines(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_moves_between_the_stores_and_back() {
    let mongo = MongoServer::start(&[]).await.unwrap();
    let mut world = World::new().await;
    let project = world.project("moved").await;
    project.say("@say one").await;
    let before = world.api.get(&project.path("/messages")).await.is(200);

    let refused = gaggle(&world, &["export", "a.jsonl"], None).await;
    assert!(
        !refused.status.success() && said(&refused).contains("in use by another server"),
        "{}",
        said(&refused)
    );
    world.stop(Signal::INT).await;
    let done = gaggle(&world, &["export", "a.jsonl"], None).await;
    assert!(done.status.success(), "{}", said(&done));
    let file = world.folder().join("a.jsonl");
    assert!(lines(&file)[0].starts_with(r#"{"gaggle":{"version":1,"#), "{}", lines(&file)[0]);
    let again = gaggle(&world, &["export", "a.jsonl"], None).await;
    assert!(!again.status.success() && said(&again).contains("exists"), "{}", said(&again));

    // One that is cut short is refused before anything is written.
    let all = std::fs::read_to_string(&file).unwrap();
    std::fs::write(world.folder().join("cut.jsonl"), &all[..all.len() - 30]).unwrap();
    let cut = gaggle(&world, &["import", "cut.jsonl"], Some(&mongo.uri())).await;
    assert!(!cut.status.success(), "{}", said(&cut));
    let done = gaggle(&world, &["import", "a.jsonl"], Some(&mongo.uri())).await;
    assert!(done.status.success() && said(&done).contains("stop every Gaggle"), "{}", said(&done));
    let twice = gaggle(&world, &["import", "a.jsonl"], Some(&mongo.uri())).await;
    assert!(!twice.status.success() && said(&twice).contains("--add"), "{}", said(&twice));
    let added = gaggle(&world, &["import", "--add", "a.jsonl"], Some(&mongo.uri())).await;
    assert!(added.status.success(), "what is there already is left as it is: {}", said(&added));

    // What MongoDB gives back is the same, line by line.
    let back = gaggle(&world, &["export", "b.jsonl"], Some(&mongo.uri())).await;
    assert!(back.status.success(), "{}", said(&back));
    assert_eq!(lines(&world.folder().join("b.jsonl")), lines(&file));

    world.set("MONGODB_URI", &mongo.uri());
    world.start().await;
    assert_eq!(world.api.get("/api/info").await.is(200)["store"], "mongodb");
    assert_eq!(world.api.get(&project.path("/messages")).await.is(200), before);
    assert_eq!(project.say("@say two").await["text"].as_str().unwrap().trim(), "two");
    world.end().await;
}
