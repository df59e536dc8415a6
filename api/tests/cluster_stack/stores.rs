//! The store goes away while agents work.

use crate::harness::{Api, Project, World, until};
use gaggle_testkit::{model::words, mongo::MongoServer};
use kube::ResourceExt as _;
use reqwest::Method;

/// Which pod it is, and how often its container was started again.
pub(crate) async fn incarnation(project: &Project) -> (String, i32) {
    until("its pod", || async {
        let pod = project.pods().await.pop()?;
        let restarts = pod.status?.container_statuses?.first()?.restart_count;
        Some((pod.metadata.uid?, restarts))
    })
    .await
}

/// The server is there, and says that its store is not.
async fn store_is_missed(api: &Api) {
    until("that the store is missed", || async {
        let ready = api.call(Method::GET, "/readyz", None, None).await.ok()?;
        (ready.status == 503).then(|| assert!(ready.body["store"].is_string(), "{}", ready.body))
    })
    .await;
}

/// The relay has written this into its log.
async fn relay_says(project: &Project, words: &str) {
    let pod = until("its pod", || async { project.pods().await.pop() }).await.name_any();
    until(words, || async {
        let log = project.cluster.kubectl(["-n", &project.namespace, "logs", &pod]).await;
        log.contains(words).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_dies_in_mid_turn_ends_no_agent_and_loses_no_word() {
    let mut mongo = MongoServer::start(&[]).await.unwrap();
    let mut world = World::with(&[("MONGODB_URI", &mongo.uri())]).await;
    let project = world.project("outlives the store").await;
    project.activate().await;
    let before = incarnation(&project).await;
    let reader = project.reader();
    let turn = project.begin("@shell echo once >> ran.txt\n@words 300 delay=10 hold=250").await;
    reader.words(&turn, 40).await;
    mongo.kill().await;
    store_is_missed(&world.api).await;
    // The agent works on meanwhile.
    world.model.held(1).await;
    mongo.restart().await.unwrap();
    reader.words(&turn, 250).await;

    // Both die, and the server is back first: nobody can say whose the relay is, which is not that it is nobody's.
    mongo.kill().await;
    world.kill().await;
    let api = world.api.clone();
    let late = async {
        store_is_missed(&api).await;
        relay_says(&project, "no link to the server").await;
        mongo.restart().await.unwrap();
    };
    tokio::join!(world.start(), late);
    world.model.release();
    assert_eq!(reader.end_of(&turn).await, words(300), "no word is missing or doubled");
    let ended = project.ended(&turn).await;
    assert_eq!(ended["text"].as_str().unwrap().trim(), words(300), "{ended}");
    let ran = project.say("@shell cat ran.txt\n@echo").await;
    assert_eq!(ran["text"].as_str().unwrap().matches("once").count(), 1, "{ran}");
    assert_eq!(incarnation(&project).await, before, "the same agent in the same container");
    project.delete().await;
    world.end().await;
}
