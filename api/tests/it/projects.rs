use crate::world::{World, request};
use axum::body::Body;
use gaggle_core::port::Clock as _;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_project_lives_from_create_to_receipt() {
    let world = World::new().await;
    let made = world
        .post("/api/users/alice/projects", json!({ "name": "a", "settings": { "mode": "auto" } }))
        .await
        .ok(201);
    let path = made.header("location").to_owned();
    assert_eq!(made.json()["phase"], "inactive");
    assert!(world.runtime.calls().is_empty() || world.runtime.running().is_empty(), "nothing starts");
    assert_eq!(world.get(&path).await.ok(200).json(), made.json());

    let awake = world.post(&format!("{path}/activate"), json!({})).await.ok(200).json();
    assert_eq!((&awake["phase"], &awake["desiredState"]), (&json!("active"), &json!("active")));
    // No body and no content type will do where there is nothing to say.
    let asleep =
        world.send(request("POST", &format!("{path}/deactivate")).body(Body::empty()).unwrap()).await.ok(200);
    assert_eq!(asleep.json()["phase"], "inactive");

    let changed = world
        .call("PATCH", &path, &json!({ "name": "b", "settings": { "mode": null } }))
        .await
        .ok(200)
        .json();
    assert_eq!((&changed["name"], changed["settings"].get("mode")), (&json!("b"), None));

    let receipt = world.call("DELETE", &path, &json!({})).await.ok(200).json();
    assert_eq!(receipt["projectId"], made.json()["id"]);
    assert_eq!(receipt["remaining"], json!([]));
    assert_eq!(world.call("DELETE", &path, &json!({})).await.ok(200).json(), receipt);
    world.get(&path).await.problem(404, "project_not_found");
    // For a day it is said why nothing can be written; reads find nothing.
    for (method, below, body) in [
        ("PATCH", "", json!({ "name": "c" })),
        ("POST", "/activate", json!({})),
        ("POST", "/deactivate", json!({})),
        ("POST", "/messages", json!({ "text": "hi" })),
        ("POST", "/steer", json!({ "text": "hi" })),
        ("POST", "/cancel", json!({})),
        ("POST", "/sessions", json!({ "title": "x" })),
        ("POST", "/permissions/a1", json!({ "optionId": "allow_once" })),
        ("PATCH", "/turns/t1", json!({ "text": "x" })),
        ("DELETE", "/turns/t1", json!({})),
    ] {
        let refused = world.call(method, &format!("{path}{below}"), &body).await;
        assert_eq!(refused.json_code(), "project_deleting", "{method} {below}: {}", refused.text);
        refused.problem(409, "project_deleting");
    }
    world.get(&format!("{path}/messages")).await.problem(404, "project_not_found");
}

#[tokio::test]
async fn respond_async_answers_at_once() {
    let world = World::new().await;
    let path = world.project("a").await;
    world.runtime.hold();
    for prefer in ["respond-async", "wait=0"] {
        let wish = request("POST", &format!("{path}/activate"))
            .header("prefer", prefer)
            .body(Body::empty())
            .unwrap();
        let answer = world.send(wish).await.ok(202);
        assert_eq!(answer.header("preference-applied"), "respond-async");
        assert_eq!(answer.json()["desiredState"], "active");
    }
    let wish = request("POST", &format!("{path}/messages")).header("prefer", "respond-async");
    let wish = wish.header("content-type", "application/json").body(r#"{"text":"hi"}"#.into()).unwrap();
    let turn = world.send(wish).await.ok(202).json();
    assert_eq!(turn["state"], "queued");
    world.runtime.release();
    let waits =
        request("GET", &format!("{path}/turns/{}", turn["id"].as_str().unwrap())).header("prefer", "wait=60");
    assert_eq!(world.send(waits.body(Body::empty()).unwrap()).await.ok(200).json()["state"], "ended");
}

#[tokio::test]
async fn who_waits_for_so_long_is_answered_then() {
    let world = World::new().await;
    let path = world.project("a").await;
    world.runtime.hold();
    let wish = request("POST", &format!("{path}/activate")).header("prefer", "wait=5");
    let begun = world.clock.now();
    let until = gaggle_shared::Time::from_millisecond(begun.as_millisecond() + 5_000).unwrap();
    let mut answer = std::pin::pin!(world.send(wish.body(Body::empty()).unwrap()));
    tokio::select! {
        early = &mut answer => panic!("it did not wait: {}", early.text),
        _ = world.clock.asleep(until..=until) => {}
    }
    world.clock.advance(Duration::from_millis(4_999));
    for _ in 0..100 {
        let early =
            std::future::poll_fn(|context| std::task::Poll::Ready(answer.as_mut().poll(context).is_ready()));
        assert!(!early.await, "it did not wait for all of it");
        tokio::task::yield_now().await;
    }
    world.clock.advance(Duration::from_millis(1));
    let answer = answer.await.ok(202);
    assert_eq!(answer.header("preference-applied"), "wait=5");
    assert_eq!(answer.json()["phase"], "activating");
    // What is over sooner is answered sooner.
    world.runtime.release();
    let wish = request("POST", &format!("{path}/activate")).header("prefer", "wait=5");
    let awake = world.send(wish.body(Body::empty()).unwrap()).await.ok(200).json();
    assert_eq!(awake["phase"], "active");
}

#[tokio::test]
async fn pages_of_projects_join() {
    let world = World::new().await;
    for n in 0..7 {
        world.project(&format!("n{n}")).await;
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("/api/users/alice/projects?limit=3{cursor}")).await.ok(200).json();
        names
            .extend(page["items"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    names.sort();
    assert_eq!(names, ["n0", "n1", "n2", "n3", "n4", "n5", "n6"]);
    let named = world.get("/api/users/alice/projects?name=n3&phase=inactive").await.json();
    assert_eq!(named["items"].as_array().unwrap().len(), 1);
    assert!(
        world.get("/api/users/alice/projects?phase=active").await.json()["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}
