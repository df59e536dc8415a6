//! Who asks for something hangs up while it is written.

use crate::harness::{LONG, World};
use gaggle_testkit::mongo::{MongoProxy, MongoServer};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Asks, and hangs up before anything can be answered: MongoDB says nothing meanwhile.
async fn hung_up(proxy: &MongoProxy, request: reqwest::RequestBuilder) {
    proxy.freeze(true);
    let gone = request.timeout(Duration::from_millis(300)).send().await;
    assert!(gone.is_err_and(|error| error.is_timeout()), "it was answered");
    proxy.freeze(false);
}

async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let found = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, found).await.unwrap_or_else(|_| panic!("this does not come: {what}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_being_written_for_one_who_hung_up_is_there_whole_and_once() {
    let mongo = MongoServer::start(&[]).await.unwrap();
    let proxy = MongoProxy::start(mongo.address()).await.unwrap();
    let uri = format!("{}&appName=gaggle", proxy.uri().replace("/?", "/goose?"));
    let world = World::with(&[("MONGODB_URI", &uri)]).await;
    let path = "/api/users/alice/projects";
    let made = json!({"name": "hung up", "settings": {"mode": "auto"}});
    hung_up(&proxy, world.api.request(Method::POST, path).json(&made)).await;
    let all = until("the project", || async {
        let all = world.projects().await;
        (!all.is_empty()).then_some(all)
    })
    .await;
    assert_eq!(all.len(), 1, "{all:#?}");
    let project = crate::harness::Project::new(world.api.clone(), all[0]["id"].as_str().unwrap());
    project.call(Method::POST, "/activate").await.is(200);

    for round in 0..5 {
        let body = json!({"text": format!("@shell echo {round} >> ran.txt\n@say round {round}")});
        let request = project.api.request(Method::POST, &project.path("/messages"));
        hung_up(&proxy, request.header("idempotency-key", round.to_string()).json(&body)).await;
        // The next one works on with what is there: it is neither torn nor in the way.
        let answer = until("the turn's end", || async {
            let turns = project.api.get(&project.path("/turns?limit=50")).await.is(200);
            let said = format!("round {round}");
            let is = |turn: &&Value| {
                turn["state"] == "ended" && turn["text"].as_str().is_some_and(|text| text.trim() == said)
            };
            turns["items"].as_array().unwrap().iter().find(is).cloned()
        })
        .await;
        assert_eq!(answer["stopReason"], "end_turn", "{answer}");
    }
    let ran = std::fs::read_to_string(world.workspace(&project).join("ran.txt")).unwrap();
    assert_eq!(ran, "0\n1\n2\n3\n4\n", "each once");
    world.end().await;
}
