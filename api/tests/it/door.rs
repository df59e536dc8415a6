use crate::world::{World, request};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use gaggle_api::http::{
    guard::{Agents, Peer},
    router,
};
use http_body_util::BodyExt as _;
use std::future::ready;
use tower::ServiceExt as _;

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
        let others =
            ["http://evil.example", "null", "https://localhost.evil.example", "http://127.0.0.1:38081"];
        for origin in others {
            let answer =
                world.send(request("GET", path).header("origin", origin).body(Body::empty()).unwrap()).await;
            answer.problem(403, "forbidden");
        }
    }
    let own = request("GET", "/api/users").body(Body::empty()).unwrap();
    let host = own.headers()["host"].to_str().unwrap().to_owned();
    let own = request("GET", "/api/users").header("origin", format!("http://{host}"));
    world.send(own.body(Body::empty()).unwrap()).await.ok(200);
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_security_headers() {
    let world = World::new().await;
    let shown = [
        "/",
        "/alice",
        "/api/users",
        "/api/nothing",
        "/nothing.html",
        "/nothing.svg",
        "/api/docs",
        "/healthz",
    ];
    for path in shown {
        let answer = world.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    }
    // A part of a document says nothing that only documents heed, and all that protects it.
    for path in ["/api/docs/docs.js", "/api/docs/docs.css"] {
        let answer = world.get(path).await.ok(200);
        assert!(!answer.headers.contains_key("content-security-policy"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
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

#[tokio::test]
async fn what_comes_from_an_agents_address_is_refused_whatever_its_headers_say() {
    let mut app = World::new().await.app;
    app.agents = Agents::known(|address| ready(address.to_canonical().to_string() == "10.244.0.5"));
    let router = router(app);
    let ask = async |method: &str, path: &str, peer: &str, forwarded: &str| {
        let mut request =
            request(method, path).header("x-forwarded-for", forwarded).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    };
    for (method, path) in
        [("GET", "/"), ("GET", "/api/users"), ("POST", "/api/users/alice/projects"), ("GET", "/healthz")]
    {
        for peer in ["10.244.0.5", "::ffff:10.244.0.5"] {
            let (status, body) = ask(method, path, peer, "192.0.2.1").await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}: {body}");
            assert!(body.contains("\"forbidden\"") && body.contains("agents may not use this API"), "{body}");
        }
    }
    // An Ingress controller beside it says for whom it asks, which may be anybody.
    let (status, body) = ask("GET", "/api/users", "10.244.0.6", "10.244.0.5").await;
    assert_eq!(status, StatusCode::OK, "{body}");
}
