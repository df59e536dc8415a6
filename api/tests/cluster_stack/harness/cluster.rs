use k8s_openapi::{
    api::{
        apps::v1::Deployment,
        authentication::v1::{TokenRequest, TokenRequestSpec},
        core::v1::{Namespace, PersistentVolumeClaim, Pod, Secret, Service, ServiceAccount},
        networking::v1::Ingress,
        rbac::v1::{ClusterRole, ClusterRoleBinding, RoleRef, Subject},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::{DeleteParams, ListParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde::de::DeserializeOwned;
use std::{fmt::Debug, fs, net::IpAddr, path::Path};

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

    /// The token of a new service account in a namespace of its own, with the rights of `deploy/kubernetes`.
    pub(crate) async fn account(&self, prefix: &str) -> String {
        let name = format!("{prefix}gaggle");
        let meta = || ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
        let post = PostParams::default();
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        namespaces.create(&post, &Namespace { metadata: meta(), ..Namespace::default() }).await.unwrap();
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), &name);
        let account = ServiceAccount { metadata: meta(), ..ServiceAccount::default() };
        accounts.create(&post, &account).await.unwrap();
        let role = ClusterRole { metadata: meta(), ..role() };
        Api::all(self.client.clone()).create(&post, &role).await.unwrap();
        let binding = ClusterRoleBinding {
            metadata: meta(),
            role_ref: RoleRef {
                api_group: "rbac.authorization.k8s.io".into(),
                kind: "ClusterRole".into(),
                name: name.clone(),
            },
            subjects: Some(vec![Subject {
                kind: "ServiceAccount".into(),
                name: name.clone(),
                namespace: Some(name.clone()),
                ..Subject::default()
            }]),
        };
        Api::all(self.client.clone()).create(&post, &binding).await.unwrap();
        let spec = TokenRequestSpec { expiration_seconds: Some(7200), ..TokenRequestSpec::default() };
        let request = TokenRequest { spec, ..TokenRequest::default() };
        let token = accounts.create_token_request(&name, &post, &request).await.unwrap();
        token.status.unwrap().token
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

/// The rights that people are told to give.
fn role() -> ClusterRole {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/kubernetes/base/role.yaml");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let role = text.split("\n---").find(|part| part.contains("kind: ClusterRole\n"));
    serde_saphyr::from_str(role.expect("a ClusterRole")).unwrap()
}

fn pem(der: &[u8]) -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64_STANDARD.encode(der))
}
