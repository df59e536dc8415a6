//! A node that does not answer any more. All else on the cluster stands still meanwhile: so it is a program of its own,
//! for which nothing else runs. It needs the native node of `cargo xtask cluster up`, whose processes are at hand.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../common/account.rs"]
mod account;
#[path = "../cluster/config.rs"]
mod config;
#[path = "../cluster/record.rs"]
mod record;
#[path = "../cluster/token.rs"]
mod token;
#[expect(dead_code, reason = "the tests of a node that answers ask it more")]
#[path = "../cluster/world.rs"]
mod world;

use gaggle_core::port::{Reach, Runtime as _, RuntimeError, Workload};
use kube::ResourceExt as _;
use serde_json::json;
use std::{
    process::Command,
    time::{Duration, Instant},
};
use world::{World, variable};

/// The node's controller waits for 50 s before it believes it.
const BELIEVED: Duration = Duration::from_secs(120);

/// Of what is put to sleep.
const GRACE: Duration = Duration::from_secs(1);

/// A kubelet that is stopped; it goes on when this is dropped, also if the test fails.
struct Stopped(String);

impl Stopped {
    fn kubelet() -> Self {
        let file = std::path::Path::new(&variable("GAGGLE_TEST_NODE_RUN")).join("pids/kubelet");
        let text =
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let pid = text.split_whitespace().next().unwrap().to_owned();
        signal("-STOP", &pid);
        Self(pid)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("-CONT", &self.0);
    }
}

fn signal(signal: &str, pid: &str) {
    assert!(Command::new("kill").args([signal, pid]).status().unwrap().success(), "{signal} {pid}");
}

/// Waits until the node is said to be away, or no longer; what is said then.
async fn told(world: &World, away: bool) -> Reach {
    let begun = Instant::now();
    loop {
        let reach = world.runtime.reach(&world.user, &world.project);
        if reach.warnings.contains(&"node_not_ready".to_owned()) == away {
            eprintln!("away: {away} after {:?}", begun.elapsed());
            return reach;
        }
        assert!(begun.elapsed() < BELIEVED, "{reach:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_does_not_answer_is_said_and_its_pod_is_not_replaced() {
    // As it is admitted: no default takes it away after five minutes.
    let world = World::new().await;
    world.start().await.unwrap();
    let pod = loop {
        if let Some(pod) = world.pods().await.pop() {
            break pod;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    for taint in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let borne = pod.spec.iter().flat_map(|spec| spec.tolerations.iter().flatten());
        let borne: Vec<_> = borne.filter(|one| one.key.as_deref() == Some(taint)).collect();
        assert!(!borne.is_empty() && borne.iter().all(|one| one.toleration_seconds.is_none()), "{borne:?}");
    }
    world.end().await;

    let mut world = World::new().await;
    world.watching().await;
    world.bare_namespace().await;
    world.deploy(json!({"command": ["sleep", "1000"]}), json!([])).await;
    world.running().await;
    let before = world.pods().await.remove(0);
    let node = before.spec.as_ref().unwrap().node_name.clone().unwrap();
    assert_eq!(told(&world, false).await.trouble, None);
    let mut other = World::new().await;
    other.watching().await;
    other.bare_namespace().await;
    other.deploy(json!({"command": ["sleep", "1000"]}), json!([])).await;
    other.running().await;
    let stopped = Stopped::kubelet();
    let begun = Instant::now();
    let (told_of, ended) = tokio::join!(told(&world, true), other.runtime.stop(&other.project, GRACE));
    let trouble = told_of.trouble.unwrap();
    // Who waits for an end that nobody can see is told after a minute.
    let Err(RuntimeError::Cause(cause)) = ended else { panic!("{ended:?}") };
    assert!(begun.elapsed() >= Duration::from_secs(60), "{:?}", begun.elapsed());
    assert!(cause.message.contains("its node does not answer") && cause.passing, "{cause:?}");
    assert!(cause.detail.unwrap().contains(&node), "which one");
    assert!(trouble.contains(&node) && trouble.contains("out-of-service"), "{trouble}");
    assert_eq!(
        world.runtime.observe(&world.project).await.unwrap(),
        Workload::Running,
        "nobody can say more"
    );
    let pods: Vec<_> = world.pods().await.iter().map(kube::ResourceExt::uid).collect();
    assert_eq!(pods, [before.uid()]);
    drop(stopped);
    assert_eq!(told(&world, false).await.trouble, None);
    assert_eq!(world.pods().await.remove(0).uid(), before.uid(), "the same pod");
    other.runtime.stop(&other.project, GRACE).await.unwrap();
    other.end().await;
    world.end().await;
}
