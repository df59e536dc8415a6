//! Watches that break.

use crate::world::{World, token};
use gaggle_core::port::{Runtime as _, Workload};
use gaggle_runtime_kubernetes::{Credentials, client::Secret};
use gaggle_testkit::fault::{Fault, FaultProxy, Rule};
use kube::config::Kubeconfig;
use std::time::{Duration, Instant};
use tokio::time::timeout;

pub(crate) async fn through_proxy() -> (FaultProxy, World) {
    let (proxy, credentials) = proxy().await;
    let world = World::through(credentials, |_| {}).await;
    (proxy, world)
}

/// A faulty way to the cluster, and the credentials that lead over it.
async fn proxy() -> (FaultProxy, Credentials) {
    let text = std::fs::read_to_string(crate::world::variable("GAGGLE_TEST_KUBECONFIG")).unwrap();
    let config = Kubeconfig::from_yaml(&text).unwrap();
    let cluster = config.clusters[0].cluster.clone().unwrap();
    let ca = match (cluster.certificate_authority_data, cluster.certificate_authority) {
        (Some(data), _) => Credentials::authority(&data).unwrap(),
        (None, Some(path)) => std::fs::read_to_string(path).unwrap(),
        (None, None) => panic!("the kubeconfig has no authority"),
    };
    let proxy = FaultProxy::start(&cluster.server.unwrap(), ca.as_bytes()).await.unwrap();
    let credentials = Credentials::Token { host: proxy.url(), token: Secret::new(token().await), ca: None };
    (proxy, credentials)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_falls_silent_is_noticed_and_what_is_said_is_read_live() {
    let (proxy, mut world) = through_proxy().await;
    world.watching().await;
    world.bare_namespace().await;
    // From their next beginning on the watches of pods say nothing more.
    proxy.inject(Rule::new("/pods?", Fault::HoldWatch, 100));
    world.deploy(serde_json::json!({"command": ["sleep", "1000"]}), serde_json::json!([])).await;
    // The one that was there lives out its life.
    let silent = async |proxy: &FaultProxy| {
        while proxy.injected() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), silent(&proxy)).await.expect("a watch that is held");
    let begun = Instant::now();
    while world.runtime.watching() {
        assert!(begun.elapsed() < Duration::from_secs(30), "nobody noticed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(world.runtime.observe(&world.project).await.unwrap(), Workload::Running);
    proxy.heal();
    world.watching().await;
    world.running().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_got_lost_is_made_good_for() {
    let (proxy, mut world) = through_proxy().await;
    world.watching().await;
    world.bare_namespace().await;
    world.deploy(serde_json::json!({"command": ["sleep", "1000"]}), serde_json::json!([])).await;
    world.running().await;
    let lost = Fault::LoseEvents { holding: format!("proj-{}-api", world.project), count: 1000 };
    proxy.inject(Rule::new("/pods?", lost, 4));
    world.patch(serde_json::json!({"spec": {"replicas": 0}})).await;
    // The pod's end is never told; only a whole list shows it.
    world.until(75, |seen| *seen == Workload::Absent).await;
    proxy.heal();
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_are_too_old_and_cut_connections_lose_nothing() {
    let (proxy, mut world) = through_proxy().await;
    world.watching().await;
    world.bare_namespace().await;
    proxy.inject(Rule::new("watch=true", Fault::Answer { status: 410, reason: "Expired" }, 10));
    proxy.inject(Rule::new("watch=true", Fault::Cut, 10));
    world.deploy(serde_json::json!({"command": ["sleep", "1000"]}), serde_json::json!([])).await;
    world.running().await;
    proxy.heal();
    world.watching().await;
    assert_eq!(world.runtime.observe(&world.project).await.unwrap(), Workload::Running);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_older_than_what_was_seen_is_not_believed_and_a_late_one_is() {
    let (proxy, credentials) = proxy().await;
    // A server that does not stream its lists.
    let never = Fault::Answer { status: 422, reason: "Invalid" };
    proxy.inject(Rule::new("sendInitialEvents=true", never, usize::MAX));
    let mut world = World::through(credentials, |_| {}).await;
    world.watching().await;
    world.bare_namespace().await;
    world.deploy(serde_json::json!({"command": ["sleep", "1000"]}), serde_json::json!([])).await;
    world.running().await;

    // It remembers nothing any more, and lists what there was before the first pod: one that lags.
    let lists = || proxy.seen().iter().filter(|seen| is_page(&seen.path)).count();
    let before = lists();
    proxy.inject(Rule::new("watch=true", Fault::Answer { status: 410, reason: "Expired" }, usize::MAX));
    proxy.inject(Rule::new("limit=100", Fault::OldList, usize::MAX));
    proxy.cut();
    let begun = Instant::now();
    while lists() < before + 3 {
        assert!(begun.elapsed() < Duration::from_secs(50), "it is not listed again");
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(world.runtime.observe(&world.project).await.unwrap(), Workload::Running);
    }
    assert!(!world.runtime.watching(), "what is old is not believed");

    // Late is not old: its end is seen through calls that take their time.
    proxy.heal();
    proxy.inject(Rule::new("", Fault::Delay(Duration::from_secs(1)), usize::MAX));
    world.watching().await;
    world.patch(serde_json::json!({"spec": {"replicas": 0}})).await;
    world.until(30, |seen| *seen == Workload::Absent).await;
    proxy.heal();
    world.end().await;
}

/// A list of pods, in pages.
fn is_page(path: &str) -> bool {
    path.contains("/pods?") && path.contains("limit=100")
}
