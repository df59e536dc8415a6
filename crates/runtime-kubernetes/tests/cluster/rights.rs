//! Each verb of the role taken away: what is done then says which one is missing.

use crate::{
    examine::{WITHIN, wanted},
    refused::cause,
    token::{settled, with_token},
    world::{World, credentials, variable},
};
use futures_util::{StreamExt as _, stream};
use gaggle_core::port::{Cause, Runtime as _, RuntimeError};
use gaggle_runtime_kubernetes::{
    Connection,
    config::{Ingress, Peer},
    examine::examine,
    labels,
    objects::Kind,
    rights::RIGHTS,
};
use gaggle_shared::FindingState;
use k8s_openapi::api::{
    apps::v1::ReplicaSet,
    authentication::v1::TokenRequest,
    core::v1::{Pod, ServiceAccount},
    rbac::v1::{ClusterRole, ClusterRoleBinding},
};
use kube::{
    Api, Client,
    api::{DeleteParams, Patch, PatchParams, PostParams},
    core::DynamicObject,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// How many are tried at once.
const AT_ONCE: usize = 6;

/// What nobody who calls is told of, for it goes on without: broken watches are made good for by live reads, events
/// explain, pods are called only where they cannot call, and Ingresses are listed only to find one that is alone.
/// `gaggle doctor` tells of it.
const SILENT: [(&str, &str); 7] = [
    ("events", "list"),
    ("events", "watch"),
    ("pods", "watch"),
    ("replicasets", "watch"),
    ("pods/portforward", "create"),
    ("pods/portforward", "get"),
    ("ingresses", "list"),
];

/// The role without one verb.
fn rules(resource: &str, verb: &str) -> Value {
    let rules = RIGHTS.iter().filter_map(|right| {
        let left = right.verbs.iter().filter(|one| right.resource != resource || **one != verb);
        let verbs: Vec<_> = left.collect();
        let rule = json!({"apiGroups": [right.group], "resources": [right.resource], "verbs": verbs});
        (!verbs.is_empty()).then_some(rule)
    });
    rules.collect()
}

fn of<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// A service account with the role without that verb, as the administrator makes it.
pub(crate) struct Account {
    admin: Client,
    pub(crate) name: String,
    pub(crate) token: String,
}

impl Account {
    pub(crate) async fn new(admin: &Client, resource: &str, verb: &str) -> Self {
        let name = format!("without-{verb}-{}-{}", resource.replace('/', "-"), std::process::id());
        let (admin, new) = (admin.clone(), PostParams::default());
        let accounts: Api<ServiceAccount> = Api::namespaced(admin.clone(), "default");
        accounts.create(&new, &of(json!({"metadata": {"name": name}}))).await.unwrap();
        let role = json!({"metadata": {"name": name}, "rules": rules(resource, verb)});
        Api::<ClusterRole>::all(admin.clone()).create(&new, &of(role)).await.unwrap();
        let binding = json!({"metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}]});
        Api::<ClusterRoleBinding>::all(admin.clone()).create(&new, &of(binding)).await.unwrap();
        let asked: TokenRequest = of(json!({"spec": {"audiences": []}}));
        let asked = accounts.create_token_request(&name, &new, &asked).await.unwrap();
        let account = Self { admin, name, token: asked.status.unwrap().token };
        settled(&account.token).await;
        account
    }

    pub(crate) async fn end(self) {
        let gone = DeleteParams::default();
        Api::<ClusterRoleBinding>::all(self.admin.clone()).delete(&self.name, &gone).await.unwrap();
        Api::<ClusterRole>::all(self.admin.clone()).delete(&self.name, &gone).await.unwrap();
        Api::<ServiceAccount>::namespaced(self.admin.clone(), "default")
            .delete(&self.name, &gone)
            .await
            .unwrap();
    }
}

/// A project's whole life by who may not do one thing, and all that was said to be wrong.
async fn lived(token: &str, resource: &str, verb: &str) -> Vec<Cause> {
    // No pod ever runs: what is looked at are rights.
    let world = World::through(with_token(token), |config| {
        config.agent.node_selector.insert("gaggle-test".into(), "nowhere".into());
        config.ingress = Some(Ingress {
            domain: "example.test".into(),
            class: None,
            annotations: BTreeMap::new(),
            tls: None,
            controller: Peer { namespace: BTreeMap::new(), pods: BTreeMap::new() },
        });
    })
    .await;
    let mut said = Vec::new();
    let mut note = |error: RuntimeError| said.push(cause(error));
    world.runtime.place(&world.placement()).await.err().map(&mut note);
    world.start().await.err().map(&mut note);
    world.runtime.observe(&world.project).await.err().map(&mut note);
    world.runtime.owned().await.err().map(&mut note);
    leftovers(&world, resource).await;
    world.runtime.logs(&world.project, 1, false).await.err().map(&mut note);
    world.runtime.stop(&world.project, Duration::ZERO).await.err().map(&mut note);
    // What goes at once nobody waits for.
    let held = held(&world, resource).filter(|_| verb == "watch");
    let finalizers = async |list: Value| {
        let Some((api, name)) = &held else { return };
        let patch = Patch::Merge(json!({"metadata": {"finalizers": list}}));
        api.patch(name, &PatchParams::default(), &patch).await.unwrap();
    };
    finalizers(json!(["example.com/held"])).await;
    world.runtime.remove(&world.project, None).await.err().map(&mut note);
    finalizers(Value::Null).await;
    world.abandon().await;
    said
}

/// The project's object of a kind whose end is waited for.
fn held(world: &World, resource: &str) -> Option<(Api<DynamicObject>, String)> {
    let (kind, end) = match resource {
        "deployments" => (Kind::Deployment, "api"),
        "persistentvolumeclaims" => (Kind::PersistentVolumeClaim, "data"),
        "services" => (Kind::Service, "svc"),
        _ => return None,
    };
    let api = Api::namespaced_with(world.client.clone(), &world.namespace, &kind.resource());
    Some((api, format!("proj-{}-{end}", world.project)))
}

/// What nobody else would take away: a pod, or a ReplicaSet.
async fn leftovers(world: &World, resource: &str) {
    let new = PostParams::default();
    if !resource.starts_with("pods") && resource != "replicasets" {
        return;
    }
    let name = format!("{}-left", world.deployment());
    let labels = labels::of_project(&world.config.instance, &world.user, &world.project, &name);
    let security = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    let spec = json!({"nodeSelector": {"gaggle-test": "nowhere"},
        "securityContext": {"runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "agent", "image": variable("GAGGLE_TEST_AGENT_IMAGE"), "securityContext": security}]});
    let meta = json!({"name": name, "labels": labels});
    if resource == "replicasets" {
        let set = json!({"metadata": meta, "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": spec}}});
        world.api::<ReplicaSet>().create(&new, &of(set)).await.unwrap();
    } else {
        world.api::<Pod>().create(&new, &of(json!({"metadata": meta, "spec": spec}))).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_verb_is_missing_is_named() {
    let admin = Connection::new(credentials()).client().await.unwrap();
    let all = RIGHTS.iter().flat_map(|right| right.verbs.iter().map(|verb| (right.resource, *verb)));
    let tried = all.filter(|one| !SILENT.contains(one)).map(|(resource, verb)| {
        let admin = admin.clone();
        async move {
            let account = Account::new(&admin, resource, verb).await;
            let said = lived(&account.token, resource, verb).await;
            account.end().await;
            let missing = format!("may not {verb} {resource}");
            let named = said.iter().any(|cause| {
                let hint = cause.hint.as_deref().unwrap_or_default();
                let names = cause
                    .message
                    .strip_suffix('.')
                    .is_some_and(|text| format!("{text} ").contains(&format!("{missing} ")));
                names && hint.contains(verb) && hint.contains(resource)
            });
            (!named).then(|| format!("{verb} {resource}: {said:?}"))
        }
    });
    let unnamed: Vec<_> =
        stream::iter(tried).buffer_unordered(AT_ONCE).filter_map(async |one| one).collect().await;
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_is_told_of_is_told_by_doctor() {
    let admin = Connection::new(credentials()).client().await.unwrap();
    let tried = SILENT.map(|(resource, verb)| {
        let admin = admin.clone();
        async move {
            let account = Account::new(&admin, resource, verb).await;
            let found = examine(&Connection::new(with_token(&account.token)), &wanted(), None, WITHIN).await;
            account.end().await;
            let rights = found.iter().find(|one| one.about == "rights").unwrap();
            assert_eq!(rights.found, format!("Gaggle may not {verb} {resource}"), "{found:?}");
            assert_eq!(rights.state, FindingState::Bad, "{found:?}");
            assert!(rights.hint.as_deref().is_some_and(|hint| hint.contains(verb)), "{rights:?}");
        }
    });
    stream::iter(tried).for_each_concurrent(AT_ONCE, |one| one).await;
}
