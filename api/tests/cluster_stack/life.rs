//! Create, activate, chat, sleep, wake, delete.

use crate::harness::{World, until};
use futures_util::future::join_all;
use gaggle_shared::{EventBody, Step, StepState};
use gaggle_testkit::fault::Seen;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Service};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_lives_on_a_real_node_and_keeps_its_files_and_its_memory() {
    let world = World::new().await;
    let project = world.project("lives").await;
    let deployment = project.placed().await;
    assert_eq!(deployment.spec.unwrap().replicas, Some(0), "creating starts nothing");
    assert!(project.pods().await.is_empty());

    let active = project.activate().await;
    assert_eq!(active["phase"], "active", "{active}");
    let resources = &active["resources"];
    assert_eq!(resources["namespace"], project.namespace);
    assert_eq!(resources["deployment"], project.deployment_name());
    assert_eq!(resources["service"], format!("proj-{}-svc", project.id));
    let turn = project.say("@shell echo kept > note.txt; id -u\n@say the word is heron").await;
    assert!(turn["parts"].to_string().contains("1000"), "not as root: {turn}");
    // Where memory runs out the relay is not what ends.
    let adj =
        project.say("@shell echo adj $(cat /proc/1/oom_score_adj /proc/self/oom_score_adj) .\n@echo").await;
    let adj: Vec<i32> = adj["text"].as_str().unwrap().split_whitespace().flat_map(str::parse).collect();
    assert!(adj.len() == 2 && adj[0] < adj[1], "of the relay and of Goose: {adj:?}");

    let asleep = project.call(Method::POST, "/deactivate").await.is(200);
    assert_eq!((&asleep["phase"], &asleep["desiredState"]), (&json!("inactive"), &json!("inactive")));
    assert!(project.pods().await.is_empty(), "deactivated means that no pod remains");
    let name = format!("proj-{}-svc", project.id);
    let service: Service = world.cluster.get(&project.namespace, &name).await.unwrap();
    assert_eq!(service.spec.unwrap().type_.as_deref(), Some("ClusterIP"));

    project.activate().await;
    let turn = project.say("@shell cat note.txt\n@echo").await;
    assert!(turn["text"].as_str().unwrap().contains("kept"), "{turn}");
    let last = world.model.requests().into_iter().rfind(|seen| seen.prompt.contains("cat note")).unwrap();
    assert!(last.body["messages"].to_string().contains("heron"), "{}", last.body["messages"]);

    let receipt = project.delete().await;
    let kinds: BTreeSet<&str> =
        receipt["removed"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    for kind in ["Deployment", "Service", "Secret", "PersistentVolumeClaim"] {
        assert!(kinds.contains(kind), "{kind} in {receipt}");
    }
    assert_eq!(project.call(Method::DELETE, "").await.is(200), receipt, "the same receipt");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_activations_at_once_ask_once_for_one_pod() {
    let world = World::new().await;
    let project = world.project("fifty").await;
    project.placed().await;
    let of_deployment = || {
        let path = format!("/deployments/{}", project.deployment_name());
        let ours = |seen: &Seen| seen.method == Method::PATCH && seen.path.contains(&path);
        world.proxy.seen().into_iter().filter(ours).count()
    };
    let before = of_deployment();
    let answers = join_all((0..50).map(|_| project.activate())).await;
    let endpoint = &answers[0]["endpoint"];
    assert!(endpoint["url"].is_string(), "{endpoint}");
    for answer in &answers {
        assert_eq!((&answer["phase"], &answer["endpoint"]), (&json!("active"), endpoint), "{answer}");
    }
    assert_eq!(project.pods().await.len(), 1);
    assert_eq!(of_deployment() - before, 1, "{:?}", world.proxy.seen());
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn activation_tells_the_steps_of_a_cluster() {
    let world = World::new().await;
    let project = world.project("steps").await;
    let reader = project.reader();
    project.activate().await;
    let steps = reader
        .once("the container's step", |events| {
            let done = events.iter().filter_map(|event| match &event.body {
                EventBody::ActivationStep { step, state: StepState::Done, .. } => Some(*step),
                _ => None,
            });
            let done: Vec<Step> = done.collect();
            done.contains(&Step::Agent).then_some(done)
        })
        .await;
    for step in [Step::Namespace, Step::Manifests, Step::Scale, Step::Relay, Step::Agent] {
        assert!(steps.contains(&step), "{step:?} in {steps:?}");
    }
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_wakes_a_sleeping_pod_and_idleness_ends_it() {
    let world = World::with(&[("GAGGLE_IDLE_TIMEOUT", "2s")]).await;
    let project = world.project("wakes").await;
    let turn = project.say("@say awake").await;
    assert_eq!(turn["text"].as_str().unwrap().trim(), "awake");
    project.in_phase("inactive").await;
    assert!(project.pods().await.is_empty());
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_are_read_awake_and_asleep() {
    let world = World::new().await;
    let project = world.project("logs").await;
    project.say("@say something").await;
    let log = async || {
        let request = project.api.request(Method::GET, &project.path("/logs"));
        request.send().await.unwrap().text().await.unwrap()
    };
    until("the agent's log", || async { log().await.contains(&project.id).then_some(()) }).await;
    project.call(Method::POST, "/deactivate").await.is(200);
    assert!(log().await.contains(&project.id), "what was kept is shown: {}", log().await);
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn manifests_are_shown_without_their_secrets() {
    let world = World::new().await;
    let project = world.project("manifests").await;
    project.activate().await;
    let request = project.api.request(Method::GET, &project.path("/manifests"));
    let yaml = request.send().await.unwrap().text().await.unwrap();
    for kind in ["Namespace", "Deployment", "Service", "Secret", "PersistentVolumeClaim", "NetworkPolicy"] {
        assert!(yaml.contains(&format!("kind: {kind}")), "{kind} in {yaml}");
    }
    let name = format!("proj-{}-launch", project.id);
    let secret: k8s_openapi::api::core::v1::Secret =
        until("the Secret", || world.cluster.get(&project.namespace, &name)).await;
    let launch = secret.data.unwrap().remove("launch.json").unwrap();
    let launch: Value = serde_json::from_slice(&launch.0).unwrap();
    assert!(!yaml.contains(launch["token"].as_str().unwrap()), "the token is shown");
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_balancer_without_an_address_is_a_warning_and_then_the_endpoint() {
    let world = World::with(&[("GAGGLE_SERVICE_TYPE", "LoadBalancer")]).await;
    let project = world.project("balanced").await;
    let active = project.activate().await;
    assert_eq!(active["warnings"], json!(["endpoint_pending"]), "{active}");
    assert_eq!(active["endpoint"]["via"], "cluster", "{active}");
    let reader = project.reader();
    let step = |wanted: StepState| {
        move |body: &EventBody| match body {
            EventBody::ActivationStep { step: Step::Endpoint, state, message, .. } if *state == wanted => {
                Some(message.clone())
            }
            _ => None,
        }
    };
    let told = reader.until("that it waits for an address", step(StepState::Started)).await;
    assert!(told.contains("load balancer"), "{told}");
    project.say("@say chat never depends on it").await;
    let claim: PersistentVolumeClaim =
        world.cluster.get(&project.namespace, &format!("proj-{}-data", project.id)).await.unwrap();
    let volume = claim.spec.unwrap().volume_name;
    let services = kube::Api::<Service>::namespaced(world.cluster.client.clone(), &project.namespace);
    let status = json!({"status": {"loadBalancer": {"ingress": [{"ip": "10.99.0.77"}]}}});
    let name = format!("proj-{}-svc", project.id);
    services
        .patch_status(&name, &kube::api::PatchParams::default(), &kube::api::Patch::Merge(status))
        .await
        .unwrap();
    let told = reader.until("its address", step(StepState::Done)).await;
    assert!(told.contains("10.99.0.77"), "{told}");
    let endpoint = until("the endpoint of the load balancer", || async {
        let now = project.get().await;
        (now["endpoint"]["via"] == "loadBalancer").then_some(now)
    })
    .await;
    assert!(endpoint["endpoint"]["url"].as_str().unwrap().contains("10.99.0.77"), "{endpoint}");
    assert_eq!(endpoint["warnings"], json!([]), "{endpoint}");
    // Asleep it costs nothing.
    project.call(Method::POST, "/deactivate").await.is(200);
    let service: Service = world.cluster.get(&project.namespace, &name).await.unwrap();
    assert_eq!(service.spec.unwrap().type_.as_deref(), Some("ClusterIP"));
    let claim: PersistentVolumeClaim =
        world.cluster.get(&project.namespace, &format!("proj-{}-data", project.id)).await.unwrap();
    assert_eq!(claim.spec.unwrap().volume_name, volume, "the volume stays");
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_answer_needs_no_providers_key() {
    let nothing = ["GOOSE_PROVIDER", "GOOSE_MODEL", "OPENAI_HOST", "OPENAI_API_KEY"].map(|name| (name, ""));
    let world = World::with(&nothing).await;
    let info = world.api.get("/api/info").await.is(200);
    assert_eq!(info["demo"], true, "{info}");
    let project = world.project("demo").await;
    let turn = project.say("hello").await;
    assert!(turn["text"].as_str().unwrap().len() > 10, "{turn}");
    assert_eq!(world.model.requests().len(), 0, "nobody else was asked");
    project.delete().await;
    world.end().await;
}
