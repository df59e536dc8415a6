use crate::world::World;
use serde_json::json;

#[tokio::test]
async fn every_described_route_answers_with_something_of_its_own() {
    let world = World::new().await;
    let project = world.project("a").await;
    let id = project.rsplit('/').next().unwrap();
    let document = world.get("/api/openapi.json").await.json();
    for (path, operations) in document["paths"].as_object().unwrap() {
        if path.ends_with("/events") || path.ends_with("/logs") {
            continue;
        }
        let path = path.replace("{userId}", "alice").replace("{projectId}", id);
        let path =
            path.replace("{turnId}", "t1").replace("{sessionId}", "s1").replace("{permissionId}", "a1");
        for method in operations.as_object().unwrap().keys().filter(|method| *method != "delete") {
            let answer =
                world.call(&method.to_uppercase(), &path, &json!({ "text": "x", "unknown": 1 })).await;
            let code = answer.json_code();
            assert_ne!(code, "not_found", "{method} {path}");
            assert_ne!(code, "method_not_allowed", "{method} {path}");
            assert_ne!(code, "internal", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_server_tells_of_itself() {
    let world = World::new().await;
    let users = world.get("/api/users?limit=2").await.ok(200).json();
    assert_eq!(users["items"], json!([{ "id": "alice", "name": "Alice" }, { "id": "bob", "name": "Bob" }]));
    assert_eq!(users["nextCursor"], "bob");
    assert_eq!(world.get("/api/users?cursor=bob").await.json()["items"][0]["id"], "carol");
    let me = world.get("/api/me").await.ok(200).json();
    assert_eq!(me, json!({ "userId": null, "name": "anonymous", "may": ["*"] }));
    let info = world.get("/api/info").await.ok(200).json();
    assert_eq!(
        (&info["demo"], &info["runtime"], &info["store"]),
        (&json!(true), &json!("local"), &json!("embedded"))
    );
    let defaults = json!({ "mode": "smart_approve", "idleTimeout": "30m", "permissionTimeout": "10m",
        "cpu": null, "memory": null, "storage": null });
    assert_eq!(info["defaults"], defaults, "a process has no sizes");
    assert_eq!(world.get("/healthz").await.ok(200).text, "ok\n");
    let project = world.project("a").await;
    world.get(&format!("{project}/manifests")).await.problem(404, "not_supported_by_runtime");
    world.post(&format!("{project}/sessions"), json!({ "title": "x" })).await.ok(201);
    let metrics = world.get("/metrics").await.ok(200).text;
    for part in
        ["gaggle_http_requests_total{", "route=\"/api/users/{userId}/projects\"", "gaggle_projects{", "# EOF"]
    {
        assert!(metrics.contains(part), "{part}: {metrics}");
    }
    assert!(!metrics.contains(project.rsplit('/').next().unwrap()), "no id is a label");
}

#[tokio::test]
async fn readiness_names_what_cannot_be_reached() {
    let world = World::new().await;
    assert_eq!(
        world.get("/readyz").await.ok(200).json(),
        json!({ "ready": true, "store": "ok", "runtime": "ok" })
    );
    world.store.cut_after(0);
    let answer = world.get("/readyz").await;
    if answer.status == 503 {
        assert_ne!(answer.json()["store"], "ok");
        assert_eq!(answer.json()["runtime"], "ok");
    }
}

#[tokio::test]
async fn sessions_are_made_renamed_listed_and_deleted() {
    let world = World::new().await;
    let project = world.project("a").await;
    let made = world.post(&format!("{project}/sessions"), json!({ "title": "plans" })).await.ok(201);
    let path = made.header("location").to_owned();
    assert_eq!(
        world.call("PATCH", &path, &json!({ "title": "better" })).await.ok(200).json()["title"],
        "better"
    );
    let list = world.get(&format!("{project}/sessions")).await.ok(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        world.get(&format!("{project}/sessions?limit=1")).await.json()["items"].as_array().unwrap().len(),
        1
    );
    let gone = world.call("DELETE", &path, &json!({})).await.ok(204);
    assert!(gone.text.is_empty());
    world.call("DELETE", &path, &json!({})).await.problem(404, "session_not_found");
}
