//! What comes with a message, over HTTP.

use crate::world::World;
use serde_json::json;

const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

#[tokio::test]
async fn what_came_with_a_message_is_told_and_can_be_read() {
    let world = World::new().await;
    let path = world.project("a").await;
    let body = json!({"text": "look", "attachments": [
        {"name": "dot.png", "mimeType": "image/png", "data": PNG},
        {"name": "page.html", "mimeType": "text/html", "text": "<script>alert(1)</script>"}]});
    let turn = world.post(&format!("{path}/messages"), body).await.ok(200).json();
    let told = json!([{"name": "dot.png", "mimeType": "image/png", "size": 70},
        {"name": "page.html", "mimeType": "text/html", "size": 25}]);
    assert_eq!(turn["attachments"], told);
    let messages = world.get(&format!("{path}/messages")).await.ok(200).json();
    assert_eq!(messages["items"][0]["attachments"], told);
    assert_eq!(messages["items"][1].get("attachments"), None);
    let all = format!("{path}/turns/{}/attachments", turn["id"].as_str().unwrap());
    let image = world.get(&format!("{all}/0")).await.ok(200);
    assert_eq!(image.header("content-type"), "image/png");
    let page = world.get(&format!("{all}/1")).await.ok(200);
    assert_eq!(page.text, "<script>alert(1)</script>");
    assert_eq!(page.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    for missing in ["2", "x", "-1"] {
        world.get(&format!("{all}/{missing}")).await.problem(404, "turn_not_found");
    }
}

#[tokio::test]
async fn what_is_too_much_or_not_what_it_says_is_refused() {
    let world = World::new().await;
    let path = world.project("a").await;
    let of = |one: serde_json::Value| json!({"text": "look", "attachments": [one]});
    let messages = format!("{path}/messages");
    let large = of(json!({"name": "a", "mimeType": "text/plain", "text": "x".repeat(970 * 1024)}));
    let problem = world.post(&messages, large).await.problem(422, "invalid_request");
    assert!(problem["detail"].as_str().unwrap().contains("960 KiB"), "{problem}");
    let huge = of(json!({"name": "a", "mimeType": "text/plain", "text": "x".repeat(1100 * 1024)}));
    world.post(&messages, huge).await.problem(413, "payload_too_large");
    let svg = of(json!({"name": "a.svg", "mimeType": "image/svg+xml", "data": "PHN2Zz4="}));
    let problem = world.post(&messages, svg).await.problem(422, "invalid_request");
    assert!(problem["detail"].as_str().unwrap().starts_with("attachments[0].mimeType"), "{problem}");
    world.post(&messages, of(json!({"name": "a", "mime": "x"}))).await.problem(422, "invalid_request");
    let again = json!({"text": "x", "attachmentsOf": "t0000000000000000000"});
    assert!(world.post(&messages, again).await.status.is_client_error());
    assert_eq!(world.get(&messages).await.ok(200).json()["items"], json!([]), "nothing was queued");
    let asleep = world.get(&format!("{path}/files?q=a")).await.problem(404, "not_supported_by_runtime");
    assert!(asleep["detail"].as_str().unwrap().contains("not awake"), "{asleep}");
    world.get(&format!("{path}/files?q={}", "x".repeat(201))).await.problem(422, "invalid_request");
}

#[tokio::test]
async fn files_that_only_the_relay_sees_are_told_while_the_project_is_awake() {
    let world = World::new().await;
    let path = world.project("a").await;
    world.gateway.looks_find(Ok(vec!["src/a.rs".into(), "a.txt".into()]));
    world.post(&format!("{path}/activate"), json!({})).await.ok(200);
    let found = world.get(&format!("{path}/files?q=a")).await.ok(200).json();
    assert_eq!(found, json!({"items": [{"path": "src/a.rs"}, {"path": "a.txt"}], "nextCursor": null}));
    let first = world.get(&format!("{path}/files?q=a&limit=1")).await.ok(200).json();
    assert_eq!(first["items"], json!([{"path": "src/a.rs"}]));
}
