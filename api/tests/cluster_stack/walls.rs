//! What holds an agent in its pod: that the network policy is enforced is tried, and where it is not, the API's own
//! port still refuses agents.

use crate::harness::{Project, World, until};
use gaggle_shared::Time;
use k8s_openapi::api::{
    core::v1::{Namespace, Pod},
    networking::v1::NetworkPolicy,
};
use kube::{Api, api::PostParams};
use reqwest::Method;
use serde_json::{Value, json};

/// A policy of somebody else's that lets everything through: Gaggle touches nothing that is not its own, and what one
/// policy allows no other forbids.
pub(crate) async fn open_everything(project: &Project) {
    let policy: NetworkPolicy = serde_json::from_value(json!({"metadata": {"name": "everything"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]}}))
    .unwrap();
    let policies = Api::namespaced(project.cluster.client.clone(), &project.namespace);
    policies.create(&PostParams::default(), &policy).await.unwrap();
}

/// Waits until relays have tried with this outcome; what the server then says of its isolation.
async fn enforced(world: &World, expected: bool) -> Value {
    until("what was tried", || async {
        let isolation = world.api.get("/api/info").await.is(200)["isolation"].clone();
        (isolation["enforced"] == expected).then_some(isolation)
    })
    .await
}

/// What the page's status says of something.
async fn finding(world: &World, about: &str) -> Value {
    let status = world.api.get("/api/status").await.is(200);
    let findings = status["findings"].as_array().unwrap();
    let found = findings.iter().find(|one| one["about"] == about);
    found.unwrap_or_else(|| panic!("nothing about {about}: {status}")).clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whether_policies_are_enforced_is_tried_from_a_pod_and_told() {
    let enforces = std::env::var_os("GAGGLE_TEST_POLICY_ENFORCED").is_some();
    // Agents may not reach this computer but where they call home: no model either.
    let world = World::with(&[("GAGGLE_EGRESS", "192.0.2.0/24")]).await;
    let isolation = world.api.get("/api/info").await.is(200)["isolation"].clone();
    assert_eq!((&isolation["enforced"], &isolation["since"]), (&Value::Null, &Value::Null), "not believed");
    assert_eq!(finding(&world, "isolation").await["state"], "note");

    let project = world.project("walled").await;
    project.activate().await;
    let seen = enforced(&world, enforces).await;
    assert!(seen["since"].as_str().unwrap().parse::<Time>().is_ok(), "{seen}");
    let told = finding(&world, "isolation").await;
    assert_eq!(told["state"], if enforces { "good" } else { "bad" }, "{told}");
    // Also a doctor beside it can tell, by asking it, and says so.
    let said = world.gaggle("doctor").await;
    let walls = said.lines().find(|line| line.contains("isolation")).unwrap_or_else(|| panic!("{said}"));
    assert!(walls.starts_with(if enforces { "ok " } else { "BAD" }), "{said}");
    assert!(walls.contains(&format!("says {}/api/info", world.address())), "{said}");
    // What the server has is not held against it.
    for about in ["port", "store"] {
        let line = said.lines().find(|line| line.split_whitespace().nth(1) == Some(about));
        assert!(line.is_some_and(|line| line.starts_with("ok ")), "{about}: {said}");
    }

    project.call(Method::POST, "/deactivate").await.is(200);
    open_everything(&project).await;
    project.activate().await;
    let bare = enforced(&world, false).await;
    assert!(!enforces || bare["since"] != seen["since"], "{bare}");
    let told = finding(&world, "isolation").await;
    assert_eq!(told["state"], "bad", "{told}");
    assert!(told["hint"].as_str().unwrap().contains("network plugin"), "{told}");
    project.delete().await;
    world.end().await;
}

/// What a pod that is nobody's agent is answered at this address.
async fn stranger(world: &World, url: &str) -> String {
    let name = format!("{}stranger", world.prefix);
    let post = PostParams::default();
    let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": name}})).unwrap();
    Api::all(world.cluster.client.clone()).create(&post, &namespace).await.unwrap();
    let script = format!("curl -s -m 5 -o /dev/null -w '%{{http_code}}' {url} > /dev/termination-log");
    let pod: Pod = serde_json::from_value(json!({"metadata": {"name": "stranger"}, "spec": {
        "restartPolicy": "Never", "containers": [{"name": "curl", "image": world.cluster.image,
            "imagePullPolicy": "IfNotPresent", "securityContext": {"runAsUser": 0}, "command": ["sh", "-c", script]}]}}))
    .unwrap();
    Api::namespaced(world.cluster.client.clone(), &name).create(&post, &pod).await.unwrap();
    until("what the stranger is answered", || async {
        let pod: Pod = world.cluster.get(&name, "stranger").await?;
        let container = pod.status?.container_statuses?.pop()?;
        container.state?.terminated?.message
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_reaches_the_apis_port_is_refused_there_and_others_are_not() {
    let node = crate::harness::env("GAGGLE_TEST_NODE_ADDRESS");
    // Agents may reach this computer, where the model is: no wall stands before the API.
    let world =
        World::with(&[("GAGGLE_LISTEN", &format!("{node}:0")), ("GAGGLE_INSECURE_NO_AUTH", "true")]).await;
    let url = format!("{}/api/users", world.address());
    let project = world.project("curious").await;
    project.activate().await;
    // The API server shows a pod's address up to a second after its agent is there.
    let shown = until("the pod's address", || async { project.pods().await.pop()?.status?.pod_ip }).await;
    for headers in
        ["", &format!("-H 'X-Forwarded-For: {node}'"), "-X POST -d '{}' -H 'Content-Type: application/json'"]
    {
        let turn = project.say(&format!("@shell curl -s -m 5 {headers} {url}; echo\n@echo")).await;
        let said = turn["text"].as_str().unwrap();
        assert!(
            said.contains("forbidden") && said.contains("agents may not use this API"),
            "{shown} {headers}: {said}"
        );
    }
    assert_eq!(stranger(&world, &url).await, "200", "a pod that is no agent");
    world.api.get("/api/users").await.is(200);

    let told = finding(&world, "isolation").await;
    assert_eq!(told["state"], "note", "what is allowed shows nothing: {told}");
    for (about, state) in
        [("cluster", "good"), ("rights", "good"), ("agent image", "good"), ("storage", "good")]
    {
        let told = finding(&world, about).await;
        assert_eq!(told["state"], state, "{told}");
    }
    project.delete().await;
    world.end().await;
}
