use crate::world::{World, request};
use axum::{body::Body, http::Request};

#[tokio::test]
async fn a_foreign_host_or_origin_is_turned_away_everywhere() {
    let world = World::new().await;
    for path in ["/", "/api/users", "/api/openapi.json", "/healthz", "/api/nothing"] {
        for host in ["evil.example", "evil.example:3000", "10.0.0.7:3000", ""] {
            let answer =
                world.send(Request::get(path).header("host", host).body(Body::empty()).unwrap()).await;
            answer.problem(403, "forbidden");
        }
        world.send(Request::get(path).body(Body::empty()).unwrap()).await.problem(403, "forbidden");
        for origin in ["http://evil.example", "null", "https://localhost.evil.example"] {
            let answer =
                world.send(request("GET", path).header("origin", origin).body(Body::empty()).unwrap()).await;
            answer.problem(403, "forbidden");
        }
    }
    let near = request("GET", "/api/users").header("origin", "http://127.0.0.1:38081");
    world.send(near.body(Body::empty()).unwrap()).await.ok(200);
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_security_headers() {
    let world = World::new().await;
    for path in ["/", "/api/users", "/api/nothing", "/api/docs", "/healthz"] {
        let answer = world.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    }
    assert_eq!(world.get("/api/users").await.header("cache-control"), "no-store");
    let given = request("GET", "/api/nothing").header("x-request-id", "mine-12345678");
    let answer = world.send(given.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.problem(404, "not_found")["requestId"], "mine-12345678");
    let odd = request("GET", "/api/users").header("x-request-id", "a\"b c<>&;:{}[]");
    assert_eq!(world.send(odd.body(Body::empty()).unwrap()).await.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn too_many_writes_are_told_when_to_come_back() {
    let limits = gaggle_api::http::Limits { writes: 2, ..Default::default() };
    let world = World::with(limits).await;
    let make =
        |n: u32| world.post("/api/users/alice/projects", serde_json::json!({ "name": format!("n{n}") }));
    for n in 0..4 {
        make(n).await.ok(201);
    }
    let refused = make(4).await;
    refused.problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), "1");
    world.get("/api/users/alice/projects").await.ok(200);
}
