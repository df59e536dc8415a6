//! Other clients, over ACP, with the real Goose behind.

use crate::{
    client::Acp,
    harness::{Project, World},
};
use serde_json::{Value, json};

async fn connected(world: &mut World, project: &Project) -> Acp {
    let address = world.server().address;
    Acp::greeted(address, &project.path("/acp"), &[]).await
}

fn load(session: &str) -> Value {
    json!({"sessionId": session, "cwd": "/home/me/code", "mcpServers": []})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prompt_wakes_a_sleeping_project_and_streams() {
    let mut world = World::new().await;
    let project = world.project("asleep").await;
    let mut client = connected(&mut world, &project).await;
    let session = client.session().await;
    assert_eq!(project.get().await["phase"], "inactive");
    let prompt = client.prompt(&session, "@say one two three").await;
    assert_eq!(client.end_of(prompt).await.unwrap()["stopReason"], "end_turn");
    assert_eq!(client.said(&session, "agent_message_chunk").trim(), "one two three");
    assert_eq!(project.get().await["phase"], "active");
    let listed = client.call("session/list", json!({})).await.unwrap();
    let ids: Vec<&str> =
        listed["sessions"].as_array().unwrap().iter().map(|one| one["sessionId"].as_str().unwrap()).collect();
    assert!(ids.contains(&session.as_str()), "{listed}");
    // Put to sleep, the next prompt in the same session wakes it again.
    project.post("/deactivate", json!({})).await.is(200);
    let prompt = client.prompt(&session, "@say again").await;
    assert_eq!(client.end_of(prompt).await.unwrap()["stopReason"], "end_turn");
    assert!(client.said(&session, "agent_message_chunk").trim().ends_with("again"));
    client.call("session/delete", json!({"sessionId": session})).await.unwrap();
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_is_approved_by_the_client() {
    let mut world = World::new().await;
    let project = world.project_with("asks", json!({"mode": "approve"})).await;
    let mut client = connected(&mut world, &project).await;
    let session = client.session().await;
    let prompt = client.prompt(&session, "@shell echo made > made; cat made\n@say done").await;
    let asked = client.asked().await;
    let options: Vec<&str> = asked["params"]["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|option| option["optionId"].as_str().unwrap())
        .collect();
    assert_eq!(options, ["allow_always", "allow_once", "reject_once", "reject_always"]);
    assert!(!world.workspace(&project).join("made").exists());
    client.choose(&asked, "allow_once").await;
    assert_eq!(client.end_of(prompt).await.unwrap()["stopReason"], "end_turn");
    assert!(world.workspace(&project).join("made").exists());
    assert_eq!(client.said(&session, "agent_message_chunk").trim(), "done");
    let id = client.of("tool_call")[0]["toolCallId"].clone();
    let last =
        client.of("tool_call_update").into_iter().rfind(|update| update["status"] == "completed").unwrap();
    assert_eq!(last["toolCallId"], id);
    let told = client
        .updates
        .iter()
        .any(|(_, update)| update["toolCallId"] == id && update["content"].to_string().contains("made"));
    assert!(told, "its output is told: {:#?}", client.updates);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_ends_the_turn() {
    let mut world = World::new().await;
    let project = world.project("cancels").await;
    let mut client = connected(&mut world, &project).await;
    let session = client.session().await;
    let prompt = client.prompt(&session, "@shell echo begun; sleep 600\n@say never").await;
    client.until("the tool's begin", |one| !one.of("tool_call").is_empty()).await;
    client.notify("session/cancel", json!({"sessionId": session})).await;
    assert_eq!(client.end_of(prompt).await.unwrap()["stopReason"], "cancelled");
    let prompt = client.prompt(&session, "@say next").await;
    assert_eq!(client.end_of(prompt).await.unwrap()["stopReason"], "end_turn");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_in_mid_turn_finds_the_whole_answer() {
    let mut world = World::new().await;
    let project = world.project("hangs-up").await;
    let mut client = connected(&mut world, &project).await;
    let session = client.session().await;
    client.prompt(&session, "@shell sleep 1; touch worked\n@say the whole answer").await;
    client.until("the tool's begin", |one| !one.of("tool_call").is_empty()).await;
    drop(client);
    let mut client = connected(&mut world, &project).await;
    client.call("session/load", load(&session)).await.unwrap();
    client.until("the rest", |one| one.said(&session, "agent_message_chunk").contains("whole answer")).await;
    let turns = project.api.get(&project.path("/turns?limit=1")).await.is(200);
    let turn = project.ended(turns["items"][0]["id"].as_str().unwrap()).await;
    assert_eq!(turn["stopReason"], "end_turn");
    assert!(world.workspace(&project).join("worked").exists());
    // Whoever loads it later hears the same, once.
    let mut later = connected(&mut world, &project).await;
    later.call("session/load", load(&session)).await.unwrap();
    assert_eq!(later.said(&session, "agent_message_chunk").trim(), "the whole answer");
    assert_eq!(later.of("tool_call").len(), 1);
    world.end().await;
}
