//! Conversations, here and with the agent: what is deleted here is forgotten there.

use crate::{
    client::Acp,
    harness::{LONG, Project, World},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, net::SocketAddr, path::Path, time::Duration};
use tokio::time::{sleep, timeout};

/// The sessions that a project's Goose lists, asked beside its relay.
async fn listed(project: &Project, folder: &Path) -> Vec<String> {
    let goose = project.goose(folder);
    let environ = fs::read(format!("/proc/{}/environ", goose.pid)).unwrap();
    let environ = String::from_utf8_lossy(&environ).into_owned();
    let key = environ.split('\0').find_map(|one| one.strip_prefix("GOOSE_SERVER__SECRET_KEY=")).unwrap();
    let words: Vec<_> = goose.command.split(' ').collect();
    let port = words.iter().position(|word| *word == "--port").map(|at| words[at + 1]).unwrap();
    let address: SocketAddr = format!("127.0.0.1:{port}").parse().unwrap();
    let mut client = Acp::connect(address, "/acp", &[("x-secret-key", key)]).await.unwrap();
    let params = json!({"protocolVersion": 1, "clientCapabilities": {}});
    client.call("initialize", params).await.unwrap();
    let list = client.call("session/list", json!({})).await.unwrap();
    let id = |one: &Value| one["sessionId"].as_str().unwrap().to_owned();
    list["sessions"].as_array().unwrap().iter().map(id).collect()
}

/// Waits until Goose lists so many.
async fn lists(project: &Project, folder: &Path, count: usize) -> Vec<String> {
    let so_many = async {
        loop {
            let all = listed(project, folder).await;
            if all.len() == count {
                return all;
            }
            // Nobody tells of it.
            sleep(Duration::from_millis(50)).await;
        }
    };
    match timeout(LONG, so_many).await {
        Ok(all) => all,
        Err(_) => panic!("Goose lists {:?}, not {count}", listed(project, folder).await),
    }
}

async fn conversation(project: &Project, text: &str) -> String {
    let session = project.post("/sessions", json!({})).await.is(201)["id"].as_str().unwrap().to_owned();
    let turn = project.post("/messages", json!({"text": text, "sessionId": session})).await.is(200);
    assert_eq!(turn["stopReason"], "end_turn", "{turn}");
    session
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_conversation_is_forgotten_by_goose_awake_and_asleep() {
    let world = World::new().await;
    let project = world.project("forget").await;
    project.say("@say kept").await;
    let (awake, asleep) = (conversation(&project, "@say a").await, conversation(&project, "@say b").await);
    let before = lists(&project, world.folder(), 3).await;
    project.call(Method::DELETE, &format!("/sessions/{awake}")).await.is(204);
    let between = lists(&project, world.folder(), 2).await;
    assert!(between.iter().all(|one| before.contains(one)));

    project.post("/deactivate", json!({})).await.is(200);
    project.call(Method::DELETE, &format!("/sessions/{asleep}")).await.is(204);
    project.say("@say awake again").await;
    lists(&project, world.folder(), 1).await;
    let messages = project.api.get(&project.path("/messages")).await.is(200);
    assert_eq!(messages["items"].as_array().unwrap().len(), 4, "{messages}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_that_waits_for_an_approval_is_ended_and_forgotten() {
    let world = World::new().await;
    let project = world.project_with("asking", json!({"mode": "approve"})).await;
    let session = project.post("/sessions", json!({})).await.is(201)["id"].as_str().unwrap().to_owned();
    let reader = project.reader();
    let body = Some(json!({"text": "@shell touch made", "sessionId": session}));
    project
        .api
        .call(Method::POST, &project.path("/messages"), body, Some("respond-async"))
        .await
        .unwrap()
        .is(202);
    reader
        .until("a question", |body| match body {
            gaggle_shared::EventBody::PermissionRequested { .. } => Some(()),
            _ => None,
        })
        .await;
    project.call(Method::DELETE, &format!("/sessions/{session}")).await.is(204);
    lists(&project, world.folder(), 0).await;
    // Nothing of it hinders what comes next, and the tool never ran.
    let other = project.post("/messages", json!({"text": "@say next"})).await.is(200);
    assert_eq!(other["text"].as_str().unwrap().trim(), "next");
    assert!(!world.workspace(&project).join("made").exists());
    world.end().await;
}
