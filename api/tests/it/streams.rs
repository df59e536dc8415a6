use crate::world::{World, request};
use axum::body::Body;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_journal_is_read_live_resumed_and_paged_without_gap_or_double() {
    let world = World::new().await;
    let path = world.project("a").await;
    let open = |after: &str| request("GET", &format!("{path}/events{after}"));
    let mut live = world.stream(open("").body(Body::empty()).unwrap()).await;
    assert!(live.block().await.unwrap().starts_with("retry: "), "the head is sent before any event");
    world.post(&format!("{path}/messages"), json!({ "text": "hi" })).await.ok(200);
    let seen = live.until("turn.ended").await;
    let seqs: Vec<u64> = seen.iter().map(|(id, _, _)| id.parse().unwrap()).collect();
    assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");

    let middle = seqs[seqs.len() / 2];
    let resumed = open("?after=0").header("last-event-id", middle.to_string()).body(Body::empty()).unwrap();
    let rest = world.stream(resumed).await.until("turn.ended").await;
    let rest: Vec<u64> = rest.iter().map(|(id, _, _)| id.parse().unwrap()).collect();
    assert!(rest.iter().all(|seq| *seq > middle), "{rest:?}");
    assert_eq!(rest.last(), seqs.last());

    let (mut paged, mut after) = (Vec::new(), 0);
    loop {
        let page = open(&format!("?after={after}&limit=2")).header("accept", "application/json");
        let page = world.send(page.body(Body::empty()).unwrap()).await.ok(200).json();
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            break;
        }
        paged.extend(items.iter().map(|item| item["type"].as_str().unwrap().to_owned()));
        after = page["lastSeq"].as_u64().unwrap();
    }
    assert_eq!(paged.last().map(String::as_str), Some("turn.ended"));
    let only = world
        .stream(open("?types=turn.ended,usage").body(Body::empty()).unwrap())
        .await
        .next()
        .await
        .unwrap();
    assert_eq!(only.1, "turn.ended");
}

#[tokio::test]
async fn one_turns_events_are_read_alone_as_a_page_and_as_a_stream() {
    let world = World::new().await;
    let path = world.project("a").await;
    let mut turns = Vec::new();
    for text in ["one", "two", "three"] {
        let turn = world.post(&format!("{path}/messages"), json!({ "text": text })).await.ok(200).json();
        turns.push(turn["id"].as_str().unwrap().to_owned());
    }
    let read = |accept: &'static str| {
        let path = format!("{path}/events?after=0&limit=200&turnId={}", turns[1]);
        request("GET", &path).header("accept", accept).body(Body::empty()).unwrap()
    };
    let page = world.send(read("application/json")).await.ok(200).json();
    let mine = |event: &serde_json::Value| {
        event["turnId"] == turns[1].as_str() || event["turn"]["id"] == turns[1].as_str()
    };
    let items = page["items"].as_array().unwrap();
    assert!(items.len() >= 4 && items.iter().all(mine), "{page}");
    let said: String = items.iter().filter_map(|event| event["text"].as_str()).collect();
    assert_eq!(said, "echo: two");
    let streamed = world.stream(read("text/event-stream")).await.until("turn.ended").await;
    let seqs: Vec<String> = streamed.into_iter().map(|(id, _, _)| id).collect();
    assert_eq!(seqs, items.iter().map(|event| event["seq"].to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_quiet_stream_beats_and_ends_with_the_server() {
    let world = World::new().await;
    let path = world.project("a").await;
    let mut quiet =
        world.stream(request("GET", &format!("{path}/events?types=none")).body(Body::empty()).unwrap()).await;
    quiet.block().await.unwrap();
    for _ in 0..3 {
        assert!(quiet.block().await.unwrap().starts_with(':'));
    }
    world.app.closing.cancel();
    let rest = async { while quiet.block().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(2), rest).await.expect("the stream ends");
}

#[tokio::test]
async fn a_users_projects_are_seen_to_come_change_and_go() {
    let world = World::new().await;
    world.project("old").await;
    let mut events =
        world.stream(request("GET", "/api/users/alice/events").body(Body::empty()).unwrap()).await;
    let (_, kind, snapshot) = events.next().await.unwrap();
    assert_eq!((kind.as_str(), &snapshot["items"][0]["name"]), ("snapshot", &json!("old")));
    let path = world.project("new").await;
    let created = events.until("project.created").await.pop().unwrap().2;
    assert_eq!(created["name"], "new");
    world.call("PATCH", &path, &json!({ "name": "newer" })).await.ok(200);
    let changed = events.until("project.changed").await.pop().unwrap().2;
    assert_eq!(changed["name"], "newer");
    world.call("DELETE", &path, &json!({})).await.ok(200);
    let gone = events.until("project.deleted").await.pop().unwrap().2;
    assert_eq!((&gone["id"], &gone["name"]), (&created["id"], &json!("newer")));
    assert_eq!((&gone["phase"], &gone["desiredState"]), (&json!("deleting"), &json!("deleted")));
    // It is a Project like any other.
    let _: gaggle_shared::Project = serde_json::from_value(gone).unwrap();
}

#[tokio::test]
async fn the_log_is_text_and_follows() {
    let world = World::new().await;
    let path = world.project("a").await;
    world.post(&format!("{path}/activate"), json!({})).await.ok(200);
    let id = gaggle_shared::ProjectId::parse(path.rsplit('/').next().unwrap()).unwrap();
    for line in ["one", "two\r", "three"] {
        world.runtime.log(&id, line);
    }
    let text = world.get(&format!("{path}/logs?tail=2")).await.ok(200);
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert!(text.text.ends_with("three\n") && !text.text.contains("one"), "{}", text.text);
    let follow = request("GET", &format!("{path}/logs?follow=true&tail=1")).body(Body::empty()).unwrap();
    let mut follow = world.stream(follow).await;
    follow.block().await.unwrap();
    assert_eq!(follow.block().await.unwrap(), "data: three");
}
