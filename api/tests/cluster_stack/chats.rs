//! What people do in a chat, and what can go wrong in one, with the agent in a pod.

use crate::{
    chat::{
        approvals::{allowed, rejected_with_a_comment},
        deaths::{Victim, in_mid_turn},
        turns::{cancelled, deactivated, queued, steered},
    },
    client::Acp,
    harness::{World, until},
};
use k8s_openapi::api::core::v1::Secret;
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approvals_cancels_steering_and_waiting_are_in_a_pod_as_they_are_elsewhere() {
    let world = World::new().await;
    allowed(&world).await;
    rejected_with_a_comment(&world).await;
    cancelled(&world).await;
    steered(&world).await;
    queued(&world).await;
    deactivated(&world).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goose_or_the_container_dies_in_mid_turn_and_the_next_remembers() {
    let world = World::new().await;
    in_mid_turn(&world, Victim::Goose).await;
    in_mid_turn(&world, Victim::Relay).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_acp_client_chats_at_the_agents_own_port_with_the_projects_key() {
    let world = World::new().await;
    let project = world.project("editor").await;
    project.activate().await;
    let ip = until("the pod's address", || async { project.pods().await.pop()?.status?.pod_ip }).await;
    let address = SocketAddr::new(ip.parse::<IpAddr>().unwrap(), 3001);
    let refused = Acp::connect(address, "/acp", &[]).await.map(drop);
    assert_eq!(refused.unwrap_err().0, 401, "without the key");

    let name = format!("proj-{}-launch", project.id);
    let launch: Secret = until("the Secret", || world.cluster.get(&project.namespace, &name)).await;
    let launch: Value = serde_json::from_slice(&launch.data.unwrap()["launch.json"].0).unwrap();
    let key = format!("Bearer {}", launch["acpKey"].as_str().unwrap());
    let mut client = Acp::greeted(address, "/acp", &[("authorization", &key)]).await;
    let session = client.session().await;
    let prompt = client.prompt(&session, "@shell echo made > made; cat made\n@say done").await;
    assert_eq!(client.end_of(prompt).await.unwrap()["stopReason"], "end_turn");
    assert!(world.has(&project, "made").await);
    assert_eq!(client.said(&session, "agent_message_chunk").trim(), "done");
    // It is a turn like any other.
    let turns = project.api.get(&project.path("/turns?limit=1")).await.is(200);
    assert_eq!(turns["items"][0]["text"].as_str().unwrap().trim(), "done", "{turns}");
    project.delete().await;
    world.end().await;
}
