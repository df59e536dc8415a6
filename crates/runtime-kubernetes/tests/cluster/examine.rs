//! What `gaggle doctor` finds in a real cluster.

use crate::{
    rights::Account,
    token::with_token,
    world::{World, credentials, servers, variable},
};
use gaggle_core::port::Runtime as _;
use gaggle_runtime_kubernetes::{
    Connection,
    config::{AccessMode, PullPolicy},
    examine::{Wanted, examine},
    rights::RIGHTS,
};
use gaggle_shared::{Finding, FindingState};
use k8s_openapi::api::core::v1::Service;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::process::Command;

pub(crate) const WITHIN: Duration = Duration::from_secs(10);

pub(crate) fn wanted() -> Wanted {
    Wanted {
        image: variable("GAGGLE_TEST_AGENT_IMAGE"),
        pull: PullPolicy::IfNotPresent,
        storage: None,
        mode: AccessMode::Auto,
        ingress: None,
        balanced: false,
    }
}

async fn look(connection: &Connection, wanted: &Wanted) -> Vec<Finding> {
    let begun = Instant::now();
    let found = examine(connection, wanted, None, WITHIN).await;
    assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());
    found
}

fn about<'a>(findings: &'a [Finding], about: &str) -> &'a Finding {
    findings.iter().find(|one| one.about == about).unwrap_or_else(|| panic!("{about}: {findings:#?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_told_with_what_projects_will_need_of_it() {
    let connection = Connection::new(servers().await);
    let found = look(&connection, &wanted()).await;
    assert!(about(&found, "cluster").found.contains(" answers: v1."), "{found:#?}");
    for good in ["cluster", "rights", "agent image", "storage"] {
        assert_eq!(about(&found, good).state, FindingState::Good, "{found:#?}");
    }
    assert!(about(&found, "agent image").found.contains("is on 1 of 1 nodes"), "{found:#?}");
    assert!(about(&found, "storage").found.contains("the cluster's default"), "{found:#?}");
    let held = "new volumes are ReadWriteOnce: testcluster.gaggle/local is no CSI driver";
    assert!(about(&found, "storage").found.contains(held), "{found:#?}");
    assert!(
        !found.iter().any(|one| ["ingress", "load balancer"].contains(&one.about.as_str())),
        "not asked for"
    );

    // Nothing of this is there, and each says what to do.
    let wrong = Wanted {
        image: "gaggle.example/none:1".into(),
        storage: Some("none".into()),
        ingress: Some(None),
        ..wanted()
    };
    let found = look(&connection, &wrong).await;
    assert_eq!(about(&found, "agent image").state, FindingState::Note, "{found:#?}");
    let storage = about(&found, "storage");
    assert_eq!(
        (storage.state, storage.found.as_str()),
        (FindingState::Bad, "there is no storage class none")
    );
    assert!(storage.hint.as_deref().unwrap().contains("GAGGLE_STORAGE_CLASS"), "{storage:?}");
    let ingress = about(&found, "ingress");
    assert_eq!(ingress.state, FindingState::Bad, "this cluster has no ingress controller: {ingress:?}");
    assert!(ingress.hint.as_deref().unwrap().contains("INGRESS_BASE_DOMAIN"), "{ingress:?}");
}

/// Runs what a hint says, for a role of another name.
async fn obey(hint: &str, role: &str) {
    let line = hint.replace("clusterrole gaggle ", &format!("clusterrole {role} "));
    let line = line.replacen("kubectl", &variable("GAGGLE_TEST_KUBECTL"), 1);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(&line).env("KUBECONFIG", variable("GAGGLE_TEST_KUBECONFIG")).kill_on_drop(true);
    let output = shell.output().await.unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Looks until the API server goes by the role as it is now: it learns of a change by a watch of its own.
async fn becomes(connection: &Connection, what: &str, state: FindingState) -> Vec<Finding> {
    let begun = Instant::now();
    loop {
        let found = look(connection, &wanted()).await;
        if about(&found, what).state == state {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{found:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_missing_is_named_with_the_line_that_adds_it() {
    let admin = Connection::new(credentials()).client().await.unwrap();
    // The role without this verb, and without those that are only for looking.
    let account = Account::new(&admin, "pods", "delete").await;
    let connection = Connection::new(with_token(&account.token));
    let found = becomes(&connection, "rights", FindingState::Bad).await;
    let rights = about(&found, "rights");
    assert_eq!(rights.found, "Gaggle may not delete pods", "{found:#?}");
    for (what, resource) in [("agent image", "nodes"), ("storage", "storageclasses")] {
        let unseen = about(&found, what);
        assert_eq!(unseen.state, FindingState::Note, "no fault: {unseen:?}");
        let missing = format!("not known: verb list on {resource} is missing");
        assert!(unseen.found.contains(&missing), "{unseen:?}");
    }

    obey(rights.hint.as_deref().unwrap(), &account.name).await;
    let found = becomes(&connection, "rights", FindingState::Note).await;
    let looks = about(&found, "rights");
    assert!(looks.found.contains("list nodes") && looks.found.contains("list ingressclasses"), "{looks:?}");
    obey(looks.hint.as_deref().unwrap(), &account.name).await;
    let found = becomes(&connection, "rights", FindingState::Good).await;
    let count: usize = RIGHTS.iter().map(|right| right.verbs.len()).sum();
    assert_eq!(about(&found, "rights").found, format!("all {count} that Gaggle needs are there"));
    let found = becomes(&connection, "agent image", FindingState::Good).await;
    assert_eq!(about(&found, "storage").state, FindingState::Good, "{found:#?}");
    account.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_balancer_is_seen_to_wait_and_to_have_an_address() {
    let mut world = World::new().await;
    world.watching().await;
    let none = world.runtime.examine(WITHIN).await;
    assert!(about(&none, "load balancer").found.starts_with("not seen yet"), "{none:#?}");
    world.start().await.unwrap();
    world.running().await;
    let name = format!("proj-{}-svc", world.project);
    let waits = world.runtime.examine(WITHIN).await;
    let waits = about(&waits, "load balancer");
    assert!(waits.found.starts_with(&format!("{name} waits for an address since 20")), "{waits:?}");
    assert_eq!(waits.state, FindingState::Note, "chat needs none");

    let services: Api<Service> = world.api();
    let given = json!({"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}});
    services.patch_status(&name, &PatchParams::default(), &Patch::Merge(given)).await.unwrap();
    let user = world.user.clone();
    let begun = Instant::now();
    // The watch shows it a moment later.
    while world
        .runtime
        .reach(&user, &world.project)
        .endpoint
        .is_none_or(|seen| !seen.url.contains("203.0.113.7"))
    {
        assert!(begun.elapsed() < Duration::from_secs(20), "the watch does not show it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let has = world.runtime.examine(WITHIN).await;
    assert_eq!(
        about(&has, "load balancer"),
        &Finding::good("load balancer", format!("{name} has 203.0.113.7"))
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pods_address_is_an_agents_while_the_pod_is_there() {
    let mut world = World::new().await;
    world.watching().await;
    world.start().await.unwrap();
    world.running().await;
    let address = world.pods().await.pop().unwrap().status.unwrap().pod_ip.unwrap().parse().unwrap();
    assert!(world.runtime.is_agent(address).await);
    assert!(!world.runtime.is_agent(variable("GAGGLE_TEST_NODE_ADDRESS").parse().unwrap()).await);
    world.runtime.stop(&world.project, Duration::ZERO).await.unwrap();
    assert!(!world.runtime.is_agent(address).await, "another may have it now");
    world.end().await;
}
