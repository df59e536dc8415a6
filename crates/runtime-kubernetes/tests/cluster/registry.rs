//! A registry of the test's own on the node: one that wants credentials, one that is busy, one that is slow.

use crate::world::World;
use gaggle_core::port::{News, Runtime as _, Workload};
use gaggle_runtime_kubernetes::{client::Secret, config::PullPolicy};
use gaggle_shared::{Code, Step};
use gaggle_testkit::registry::{AUTH, Manner, Registry};
use serde_json::json;
use std::time::Duration;

async fn world(image: &str, credentials: Option<String>) -> World {
    World::with(|config| {
        config.agent.image = image.to_owned();
        config.agent.pull_policy = PullPolicy::Always;
        config.agent.pull_credentials = credentials.map(Secret::new);
    })
    .await
}

/// The kubelet has it.
async fn pulled(world: &mut World) {
    let pulled = |news: &News| matches!(news, News::ClusterEvent { reason, .. } if reason == "Pulled");
    world.news(90, pulled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_registry_opens_for_the_credentials_that_were_given_and_for_none_else() {
    let registry = Registry::start(Manner { closed: true, ..Manner::default() }).await.unwrap();
    let image = registry.image();
    let mut without = world(&image, None).await;
    without.start().await.unwrap();
    let cause = without.until(90, |seen| matches!(seen, Workload::Broken(_))).await;
    let Workload::Broken(cause) = cause else { unreachable!() };
    assert_eq!(cause.code, Code::ImagePullFailed, "{cause:?}");
    assert!(registry.refused() > 0, "nobody asked the registry");
    without.end().await;

    let credentials = json!({"auths": {registry.host(): {"auth": AUTH}}}).to_string();
    let mut with = world(&image, Some(credentials)).await;
    with.start().await.unwrap();
    pulled(&mut with).await;
    with.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_broken_for_a_moment_is_asked_again() {
    let registry = Registry::start(Manner { busy: 2, ..Manner::default() }).await.unwrap();
    let mut world = world(&registry.image(), None).await;
    world.start().await.unwrap();
    pulled(&mut world).await;
    assert_eq!(registry.busy(), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_pull_is_shown_as_one_for_as_long_as_it_takes() {
    let registry = Registry::start(Manner { held: true, ..Manner::default() }).await.unwrap();
    let mut world = world(&registry.image(), None).await;
    world.start().await.unwrap();
    // It is this that puts an activation's deadline off.
    world.until(60, |seen| *seen == Workload::Starting(Step::Image)).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(world.runtime.observe(&world.project).await.unwrap(), Workload::Starting(Step::Image));
    registry.release();
    pulled(&mut world).await;
    world.end().await;
}
