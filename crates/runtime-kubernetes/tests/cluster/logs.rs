//! The log, across containers and pods, and while nothing runs.

use crate::world::World;
use futures_util::StreamExt as _;
use gaggle_core::port::{LogLines, Runtime as _};
use k8s_openapi::api::core::v1::Pod;
use kube::{ResourceExt as _, api::DeleteParams};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

async fn next(lines: &mut LogLines, wanted: &str) -> Vec<String> {
    let mut had = Vec::new();
    let found = timeout(Duration::from_secs(60), async {
        while let Some(line) = lines.next().await {
            let found = line.contains(wanted);
            had.push(line);
            if found {
                return true;
            }
        }
        false
    });
    assert_eq!(found.await, Ok(true), "no {wanted}: {had:?}");
    had
}

async fn all(world: &World) -> Vec<String> {
    world.runtime.logs(&world.project, 1000, false).await.unwrap().collect().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_goes_on_over_containers_and_pods_and_is_kept() {
    let mut world = World::new().await;
    world.bare_namespace().await;
    // Ends once by itself, then only when told.
    let script = "echo begun $HOSTNAME; if [ ! -e /t/once ]; then touch /t/once; sleep 2; echo over; exit 1; fi; \
                  trap 'echo bye $HOSTNAME; exit 0' TERM; echo again; while true; do sleep 0.2; done";
    let container =
        json!({"command": ["sh", "-c", script], "volumeMounts": [{"name": "t", "mountPath": "/t"}]});
    world.deploy(container, json!([{"name": "t", "emptyDir": {}}])).await;
    world.watching().await;
    let mut lines = world.runtime.logs(&world.project, 10, true).await.unwrap();
    let had = next(&mut lines, "again").await;
    assert_eq!(had.iter().filter(|line| *line == "over").count(), 1, "{had:?}");
    assert_eq!(had.iter().filter(|line| line.starts_with("begun")).count(), 2, "{had:?}");

    let first = world.pods().await[0].name_any();
    world.api::<Pod>().delete(&first, &DeleteParams::default()).await.unwrap();
    next(&mut lines, &format!("bye {first}")).await;
    next(&mut lines, "begun").await;
    next(&mut lines, "again").await;
    world.running().await;
    // A container's log can be read a moment before the API shows that it runs again, and what its predecessor wrote
    // is kept once that is shown.
    let kept = async {
        loop {
            let now = all(&world).await;
            if now.iter().filter(|line| *line == "over").count() >= 2 {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let now = tokio::time::timeout(Duration::from_secs(10), kept)
        .await
        .expect("what the first container wrote is kept");
    assert_eq!(now.iter().filter(|line| *line == "over").count(), 2, "each once: {now:?}");
    assert!(now.contains(&format!("bye {first}")), "{now:?}");

    world.runtime.stop(&world.project, Duration::from_secs(2)).await.unwrap();
    let asleep = all(&world).await;
    assert_eq!(asleep.iter().filter(|line| line.starts_with("bye")).count(), 2, "{asleep:?}");
    assert_eq!(asleep.iter().filter(|line| line.starts_with("begun")).count(), 4, "{asleep:?}");
    let two: Vec<_> = world.runtime.logs(&world.project, 2, false).await.unwrap().collect().await;
    assert_eq!(two, asleep[asleep.len() - 2..]);
    let kept = world.dir.path().join(format!("kubernetes/logs/{}.log", world.project));
    assert!(kept.is_file());
    world.runtime.remove(&world.project, None).await.unwrap();
    assert!(!kept.exists(), "a removed project leaves no log");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_is_deleted_while_it_runs_leaves_no_log() {
    let mut world = World::new().await;
    world.bare_namespace().await;
    let script = "trap 'echo bye; sleep 1; exit 0' TERM; echo begun; while true; do sleep 0.1; done";
    world.deploy(json!({"command": ["sh", "-c", script]}), json!([])).await;
    world.watching().await;
    world.running().await;
    let mut lines = world.runtime.logs(&world.project, 10, true).await.unwrap();
    next(&mut lines, "begun").await;
    world.runtime.remove(&world.project, None).await.unwrap();
    // The reader leaves when nothing is left, and so when all has been told of the pod's end.
    while lines.next().await.is_some() {}
    assert_eq!(all(&world).await, Vec::<String>::new());
    assert!(!world.dir.path().join(format!("kubernetes/logs/{}.log", world.project)).exists());
    world.end().await;
}
