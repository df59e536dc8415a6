//! Two users do not meet: not in the API, and not in the cluster.

use crate::harness::{Project, World, until};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_users_have_namespaces_of_their_own_and_cannot_see_each_other() {
    assert!(
        std::env::var_os("GAGGLE_TEST_POLICY_ENFORCED").is_some(),
        "this needs a cluster that enforces policies"
    );
    let world = World::new().await;
    let alice = world.project_of("alice", "hers", json!({"mode": "auto"})).await;
    let bob = world.project_of("bob", "his", json!({"mode": "auto"})).await;
    let (one, two) = tokio::join!(alice.activate(), bob.activate());
    assert_ne!(one["resources"]["namespace"], two["resources"]["namespace"]);
    // Bob's project under Alice's name is not there.
    let stranger = Project::new(world.api.clone(), world.cluster.clone(), &world.prefix, "alice", &bob.id);
    for rest in ["", "/messages", "/events", "/logs", "/manifests"] {
        let reply = stranger.call(Method::GET, rest).await;
        assert_eq!(reply.is(404)["code"], "project_not_found", "{rest}");
    }
    stranger.call(Method::DELETE, "").await.is(404);
    // Alice's agent has no rights in the cluster: not even a token.
    let turn = alice
        .say("@shell ls /var/run/secrets/kubernetes.io 2>&1; env | grep -c TOKEN; cat /etc/gaggle/launch.json 2>&1\n@say done")
        .await;
    let said = turn["parts"].to_string();
    assert!(said.contains("No such file"), "{said}");
    // The API shows it up to a second later than it is there.
    let ip = until("the pod's address", || async { bob.pods().await.pop()?.status?.pod_ip }).await;
    let turn = alice
        .say(&format!("@shell curl -s -m 3 -o /dev/null -w '%{{http_code}}' http://{ip}:3001/livez; echo \" exit $?\"\n@echo"))
        .await;
    assert!(turn["text"].as_str().unwrap().contains("exit 28"), "the policy does not hold: {turn}");
    alice.delete().await;
    bob.delete().await;
    world.end().await;
}
