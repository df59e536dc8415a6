//! Approvals: answered, rejected with a comment, expired, two at once.

use crate::{
    chat::approvals::{allowed, answer, asked, rejected_with_a_comment},
    harness::World,
};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_waits_for_its_approval() {
    let world = World::new().await;
    allowed(&world).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_agent_hears_why_it_was_rejected() {
    let world = World::new().await;
    rejected_with_a_comment(&world).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_answers_is_rejected_and_ends_the_turn() {
    let world = World::new().await;
    let settings = json!({"mode": "approve", "permissionTimeout": "2s"});
    let project = world.project_with("expires", settings).await;
    let turn = project.send("@shell touch late\n@say over").await.is(200);
    assert_eq!(turn["stopReason"], "permission_timeout", "{turn}");
    let list = project.api.get(&project.path("/permissions")).await.is(200);
    assert_eq!(list["items"][0]["state"], "expired", "{list}");
    assert!(!world.workspace(&project).join("late").exists());
    // It does not stand in the way of what comes next.
    let next = project.post("/messages", json!({"text": "@say here", "mode": "auto"})).await.is(200);
    assert_eq!((next["text"].as_str().unwrap().trim(), &next["stopReason"]), ("here", &json!("end_turn")));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tools_of_one_answer_are_asked_for_one_by_one() {
    let world = World::new().await;
    let project = world.project_with("two tools", json!({"mode": "approve"})).await;
    let reader = project.reader();
    let turn = project.begin("@shell touch one ;; touch two\n@say done").await;
    for (number, option) in ["reject_once", "allow_once"].into_iter().enumerate() {
        let (id, _) = asked(&reader, number + 1).await.remove(number);
        answer(&project, &id, json!({"optionId": option})).await;
    }
    assert_eq!(reader.end_of(&turn).await, "done");
    let made = |name: &str| world.workspace(&project).join(name).exists();
    assert_eq!((made("one"), made("two")), (false, true));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_at_once_are_answered_in_any_order() {
    let world = World::new().await;
    let project = world.project_with("two", json!({"mode": "approve"})).await;
    let reader = project.reader();
    let first = project.begin("@shell touch one\n@say first").await;
    asked(&reader, 1).await;
    let session = project.post("/sessions", json!({})).await.is(201)["id"].clone();
    let body = json!({"text": "@shell touch two\n@say second", "sessionId": session});
    let path = project.path("/messages");
    let second = project.api.call(Method::POST, &path, Some(body), Some("respond-async")).await.unwrap();
    let second = second.is(202)["id"].as_str().unwrap().to_owned();
    let asked = asked(&reader, 2).await;
    let pending = project.api.get(&project.path("/permissions?state=pending")).await.is(200);
    assert_eq!(pending["items"].as_array().unwrap().len(), 2, "{pending}");
    let of = |turn: &str| asked.iter().find(|(_, one)| one["turnId"] == turn).unwrap().0.clone();
    answer(&project, &of(&second), json!({"optionId": "allow_once"})).await;
    assert_eq!(reader.end_of(&second).await, "second");
    assert_eq!(project.turn(&first).await["state"], "running", "it was asked for, and not answered");
    answer(&project, &of(&first), json!({"optionId": "reject_once"})).await;
    assert_eq!(reader.end_of(&first).await, "first");
    let made = |name: &str| world.workspace(&project).join(name).exists();
    assert_eq!((made("one"), made("two")), (false, true));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_and_its_answer_survive_the_server() {
    let mut world = World::new().await;
    let project = world.project_with("killed", json!({"mode": "approve"})).await;
    let reader = project.reader();
    let turn = project.begin("@shell echo ran >> ran.txt\n@say done").await;
    let (id, _) = asked(&reader, 1).await.remove(0);
    world.replace().await;
    let pending = project.api.get(&project.path("/permissions?state=pending")).await.is(200);
    assert_eq!(pending["items"][0]["id"], id.as_str(), "{pending}");
    answer(&project, &id, json!({"optionId": "allow_once"})).await;
    world.replace().await;
    assert_eq!(reader.end_of(&turn).await, "done");
    let ran = std::fs::read_to_string(world.workspace(&project).join("ran.txt")).unwrap();
    assert_eq!(ran, "ran\n");
    // It was answered, and once.
    let again = project.post(&format!("/permissions/{id}"), json!({"optionId": "reject_once"})).await;
    assert_eq!(again.is(409)["code"], "permission_already_answered");
    world.end().await;
}
