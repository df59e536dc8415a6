use crate::world::{World, request};
use axum::body::Body;

#[tokio::test]
async fn the_page_is_there_for_its_routes_and_lets_nothing_in() {
    let world = World::new().await;
    for path in ["/", "/alice", "/alice/p123", "/alice/p123/log"] {
        let answer = world.get(path).await.ok(200);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
    }
    world.get("/none-0123456789abcdef.js").await.problem(404, "not_found");
    world.call("POST", "/alice", &serde_json::json!({})).await.problem(405, "method_not_allowed");
}

/// `cargo xtask test page` counts on it: what the fleet view transfers has a budget, heads and all.
#[tokio::test]
async fn heads_are_short() {
    /// The first line, the date and the length, which are added on the way.
    const REST: usize = 80;
    let world = World::new().await;
    let html = world.get("/").await.ok(200).text;
    let parts = html.split('"').filter(|word| word.starts_with('/') && word.contains('.'));
    for path in std::iter::once("/").chain(parts) {
        let answer = world.get(path).await.ok(200);
        let head: usize =
            answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let most = if path == "/" { 900 } else { 500 };
        assert!(head + REST <= most, "{path}: {head} {:?}", answer.headers);
    }
}

#[tokio::test]
async fn a_known_page_is_not_sent_again() {
    let world = World::new().await;
    let tag = world.get("/").await.header("etag").to_owned();
    let again = request("GET", "/").header("if-none-match", &tag).body(Body::empty()).unwrap();
    let answer = world.send(again).await.ok(304);
    assert!(answer.text.is_empty());
    assert_eq!(answer.header("etag"), tag);
}

#[tokio::test]
async fn the_docs_need_nothing_from_elsewhere() {
    let world = World::new().await;
    let html = world.get("/api/docs").await.ok(200).text;
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("<style"), "{html}");
    for (path, kind) in [("/api/docs/docs.js", "text/javascript"), ("/api/docs/docs.css", "text/css")] {
        assert!(html.contains(path));
        assert!(world.get(path).await.ok(200).header("content-type").starts_with(kind));
    }
}
