//! The cluster of the test run, and an instance of its own for each test.

#[path = "../it/fixture.rs"]
#[expect(dead_code, reason = "shared with the tests that need no cluster")]
mod fixture;

use crate::account::account;
use gaggle_core::port::WorkloadSpec;
use gaggle_runtime_kubernetes::{
    Connection, Credentials, KubernetesConfig, NamespacePrefix, apply::Applier, client::Secret,
};
use gaggle_shared::{InstanceId, ProjectId, Settings, UserId};
use k8s_openapi::{NamespaceResourceScope, api::core::v1::Namespace};
use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::DeleteParams,
    config::Kubeconfig,
    runtime::wait::{await_condition, conditions::is_deleted},
};
use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::time::timeout;

/// What a test works with; the namespace goes at its end.
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) applier: Applier,
    name: &'static str,
}

/// A variable that `cargo xtask cluster up` prints.
pub(crate) fn told(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: start a cluster with `cargo xtask cluster up` and take over what it prints"
        )
    })
}

/// The way of a server with this token.
fn server(kubeconfig: &Path, token: &str) -> Connection {
    let config = Kubeconfig::read_from(kubeconfig).unwrap();
    let cluster = config.clusters.into_iter().next().unwrap().cluster.unwrap();
    let ca = cluster.certificate_authority_data.expect("the authority in the kubeconfig");
    let ca = Some(Credentials::authority(&ca).unwrap());
    Connection::new(Credentials::Token { host: cluster.server.unwrap(), token: Secret::new(token), ca })
}

impl World {
    /// On the cluster of `GAGGLE_TEST_KUBECONFIG`, with nothing left of an earlier run.
    pub(crate) async fn new(name: &'static str) -> Self {
        Self::with(name, |_| ()).await
    }

    /// With another configuration.
    pub(crate) async fn with(name: &'static str, change: impl FnOnce(&mut KubernetesConfig)) -> Self {
        let mut config = fixture::plain();
        config.instance = InstanceId::parse(&format!("i-{name}")).unwrap();
        config.prefix = NamespacePrefix::parse("objects-test-").unwrap();
        config.agent.image = told("GAGGLE_TEST_AGENT_IMAGE");
        config.relay.own.clone_from(&config.agent.image);
        config.home.url = format!("wss://{}:3002/relay", told("GAGGLE_TEST_NODE_ADDRESS"));
        config.volume.size = fixture::quantity("16Mi");
        change(&mut config);
        let kubeconfig = PathBuf::from(told("GAGGLE_TEST_KUBECONFIG"));
        let admin = Connection::new(Credentials::Files(vec![kubeconfig.clone()]));
        let client = admin.client().await.unwrap();
        let server = server(&kubeconfig, &account(&client, "gaggle-of-objects").await);
        let world = Self { client, applier: Applier::new(server, Arc::new(config)), name };
        world.clear().await;
        world
    }

    /// An activation of the test's only project.
    pub(crate) fn spec(&self) -> WorkloadSpec {
        WorkloadSpec {
            instance: self.applier.config().instance.clone(),
            user: UserId::parse(self.name).unwrap(),
            project: ProjectId::parse(&format!("p-{}", self.name)).unwrap(),
            ..fixture::spec(Settings::default())
        }
    }

    pub(crate) fn api<K>(&self, namespace: &str) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// Removes what the test made.
    pub(crate) async fn end(self) {
        self.clear().await;
    }

    async fn clear(&self) {
        let spec = self.spec();
        let name = self.applier.at(&spec.user, &spec.project).namespace;
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let Some(live) = namespaces.get_opt(&name).await.unwrap() else { return };
        let uid = live.uid().unwrap();
        namespaces.delete(&name, &DeleteParams::default()).await.unwrap();
        let gone = await_condition(namespaces, &name, is_deleted(&uid));
        timeout(Duration::from_secs(120), gone).await.expect("the namespace does not go").unwrap();
    }
}
