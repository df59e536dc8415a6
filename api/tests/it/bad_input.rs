use crate::world::{World, request};
use axum::body::Body;
use serde_json::json;

const PROJECTS: &str = "/api/users/alice/projects";

#[tokio::test]
async fn an_unknown_user_is_not_found_whatever_else_is_wrong() {
    let world = World::new().await;
    for user in ["dave", "ALICE", "..%2f", "%00", "alice%20", "%ff", "%F0%9F%A6%86"] {
        for rest in ["/projects", "/events", "/permissions", "/projects/none", "/projects/%2e%2e"] {
            let answer = world.get(&format!("/api/users/{user}{rest}")).await;
            if user != "%ff" {
                answer.problem(404, "user_not_found");
            }
            assert_eq!(answer.status.as_u16(), 404, "{user}{rest}");
        }
        let answer = world.post(&format!("/api/users/{user}/projects"), json!({ "name": "a" })).await;
        assert_eq!(answer.status.as_u16(), 404, "{user}");
    }
}

#[tokio::test]
async fn anothers_project_looks_like_none() {
    let world = World::new().await;
    let mine = world.project("mine").await;
    let theirs = mine.replace("alice", "bob");
    let mut missing = world.get("/api/users/bob/projects/p0000").await.problem(404, "project_not_found");
    let mut malformed =
        world.get("/api/users/bob/projects/..%2F..%2Fetc").await.problem(404, "project_not_found");
    let mut foreign = world.get(&theirs).await.problem(404, "project_not_found");
    for problem in [&mut missing, &mut malformed, &mut foreign] {
        problem["requestId"] = json!(null);
    }
    assert_eq!(missing, foreign);
    assert_eq!(missing, malformed);
    for rest in
        ["/messages", "/turns", "/sessions", "/permissions", "/events", "/logs", "/manifests", "/turns/t1"]
    {
        world.get(&format!("{theirs}{rest}")).await.problem(404, "project_not_found");
    }
    for rest in ["/activate", "/deactivate", "/cancel"] {
        world.post(&format!("{theirs}{rest}"), json!({})).await.problem(404, "project_not_found");
    }
    world
        .post(&format!("{theirs}/messages"), json!({ "text": "hi" }))
        .await
        .problem(404, "project_not_found");
    world.call("PATCH", &theirs, &json!({ "name": "x" })).await.problem(404, "project_not_found");
    world.call("DELETE", &theirs, &json!({})).await.problem(404, "project_not_found");
    world.get(&mine).await.ok(200);
}

#[tokio::test]
async fn names_that_may_be_are_kept_and_others_refused_with_the_rule() {
    let world = World::new().await;
    for name in ["🦆 emoji 🦆", "../", "ä", "a\"b<c>", "null", "; drop", &"x".repeat(100)] {
        let project = world.project(name).await;
        assert_eq!(world.get(&project).await.json()["name"], name);
    }
    for name in ["", "   ", "a\nb", "a\u{0}b", "a\u{202e}b", &"x".repeat(101), &"ä".repeat(300)] {
        let problem = world.post(PROJECTS, json!({ "name": name })).await.problem(422, "invalid_request");
        assert!(problem["detail"].as_str().unwrap().contains("1 to 100 characters"), "{problem}");
    }
    assert_eq!(world.post(PROJECTS, json!({ "name": "  trimmed " })).await.json()["name"], "trimmed");
    world.post(PROJECTS, json!({ "name": "trimmed" })).await.problem(409, "project_name_taken");
    world.post("/api/users/bob/projects", json!({ "name": "trimmed" })).await.ok(201);
}

#[tokio::test]
async fn bodies_that_are_no_json_or_break_a_rule() {
    let world = World::new().await;
    let project = world.project("a").await;
    let post = async |path: &str, kind: &str, body: &str| {
        world
            .send(request("POST", path).header("content-type", kind).body(body.to_owned().into()).unwrap())
            .await
    };
    for body in ["", "{", "name=a", "{\"name\":\"a\"}}", "\u{feff}{}", "{'name':'a'}"] {
        post(PROJECTS, "application/json", body).await.problem(400, "invalid_request");
    }
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(post(PROJECTS, "application/json", &deep).await.status.is_client_error());
    for (path, body, part) in [
        (PROJECTS.to_owned(), json!({}), "name"),
        (PROJECTS.to_owned(), json!({ "name": 7 }), "name"),
        (PROJECTS.to_owned(), json!({ "name": ["a"] }), "name"),
        (PROJECTS.to_owned(), json!({ "name": "b", "colour": "red" }), "colour"),
        (PROJECTS.to_owned(), json!({ "name": "b", "settings": { "idleTimeout": "soon" } }), "idleTimeout"),
        (PROJECTS.to_owned(), json!({ "name": "b", "settings": { "mode": "yolo" } }), "mode"),
        (PROJECTS.to_owned(), json!([]), ""),
        (format!("{project}/messages"), json!({ "text": 7 }), "text"),
        (format!("{project}/messages"), json!({ "text": "hi", "sessionId": "../" }), "sessionId"),
        (format!("{project}/messages"), json!({ "text": "hi", "mode": "x" }), "mode"),
        (format!("{project}/activate"), json!({ "now": true }), "now"),
        (format!("{project}/sessions"), json!({ "title": 7 }), "title"),
        (format!("{project}/permissions/x"), json!({ "optionId": 1 }), "optionId"),
    ] {
        let problem = world.post(&path, body.clone()).await.problem(422, "invalid_request");
        assert!(problem["detail"].as_str().unwrap().contains(part), "{path} {body}: {problem}");
    }
    for text in ["", "   \n"] {
        world
            .post(&format!("{project}/messages"), json!({ "text": text }))
            .await
            .problem(422, "invalid_request");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let problem = post(PROJECTS, kind, "{\"name\":\"b\"}").await.problem(415, "unsupported_media_type");
        assert!(problem["hint"].as_str().unwrap().contains("Content-Type: application/json"));
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON"] {
        post(PROJECTS, kind, &format!("{{\"name\":{kind:?}}}")).await.ok(201);
    }
}

