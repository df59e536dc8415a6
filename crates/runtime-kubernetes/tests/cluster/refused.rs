//! A cluster that says no, or nothing.

use crate::{
    token::with_token,
    world::{World, credentials},
};
use gaggle_core::port::{Cause, Runtime as _, RuntimeError};
use gaggle_runtime_kubernetes::{Connection, Credentials, client::Secret};
use gaggle_shared::Code;
use gaggle_testkit::fault::{Fault, Rule};
use k8s_openapi::api::{
    authentication::v1::TokenRequest,
    core::v1::{ConfigMap, Namespace, ServiceAccount},
};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, PostParams},
};
use serde_json::json;
use std::time::{Duration, Instant};

pub(crate) fn cause(error: RuntimeError) -> Cause {
    match error {
        RuntimeError::Cause(cause) => cause,
        RuntimeError::NotSupported => panic!("not supported"),
    }
}

/// Credentials of a service account that may do nothing.
async fn nobody(client: &kube::Client, name: &str) -> Credentials {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "default");
    let account = serde_json::from_value(json!({"metadata": {"name": name}})).unwrap();
    accounts.create(&PostParams::default(), &account).await.unwrap();
    let asked: TokenRequest = serde_json::from_value(json!({"spec": {"audiences": []}})).unwrap();
    let asked = accounts.create_token_request(name, &PostParams::default(), &asked).await.unwrap();
    with_token(&asked.status.unwrap().token)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_do_nothing_is_told_which_verb_is_missing() {
    let client = Connection::new(credentials()).client().await.unwrap();
    let name = format!("nobody-{}", std::process::id());
    let world = World::through(nobody(&client, &name).await, |_| {}).await;
    let refused = cause(world.start().await.unwrap_err());
    assert_eq!(refused.code, Code::NamespaceFailed, "{refused:?}");
    assert!(refused.hint.as_deref().unwrap().contains("namespaces"), "{refused:?}");
    let refused = cause(world.runtime.observe(&world.project).await.unwrap_err());
    assert_eq!(refused.code, Code::ForbiddenByCluster, "{refused:?}");
    assert!(refused.message.contains("list deployments"), "{refused:?}");
    let accounts: Api<ServiceAccount> = Api::namespaced(client, "default");
    accounts.delete(&name, &DeleteParams::default()).await.unwrap();
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_makes_in_the_same_moment_is_not_taken_over() {
    let (proxy, world) = crate::watch::through_proxy().await;
    let theirs: Namespace = serde_json::from_value(json!({"metadata": {"name": world.namespace}})).unwrap();
    let spaces: Api<Namespace> = Api::all(world.client.clone());
    spaces.create(&PostParams::default(), &theirs).await.unwrap();
    // It was not there yet when it was looked at.
    let path = format!("/namespaces/{}", world.namespace);
    let unseen = Fault::Answer { status: 404, reason: "NotFound" };
    proxy.inject(Rule::new(path, unseen, 2).method(http::Method::GET));
    let refused = cause(world.start().await.unwrap_err());
    assert_eq!(refused.code, Code::NamespaceFailed, "{refused:?}");
    assert!(refused.message.contains("does not belong"), "{refused:?}");
    let live = spaces.get(&world.namespace).await.unwrap();
    assert!(!live.labels().contains_key("gaggle/instance"), "{live:?}");
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_on_its_way_out_is_waited_for() {
    let world = World::new().await;
    world.bare_namespace().await;
    let held: ConfigMap =
        serde_json::from_value(json!({"metadata": {"name": "held", "finalizers": ["example.com/held"]}}))
            .unwrap();
    world.api().create(&PostParams::default(), &held).await.unwrap();
    let spaces: Api<Namespace> = Api::all(world.client.clone());
    spaces.delete(&world.namespace, &DeleteParams::default()).await.unwrap();
    let refused = cause(world.start().await.unwrap_err());
    let free = kube::api::Patch::Merge(json!({"metadata": {"finalizers": null}}));
    let notes = world.api::<ConfigMap>();
    notes.patch("held", &kube::api::PatchParams::default(), &free).await.unwrap();
    assert_eq!((refused.code, refused.passing), (Code::NamespaceFailed, true), "{refused:?}");
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_is_not_there_and_a_token_that_is_not_taken() {
    let there = Credentials::Token { host: "http://127.0.0.1:1".into(), token: Secret::new("x"), ca: None };
    for (credentials, words) in [(there, "127.0.0.1:1"), (with_token("expired"), "Unauthorized")] {
        let world = World::through(credentials, |_| {}).await;
        let begun = Instant::now();
        let refused = cause(world.runtime.observe(&world.project).await.unwrap_err());
        assert!(begun.elapsed() < Duration::from_secs(10));
        assert_eq!((refused.code, refused.passing), (Code::ClusterUnreachable, true), "{refused:?}");
        assert!(refused.detail.as_deref().unwrap().contains(words), "{refused:?}");
        let expired = refused.hint.as_deref().is_some_and(|hint| hint.contains("the token may have expired"));
        assert_eq!(expired, words == "Unauthorized", "{refused:?}");
        assert_eq!(cause(world.runtime.check().await.unwrap_err()).code, Code::ClusterUnreachable);
        assert_eq!(cause(world.runtime.owned().await.unwrap_err()).code, Code::ClusterUnreachable);
        drop(world);
    }
}
