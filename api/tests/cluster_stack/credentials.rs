//! The ways to say where the cluster is and who may use it, each straight to the API server.

use crate::harness::{World, kubeconfig, until};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::Method;
use std::{
    fs,
    time::{Duration, Instant},
};

/// Once the API server answers to its credentials.
async fn ready(world: &World) {
    until("that it is ready", || async { (world.api.get("/readyz").await.status == 200).then_some(()) })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_way_credentials_are_given_they_open_the_cluster() {
    let mut world = World::new().await;
    let (server, token) = (world.cluster.server.clone(), world.variable("KUBE_TOKEN").to_owned());
    let ca = String::from_utf8(world.cluster.ca.clone()).unwrap();
    let config = BASE64_STANDARD.encode(kubeconfig(&server, &ca, &token));
    let ca64 = BASE64_STANDARD.encode(&ca);
    for [config, host, token, ca] in
        [[config.as_str(), "", "", ""], ["", &server, &token, &ca], ["", &server, &token, &ca64]]
    {
        for (name, value) in
            [("KUBE_CONFIG_BASE64", config), ("KUBE_HOST", host), ("KUBE_TOKEN", token), ("KUBE_CA", ca)]
        {
            world.set(name, value);
        }
        world.kill().await;
        let before = world.proxy.seen().len();
        world.start().await;
        ready(&world).await;
        assert_eq!(world.proxy.seen().len(), before, "it is another way");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kubeconfig_that_is_wrong_is_told_and_heals_once_it_is_right() {
    let mut world = World::new().await;
    let (server, token) = (world.cluster.server.clone(), world.variable("KUBE_TOKEN").to_owned());
    let ca = String::from_utf8(world.cluster.ca.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    fs::write(&file, kubeconfig("https://127.0.0.1:1", &ca, &token)).unwrap();
    world.kill().await;
    for (name, value) in [("KUBE_HOST", ""), ("KUBE_TOKEN", ""), ("KUBECONFIG", file.to_str().unwrap())] {
        world.set(name, value);
    }
    let before = world.log().len();
    world.start().await;
    let told = |line: &str| line.contains("WARN") && line.contains("127.0.0.1:1");
    until("a warning with the cause", || async { world.log()[before..].lines().any(told).then_some(()) })
        .await;
    let project = world.project("wrong way").await;
    let began = Instant::now();
    let reply = project.call(Method::POST, "/activate").await.is(503);
    assert_eq!(reply["code"], "cluster_unreachable", "{reply}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(world.api.get("/readyz").await.status, 503);

    fs::write(&file, kubeconfig(&server, &ca, &token)).unwrap();
    ready(&world).await;
    project.in_phase("active").await;
    project.delete().await;
    assert!(!world.log().contains(&token), "the token is in the server's log");
    world.end().await;
}
