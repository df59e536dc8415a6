//! Gaggle itself in the cluster, from `deploy/kubernetes`, its records in a MongoDB.

use crate::{
    harness::{Cluster, Installation, until},
    stores::incarnation,
    walls::open_everything,
};
use gaggle_testkit::model::words;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{DeleteParams, PostParams};
use reqwest::Method;
use serde_json::json;
use std::{ffi::OsStr, path::Path};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn installed_in_the_cluster_it_is_used_through_its_service_and_rolled_in_mid_turn() {
    let mut installation = Installation::new().await;
    let project = installation.project("alice", "inside").await;
    let active = project.activate().await;
    assert_eq!(active["phase"], "active", "{active}");
    project.say("@shell echo kept > note.txt").await;

    // A turn runs on while its server is replaced: the relay calls again through the Service for agents.
    let reader = project.reader();
    let turn = project.begin("@shell echo once >> ran.txt\n@words 300 delay=10 hold=299").await;
    reader.words(&turn, 60).await;
    let before = name(&installation).await;
    installation.kubectl(["-n", &installation.namespace, "rollout", "restart", "deployment/gaggle"]).await;
    installation.rolled().await;
    assert_ne!(name(&installation).await, before, "another pod");
    installation.model.release();
    assert_eq!(reader.end_of(&turn).await, words(300), "as the reader saw it");
    let ended = project.ended(&turn).await;
    assert_eq!(ended["stopReason"], "end_turn", "{ended}");
    assert_eq!(ended["text"].as_str().unwrap().trim(), words(300), "as it is kept");
    let ran = project.say("@shell cat ran.txt note.txt\n@echo").await;
    let said = ran["text"].as_str().unwrap();
    assert_eq!((said.matches("once").count(), said.matches("kept").count()), (1, 1), "{ran}");

    // Without its store the server is not ready, and its relays keep their way to it all the same.
    let same = incarnation(&project).await;
    let turn = project.begin("@words 300 delay=10 hold=299").await;
    reader.words(&turn, 60).await;
    installation.mongo.kill().await;
    until("that the Service has nobody behind it", || async {
        let answer = installation.api.request(Method::GET, "/readyz").send().await;
        answer.is_err().then_some(())
    })
    .await;
    installation.model.held(1).await;
    installation.mongo.restart().await.unwrap();
    installation.rolled().await;
    installation.model.release();
    assert_eq!(reader.end_of(&turn).await, words(300), "no word is missing or doubled");
    assert_eq!(incarnation(&project).await, same, "the same agent in the same container");

    project.call(Method::POST, "/deactivate").await.is(200);
    assert!(project.pods().await.is_empty());
    project.delete().await;
    let namespace = installation.namespace.clone();
    installation.uninstall().await;
    let namespaces = kube::Api::<Namespace>::all(installation.cluster.client.clone());
    assert!(namespaces.get_opt(&namespace).await.unwrap().is_none(), "nothing remains");
    // Where its records were: also a deleted project's is kept for a day.
    assert!(installation.records().await.contains(&project.id), "the records are in MongoDB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_reaches_its_servers_listener_for_agents_and_not_its_api() {
    assert!(
        std::env::var_os("GAGGLE_TEST_POLICY_ENFORCED").is_some(),
        "this needs a cluster that enforces policies"
    );
    let installation = Installation::new().await;
    let project = installation.project("alice", "curious").await;
    project.activate().await;
    let pod = until("the pod's address", || async { installation.pods().await.pop()?.status?.pod_ip }).await;
    let open = format!("https://{pod}:3002/");
    let shut = [format!("http://{}/healthz", installation.service), format!("http://{pod}:3000/healthz")];
    // 28: nobody answered within 3 s; 7: refused. Else there was a connection: the listener says nothing to strangers.
    let exit = |url: &str| format!("curl -s -k -m 3 -o /dev/null {url}; echo exit=$?.");
    let script = [&open, &shut[0], &shut[1]].map(|url| exit(url)).join("; ");
    let turn = project.say(&format!("@shell {script}\n@echo")).await;
    let said = turn["text"].as_str().unwrap();
    let exits: Vec<&str> = said.split("exit=").skip(1).filter_map(|rest| rest.split('.').next()).collect();
    assert_eq!(exits.len(), 3, "{said}");
    let reached: Vec<bool> = exits.iter().map(|exit| !["28", "7"].contains(exit)).collect();
    assert_eq!(
        reached,
        [true, false, false],
        "the listener for agents, the API by its Service and by its pod: {said}"
    );

    // From here it was tried too, without being asked: the walls stand.
    let isolation = || async { installation.api.get("/api/info").await.is(200)["isolation"].clone() };
    until("the walls are seen", || async { (isolation().await["enforced"] == true).then_some(()) }).await;
    // Where they do not, the API still knows an agent by its address, behind its Service too.
    open_everything(&project).await;
    for url in shut.map(|url| url.replace("/healthz", "/api/users")) {
        let refused = until("the agent gets through", || async {
            let turn = project.say(&format!("@shell curl -s -m 3 {url}; echo\n@echo")).await;
            let said = turn["text"].as_str().unwrap().to_owned();
            said.contains('{').then_some(said)
        });
        let said = refused.await;
        assert!(said.contains("forbidden") && said.contains("agents may not use this API"), "{url}: {said}");
    }
    project.delete().await;
    installation.uninstall().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_overlay_for_kind_renders_is_what_an_api_server_takes() {
    let cluster = Cluster::new().await;
    let overlay = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/kubernetes/overlays/kind");
    // In a namespace that is only tried nothing else can be tried.
    let namespaces = kube::Api::<Namespace>::all(cluster.client.clone());
    let space = serde_json::from_value(json!({"metadata": {"name": "gaggle"}})).unwrap();
    namespaces.create(&PostParams::default(), &space).await.ok();
    let said =
        cluster.kubectl(["apply", "--dry-run=server", "-k", overlay.to_str().unwrap()].map(OsStr::new)).await;
    namespaces.delete("gaggle", &DeleteParams::default()).await.unwrap();
    for object in [
        "namespace/gaggle",
        "serviceaccount/gaggle",
        "clusterrole.rbac.authorization.k8s.io/gaggle",
        "clusterrolebinding.rbac.authorization.k8s.io/gaggle",
        "configmap/gaggle",
        "service/gaggle",
        "service/gaggle-agents",
        "persistentvolumeclaim/gaggle-data",
        "deployment.apps/gaggle",
    ] {
        let taken =
            |line: &str| line.starts_with(&format!("{object} ")) && line.ends_with("(server dry run)");
        assert!(said.lines().any(taken), "{object} in {said}");
    }
}

async fn name(installation: &Installation) -> Option<String> {
    until("one pod", || async {
        let mut pods = installation.pods().await;
        pods.retain(|pod| pod.metadata.deletion_timestamp.is_none());
        (pods.len() == 1).then(|| pods.pop()?.metadata.name)
    })
    .await
}
