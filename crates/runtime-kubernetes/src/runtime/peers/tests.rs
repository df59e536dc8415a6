use super::*;
use crate::labels;
use gaggle_core::port::Clock;
use gaggle_shared::{InstanceId, ProjectId, Time, UserId};
use k8s_openapi::api::{
    apps::v1::{Deployment, ReplicaSet},
    core::v1::Pod,
};
use serde_json::json;
use std::sync::Arc;

#[derive(Debug)]
struct Still;

#[async_trait::async_trait]
impl Clock for Still {
    fn now(&self) -> Time {
        Time::UNIX_EPOCH
    }

    async fn sleep_until(&self, _: Time) {
        std::future::pending::<()>().await;
    }
}

fn hub() -> Hub {
    Hub::new(InstanceId::parse("i1").unwrap(), Duration::ZERO, Arc::new(Still))
}

/// All watches have shown everything.
fn begun(hub: &Hub) {
    hub.beat::<Deployment>();
    hub.beat::<ReplicaSet>();
    hub.beat::<Pod>();
}

/// The API server shows the project's pod.
fn show(hub: &Hub, version: u32, address: Option<&str>) {
    let (instance, user) = (InstanceId::parse("i1").unwrap(), UserId::parse("alice").unwrap());
    let labels = labels::of_project(&instance, &user, &ProjectId::parse("p1").unwrap(), "proj-p1-api");
    let pod = json!({"metadata": {"name": "proj-p1-api-x", "namespace": "user-alice", "labels": labels,
        "resourceVersion": version.to_string()}, "spec": {"nodeName": "n", "containers": []},
        "status": {"phase": "Running", "podIP": address}});
    hub.apply::<Pod>(serde_json::from_value(pod).unwrap());
    hub.beat::<Pod>();
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_while_nothing_is_in_doubt() {
    let (hub, peers) = (hub(), Peers::default());
    begun(&hub);
    show(&hub, 1, Some("10.244.0.5"));
    let at = Instant::now();
    assert!(
        peers.is_agent(&hub, ip("10.244.0.5")).await && peers.is_agent(&hub, ip("::ffff:10.244.0.5")).await
    );
    assert!(!peers.is_agent(&hub, ip("10.244.0.6")).await && !peers.is_agent(&hub, ip("127.0.0.1")).await);
    assert_eq!(at.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_quicker_than_the_api_server_waits_and_is_known() {
    let (hub, peers) = (hub(), Peers::default());
    begun(&hub);
    assert!(!peers.is_agent(&hub, ip("10.244.0.9")).await, "an Ingress controller");
    show(&hub, 1, None);
    let at = Instant::now();
    assert!(!peers.is_agent(&hub, ip("10.244.0.9")).await);
    assert_eq!(at.elapsed(), Duration::ZERO, "who was known before does not wait");
    let (agent, ()) = tokio::join!(peers.is_agent(&hub, ip("10.244.0.5")), async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        show(&hub, 2, Some("10.244.0.5"));
    });
    assert!(agent);
    assert_eq!(at.elapsed(), Duration::from_millis(700));
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_shows_nothing_keeps_nobody_out() {
    let (hub, peers) = (hub(), Peers::default());
    let at = Instant::now();
    assert!(!peers.is_agent(&hub, ip("10.244.0.9")).await, "nothing was ever shown");
    assert_eq!(at.elapsed(), DOUBT);
    assert!(!peers.is_agent(&hub, ip("10.244.0.9")).await);
    assert_eq!(at.elapsed(), DOUBT, "once");
}
