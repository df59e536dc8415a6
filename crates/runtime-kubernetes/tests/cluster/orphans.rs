//! What carries our labels though no record knows it, on the real node.

use crate::world::World;
use gaggle_core::port::{Runtime as _, Workload};
use gaggle_runtime_kubernetes::{
    config::{Ingress, Peer},
    labels,
};
use gaggle_shared::{InstanceId, Time};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{ConfigMap, PersistentVolumeClaim, Secret, Service},
    networking::v1::Ingress as Route,
};
use kube::{Resource, ResourceExt as _, api::PostParams, core::NamespaceResourceScope};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Debug};

/// A moment of this test's own.
fn at(hours: i64, minutes: i64) -> Time {
    let day: Time = "2026-05-01T00:00:00Z".parse().unwrap();
    day.checked_add(jiff(hours, minutes)).unwrap()
}

fn jiff(hours: i64, minutes: i64) -> std::time::Duration {
    std::time::Duration::from_secs(u64::try_from(hours * 3600 + minutes * 60).unwrap())
}

async fn names<K>(world: &World) -> Vec<String>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
{
    world.api::<K>().list(&Default::default()).await.unwrap().items.iter().map(K::name_any).collect()
}

async fn make<K>(world: &World, body: Value)
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + Debug
        + DeserializeOwned
        + serde::Serialize,
{
    let object: K = serde_json::from_value(body).unwrap();
    world.api::<K>().create(&PostParams::default(), &object).await.unwrap();
}

async fn claims(world: &World) -> Vec<PersistentVolumeClaim> {
    world.api::<PersistentVolumeClaim>().list(&Default::default()).await.unwrap().items
}

fn plain_service(name: &str, labels: &BTreeMap<String, String>) -> Value {
    json!({"metadata": {"name": name, "labels": labels}, "spec": {"ports": [{"port": 80}]}})
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_an_orphan_goes_but_its_volume_and_nobody_elses_is_touched() {
    let mut world = World::with(|config| {
        config.ingress = Some(Ingress {
            domain: "agents.test".into(),
            class: None,
            annotations: BTreeMap::new(),
            tls: None,
            controller: Peer { namespace: BTreeMap::new(), pods: BTreeMap::new() },
        });
    })
    .await;
    world.watching().await;
    world.start().await.unwrap();
    world.running().await;
    let ours = labels::of_project(&world.config.instance, &world.user, &world.project, "x");
    let another = InstanceId::parse("somebodyelse").unwrap();
    let others = labels::of_project(&another, &world.user, &world.project, "x");
    make::<Service>(&world, plain_service("another-name", &ours)).await;
    make::<Service>(&world, plain_service("anothers", &others)).await;
    make::<Service>(&world, plain_service("nobodys", &BTreeMap::new())).await;
    make::<ConfigMap>(&world, json!({"metadata": {"name": "mine"}})).await;
    make::<Secret>(&world, json!({"metadata": {"name": "anothers", "labels": others}})).await;
    assert_eq!(world.runtime.owned().await.unwrap(), [world.project.clone()]);

    // The dry run names all of it and changes nothing.
    let shown = world.runtime.belongings(&world.project).await.unwrap();
    let kinds: Vec<_> = shown.iter().map(|one| (one.kind.as_str(), one.data)).collect();
    for kind in ["Deployment", "Secret", "Ingress", "Pod", "ReplicaSet"] {
        assert!(kinds.contains(&(kind, false)), "{kind}: {shown:?}");
    }
    assert_eq!(kinds.iter().filter(|(kind, _)| *kind == "Service").count(), 2, "{shown:?}");
    assert!(kinds.contains(&("PersistentVolumeClaim", true)), "{shown:?}");
    assert_eq!(world.runtime.observe(&world.project).await.unwrap(), Workload::Running);

    let cleared = world.runtime.clear(&world.project, false, at(0, 0)).await.unwrap();
    assert_eq!(cleared.since, Some(at(0, 0)));
    let went: Vec<_> = cleared.removed.iter().map(|one| one.kind.as_str()).collect();
    for kind in ["Deployment", "Secret", "Ingress", "Service"] {
        assert!(went.contains(&kind), "{kind}: {went:?}");
    }
    assert_eq!(names::<Deployment>(&world).await, Vec::<String>::new());
    assert_eq!(names::<Route>(&world).await, Vec::<String>::new());
    assert!(world.pods().await.is_empty());
    assert_eq!(names::<Service>(&world).await, ["anothers", "nobodys"]);
    assert_eq!(names::<Secret>(&world).await, ["anothers"]);
    assert!(names::<ConfigMap>(&world).await.contains(&"mine".to_owned()));
    assert_eq!(claims(&world).await.len(), 1, "data is kept");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_says_since_when_it_is_reported_and_goes_only_when_told() {
    let mut world = World::new().await;
    world.watching().await;
    world.runtime.place(&world.placement()).await.unwrap();
    let mark = async |world: &World| claims(world).await[0].annotations().get(labels::ORPHAN).cloned();
    assert_eq!(mark(&world).await, None);
    let since =
        async |world: &World, now| world.runtime.clear(&world.project, false, now).await.unwrap().since;
    assert_eq!(since(&world, at(0, 0)).await, Some(at(0, 0)));
    let first = mark(&world).await;
    assert!(first.is_some());
    assert_eq!(since(&world, at(0, 30)).await, Some(at(0, 0)));
    assert_eq!(mark(&world).await, first, "it is not written at every look");
    // Another server goes on with the same day.
    world.restart(|_| {}).await;
    assert_eq!(since(&world, at(1, 30)).await, Some(at(0, 0)));
    assert_ne!(mark(&world).await, first);
    assert_eq!(since(&world, at(9, 0)).await, Some(at(9, 0)), "for hours nobody looked: the day begins anew");
    assert_eq!(claims(&world).await.len(), 1);
    let gone = world.runtime.clear(&world.project, true, at(33, 0)).await.unwrap();
    assert!(gone.removed.iter().any(|one| one.kind == "PersistentVolumeClaim"), "{gone:?}");
    assert_eq!(claims(&world).await.len(), 0);
    assert_eq!(world.runtime.owned().await.unwrap(), []);
    world.end().await;
}