#[tokio::test]
async fn two_mebibytes_are_too_much() {
    let world = World::new().await;
    let project = world.project("a").await;
    let big = json!({ "text": "x".repeat(2 * 1024 * 1024) });
    world.post(&format!("{project}/messages"), big.clone()).await.problem(413, "payload_too_large");
    // Without a length that says so beforehand.
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>(big.to_string())]);
    let streamed = request("POST", &format!("{project}/messages")).header("content-type", "application/json");
    let answer = world.send(streamed.body(Body::from_stream(chunks)).unwrap()).await;
    answer.problem(413, "payload_too_large");
}

#[tokio::test]
async fn queries_and_headers_that_cannot_be() {
    let world = World::new().await;
    let project = world.project("a").await;
    for query in [
        "?limit=0",
        "?limit=201",
        "?limit=-1",
        "?limit=many",
        "?cursor=../x",
        "?phase=happy",
        "?colour=red",
        "?cursor=A%20B",
    ] {
        world.get(&format!("{PROJECTS}{query}")).await.problem(422, "invalid_request");
    }
    for path in [
        "/turns?cursor=../",
        "/messages?before=%00",
        "/events?after=-1",
        "/events?after=x",
        "/logs?tail=x",
        "/logs?tail=99999999",
        "/logs?follow=maybe",
        "/permissions?state=lost",
        "/sessions?limit=1000",
    ] {
        world.get(&format!("{project}{path}")).await.problem(422, "invalid_request");
    }
    for id in ["x", "-1", "99999999999999999999999", "1 2"] {
        let request = request("GET", &format!("{project}/events")).header("last-event-id", id);
        world.send(request.body(Body::empty()).unwrap()).await.problem(400, "invalid_request");
    }
    for prefer in ["wait=soon", "wait=-1", "wait="] {
        let request = request("POST", &format!("{project}/activate")).header("prefer", prefer);
        world.send(request.body(Body::empty()).unwrap()).await.problem(400, "invalid_request");
    }
    for key in ["", "a b", &"k".repeat(256)] {
        let request = request("POST", PROJECTS)
            .header("idempotency-key", key)
            .header("content-type", "application/json");
        world.send(request.body("{\"name\":\"k\"}".into()).unwrap()).await.problem(400, "invalid_request");
    }
    assert_eq!(world.get(PROJECTS).await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_is_for_one_body() {
    let world = World::new().await;
    let post = async |body: &str| {
        let request = request("POST", PROJECTS)
            .header("idempotency-key", "k1")
            .header("content-type", "application/json");
        world.send(request.body(body.to_owned().into()).unwrap()).await
    };
    let first = post(r#"{"name":"a"}"#).await.ok(201).json();
    assert_eq!(post(r#"{"name":"a"}"#).await.ok(201).json()["id"], first["id"]);
    post(r#"{"name":"b"}"#).await.problem(422, "idempotency_key_reused");
    assert_eq!(world.get(PROJECTS).await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn addresses_and_methods_that_are_not_there() {
    let world = World::new().await;
    let project = world.project("a").await;
    for path in
        ["/api", "/api/", "/api/nothing", "/api/users/alice", "/api/users/alice/projects/", "/api/v1/users"]
    {
        world.get(path).await.problem(404, "not_found");
    }
    world.get(&format!("{project}/acp")).await.problem(426, "invalid_request");
    for (method, path) in [
        ("DELETE", PROJECTS),
        ("PUT", &project),
        ("GET", &format!("{project}/activate")),
        ("POST", "/api/info"),
    ] {
        let answer = world.call(method, path, &json!({})).await;
        answer.problem(405, "method_not_allowed");
        assert!(!answer.header("allow").is_empty(), "{method} {path}");
    }
    for id in ["t1", "..", "%20", "T"] {
        world.get(&format!("{project}/turns/{id}")).await.problem(404, "turn_not_found");
        let answer = world.call("PATCH", &format!("{project}/sessions/{id}"), &json!({ "title": "x" })).await;
        answer.problem(404, "session_not_found");
        let answer =
            world.post(&format!("{project}/permissions/{id}"), json!({ "optionId": "allow_once" })).await;
        answer.problem(404, "permission_not_found");
    }
    for path in ["messages", "turns"] {
        let answer = world.get(&format!("{project}/{path}?sessionId=s1")).await;
        answer.problem(404, "session_not_found");
    }
}
