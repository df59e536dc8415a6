//! Attachments, the files of a workspace, and the model of a conversation, with real Goose.

use crate::harness::World;
use reqwest::Method;
use serde_json::{Value, json};

const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goose_takes_attachments_a_model_and_its_files_are_found() {
    let world = World::new().await;
    let project = world.project("attached").await;
    let body = json!({"text": "@say seen", "attachments": [
        {"name": "dot.png", "mimeType": "image/png", "data": PNG},
        {"name": "notes.md", "mimeType": "text/markdown", "text": "The salt is in the sea."}]});
    let turn = project.post("/messages", body).await.is(200);
    assert_eq!(turn["stopReason"], "end_turn", "{turn}");
    let sessions = project.api.get(&project.path("/sessions")).await.is(200);
    let session = &sessions["items"][0];
    assert_eq!(session["accepts"], json!({"images": true, "texts": true}), "{session}");

    // One that Goose asks the way that the scripted model answers.
    let other = json!("gpt-4o-mini");
    assert_ne!(session["options"]["model"], other);
    let path = project.path(&format!("/sessions/{}", session["id"].as_str().unwrap()));
    let set = project.api.call(Method::PATCH, &path, Some(json!({"model": other})), None).await.unwrap();
    assert_eq!(set.is(200)["model"], other);
    project.say("@tool write {\"path\":\"src/found.txt\",\"content\":\"x\"}\n@say done").await;
    let model = |sessions: &Value| sessions["items"][0]["options"]["model"].clone();
    assert_eq!(model(&project.api.get(&project.path("/sessions")).await.is(200)), other);

    project.post("/deactivate", json!({})).await.is(200);
    let files = project.api.get(&project.path("/files?q=FOUND")).await.is(200);
    assert_eq!(files["items"], json!([{"path": "src/found.txt"}]), "asleep too: {files}");
    project.say("@say again").await;
    assert_eq!(model(&project.api.get(&project.path("/sessions")).await.is(200)), other);
    world.end().await;
}
