//! The server starts before its store.

use crate::harness::{Api, LONG, Server, World};
use gaggle_testkit::mongo::MongoServer;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::{io::AsyncBufReadExt as _, io::BufReader, time::sleep, time::timeout};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_starts_without_its_store_and_heals() {
    let mut mongo = MongoServer::start(&[]).await.unwrap();
    let uri = format!("mongodb://{}/flock?appName=hunter2secret", mongo.address());
    let mut world = World::with(&[("MONGODB_URI", &uri)]).await;
    let project = world.project("early").await;
    world.kill().await;
    mongo.kill().await;

    let mut child = world.command().spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let waits = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("waits for its store") {
                return line;
            }
        }
        panic!("it has ended");
    };
    let said = timeout(LONG, waits).await.expect("it says that it waits");
    assert!(said.contains("MongoDB at") && !said.contains("hunter2"), "{said}");
    let api: Api = world.api.clone();
    assert_eq!(api.get("/healthz").await.status.as_u16(), 200);
    let ready = api.get("/readyz").await.is(503);
    assert!(ready["store"].as_str().unwrap().contains(&mongo.address().to_string()), "{ready}");
    for path in ["/api/users", "/api/info", &project.at] {
        let begun = Instant::now();
        let refused = api.get(path).await.is(503);
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(refused["code"], "store_unavailable", "{refused}");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("refused") && !detail.contains("hunter2"), "{detail}");
    }
    let refused = api.post("/api/users/alice/projects", json!({"name": "x"})).await;
    assert_eq!(refused.is(503)["code"], "store_unavailable");
    assert_eq!(api.get("/alice").await.status.as_u16(), 200, "the page loads");

    mongo.restart().await.unwrap();
    let healed = async {
        // Nothing tells a client when: the page asks again, too.
        while api.get(&project.at).await.status.as_u16() != 200 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LONG, healed).await.expect("it opens by itself");
    assert_eq!(api.get("/readyz").await.status.as_u16(), 200);
    assert!(!world.log().contains("hunter2"));
    world.adopt(Server::ready(child, lines).await.unwrap());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_directory_has_one_server_with_mongodb_too() {
    let mongo = MongoServer::start(&[]).await.unwrap();
    let world = World::with(&[("MONGODB_URI", &mongo.uri()), ("GAGGLE_LISTEN", "127.0.0.1:0")]).await;
    let mut second = world.command();
    second.env("GAGGLE_LISTEN", "127.0.0.1:0");
    let ended = Server::start(second).await.map(drop);
    assert!(ended.is_err_and(|status| !status.success()));
    assert!(world.log().contains("in use by another server"), "{}", world.log());
    world.end().await;
}
