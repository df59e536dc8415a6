//! All objects of a user and a project on a real cluster: accepted, healed, put to sleep, removed.

use crate::world::World;
use gaggle_core::port::Placement;
use gaggle_runtime_kubernetes::{client::Fault, labels};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Namespace, PersistentVolumeClaim, Pod, Secret, Service},
};
use kube::{
    Api, ResourceExt as _,
    api::{ListParams, ObjectMeta, Patch, PatchParams, PostParams},
    runtime::wait::{await_condition, conditions::is_deleted},
};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_made_started_put_to_sleep_and_removed() {
    let world = World::new("life").await;
    let (applier, spec) = (&world.applier, world.spec());
    let placement = Placement {
        instance: spec.instance.clone(),
        user: spec.user.clone(),
        project: spec.project.clone(),
        settings: spec.settings.clone(),
    };
    applier.place(&placement).await.unwrap();
    let place = applier.at(&spec.user, &spec.project);
    let names = place.names();
    let deployments: Api<Deployment> = world.api(&place.namespace);
    let replicas = async || deployments.get(&names.deployment()).await.unwrap().spec.unwrap().replicas;
    assert_eq!(replicas().await, Some(0));
    let pods: Api<Pod> = world.api(&place.namespace);
    assert!(pods.list(&ListParams::default()).await.unwrap().items.is_empty());

    applier.activate(&spec, |_| ()).await.unwrap();
    assert_eq!(replicas().await, Some(1));
    // Pod Security lets it in: a refused pod would never be there.
    let selector = format!("{}={}", labels::APP, names.deployment());
    let found = timeout(LONG, async {
        let watch =
            kube::runtime::watcher(pods.clone(), kube::runtime::watcher::Config::default().labels(&selector));
        let mut seen = std::pin::pin!(kube::runtime::WatchStreamExt::applied_objects(watch));
        futures_util::StreamExt::next(&mut seen).await
    });
    let pod = found.await.expect("no pod within 60 s").unwrap().unwrap();
    assert_eq!(pod.labels()[labels::PROJECT], spec.project.as_str());
    let services: Api<Service> = world.api(&place.namespace);
    let kind = async || services.get(&names.service()).await.unwrap().spec.unwrap().type_.unwrap();
    assert_eq!(kind().await, "LoadBalancer");

    // A field of somebody else's survives the next activation.
    let theirs = Patch::Merge(json!({"metadata": {"annotations": {"theirs": "1"}}}));
    deployments.patch(&names.deployment(), &PatchParams::default(), &theirs).await.unwrap();
    applier.scale_down(&place).await.unwrap();
    assert_eq!((replicas().await, kind().await.as_str()), (Some(0), "ClusterIP"));
    let mut again = spec.clone();
    again.token = "another".into();
    applier.activate(&again, |_| ()).await.unwrap();
    let live = deployments.get(&names.deployment()).await.unwrap();
    assert_eq!((live.annotations()["theirs"].as_str(), live.spec.as_ref().unwrap().replicas), ("1", Some(1)));
    assert_eq!(kind().await, "LoadBalancer");

    let mut removed = Vec::new();
    applier.delete_all(&spec.project, None, &mut removed).await.unwrap();
    let mut kinds: Vec<_> = removed.iter().map(|removed| removed.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["Deployment", "PersistentVolumeClaim", "Secret", "Service"]);
    assert!(pods.list(&ListParams::default()).await.unwrap().items.is_empty());
    assert!(deployments.get_opt(&names.deployment()).await.unwrap().is_none());
    let claims: Api<PersistentVolumeClaim> = world.api(&place.namespace);
    let secrets: Api<Secret> = world.api(&place.namespace);
    assert!(claims.get_opt(&names.claim()).await.unwrap().is_none());
    assert!(secrets.get_opt(&names.secret()).await.unwrap().is_none());
    assert!(services.get_opt(&names.service()).await.unwrap().is_none());
    removed.clear();
    applier.delete_all(&spec.project, None, &mut removed).await.unwrap();
    assert_eq!(removed, []);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ours_is_never_adopted_changed_or_deleted() {
    let world = World::new("foreign").await;
    let spec = world.spec();
    let place = world.applier.at(&spec.user, &spec.project);
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    let theirs = Namespace {
        metadata: ObjectMeta { name: Some(place.namespace.clone()), ..ObjectMeta::default() },
        ..Namespace::default()
    };
    namespaces.create(&PostParams::default(), &theirs).await.unwrap();
    let fault = world.applier.activate(&spec, |_| ()).await.unwrap_err();
    let Fault::Cause(cause) = &fault else { panic!("{fault:?}") };
    assert_eq!(cause.code, gaggle_shared::Code::NamespaceFailed);
    assert!(cause.message.contains(&place.namespace), "{cause:?}");
    let live = namespaces.get(&place.namespace).await.unwrap();
    assert!(!live.labels().contains_key(labels::INSTANCE));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_removed_by_hand_is_made_anew() {
    let world = World::new("anew").await;
    let spec = world.spec();
    world.applier.activate(&spec, |_| ()).await.unwrap();
    let place = world.applier.at(&spec.user, &spec.project);
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    let uid = namespaces.get(&place.namespace).await.unwrap().uid().unwrap();
    namespaces.delete(&place.namespace, &kube::api::DeleteParams::default()).await.unwrap();
    let terminating = world.applier.activate(&spec, |_| ()).await;
    if let Err(fault) = terminating {
        assert!(gaggle_core::port::Cause::from(fault).passing, "it passes when the namespace is gone");
    }
    let gone = await_condition(namespaces.clone(), &place.namespace, is_deleted(&uid));
    timeout(LONG, gone).await.expect("the namespace does not go").unwrap();
    world.applier.activate(&spec, |_| ()).await.unwrap();
    assert_ne!(namespaces.get(&place.namespace).await.unwrap().uid().unwrap(), uid);
    world.end().await;
}
