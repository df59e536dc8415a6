use super::{LONG, account::account};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Namespace, PersistentVolumeClaim, Pod, Secret, Service},
    networking::v1::Ingress,
    rbac::v1::{ClusterRole, ClusterRoleBinding},
};
use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::{DeleteParams, ListParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde::de::DeserializeOwned;
use std::{ffi::OsStr, fmt::Debug, net::IpAddr};
use tokio::{process::Command, time::timeout};

/// The cluster of the tests, as its administrator sees it.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) client: Client,
    /// `https://HOST:PORT`
    pub(crate) server: String,
    /// PEM.
    pub(crate) ca: Vec<u8>,
    /// The address under which pods reach this computer.
    pub(crate) node: IpAddr,
    /// The agent image.
    pub(crate) image: String,
}

pub(crate) fn env(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run this through `cargo xtask test cluster`"))
}

impl Cluster {
    pub(crate) async fn new() -> Self {
        // Two of our dependencies bring a provider each; the first to ask must be told which.
        rustls::crypto::ring::default_provider().install_default().ok();
        let config = Kubeconfig::read_from(env("GAGGLE_TEST_KUBECONFIG")).unwrap();
        let options = KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(config, &options).await.unwrap();
        let ca = config.root_cert.iter().flatten().map(|der| pem(der)).collect::<String>().into_bytes();
        let server = config.cluster_url.to_string();
        let client = Client::try_from(config).unwrap();
        let node = env("GAGGLE_TEST_NODE_ADDRESS").parse().unwrap();
        Self { client, server, ca, node, image: env("GAGGLE_TEST_AGENT_IMAGE") }
    }

    /// Runs `kubectl` as the administrator; what it says. Its failure is the test's.
    pub(crate) async fn kubectl<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let mut command = Command::new(env("GAGGLE_TEST_KUBECTL"));
        command.arg("--kubeconfig").arg(env("GAGGLE_TEST_KUBECONFIG")).args(arguments).kill_on_drop(true);
        let output = timeout(LONG * 2, command.output()).await.expect("kubectl does not end").unwrap();
        let (said, wrong) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{:?}: {said}{wrong}", command.as_std());
        said.into_owned()
    }

    /// The token of a new service account in a namespace of its own, with the rights of `deploy/kubernetes`.
    pub(crate) async fn account(&self, prefix: &str) -> String {
        account(&self.client, &format!("{prefix}gaggle")).await
    }

    /// Everything that a test's server made goes: namespaces and what is in them, the account and its rights.
    pub(crate) async fn clean(&self, prefix: &str) {
        let delete = DeleteParams::default();
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        for one in namespaces.list(&ListParams::default()).await.unwrap() {
            if one.name_any().starts_with(prefix) {
                namespaces.delete(&one.name_any(), &delete).await.ok();
            }
        }
        let name = format!("{prefix}gaggle");
        Api::<ClusterRole>::all(self.client.clone()).delete(&name, &delete).await.ok();
        Api::<ClusterRoleBinding>::all(self.client.clone()).delete(&name, &delete).await.ok();
    }

    /// The one of this name, if it is there.
    pub(crate) async fn get<K>(&self, namespace: &str, name: &str) -> Option<K>
    where
        K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
            + Clone
            + Debug
            + DeserializeOwned,
    {
        Api::<K>::namespaced(self.client.clone(), namespace).get_opt(name).await.unwrap()
    }

    /// The pods of a project.
    pub(crate) async fn pods(&self, namespace: &str, project: &str) -> Vec<Pod> {
        let with = ListParams::default().labels(&format!("app=proj-{project}-api"));
        Api::namespaced(self.client.clone(), namespace).list(&with).await.unwrap().items
    }

    /// Everything whose name says that it is of this project, as `Kind/name`.
    pub(crate) async fn remains(&self, namespace: &str, project: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.named::<Deployment>(namespace, project, "Deployment", &mut found).await;
        self.named::<Service>(namespace, project, "Service", &mut found).await;
        self.named::<Ingress>(namespace, project, "Ingress", &mut found).await;
        self.named::<Secret>(namespace, project, "Secret", &mut found).await;
        self.named::<Pod>(namespace, project, "Pod", &mut found).await;
        self.named::<PersistentVolumeClaim>(namespace, project, "PersistentVolumeClaim", &mut found).await;
        found
    }

    async fn named<K>(&self, namespace: &str, project: &str, kind: &str, found: &mut Vec<String>)
    where
        K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
            + Clone
            + Debug
            + DeserializeOwned,
    {
        let all = Api::<K>::namespaced(self.client.clone(), namespace).list(&ListParams::default()).await;
        let names = all.unwrap().items.into_iter().map(|one| one.name_any());
        found.extend(names.filter(|name| name.contains(project)).map(|name| format!("{kind}/{name}")));
    }
}

fn pem(der: &[u8]) -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64_STANDARD.encode(der))
}
