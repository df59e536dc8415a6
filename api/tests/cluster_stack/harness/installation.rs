use super::{Api, Cluster, LONG, Project, cluster::env, until};
use gaggle_testkit::{ScriptedModel, mongo::MongoServer};
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::api::ListParams;
use serde_json::json;
use std::{ffi::OsStr, fmt::Write as _, fs, net::SocketAddr, path::Path, thread};
use tempfile::TempDir;
use tokio::{process::Command, time::timeout};

/// Gaggle as people install it: `deploy/kubernetes` with an overlay of ours, its records in a MongoDB, used through
/// its Service.
pub(crate) struct Installation {
    folder: TempDir,
    pub(crate) cluster: Cluster,
    pub(crate) model: ScriptedModel,
    pub(crate) mongo: MongoServer,
    pub(crate) api: Api,
    /// Of users' namespaces.
    prefix: String,
    /// Gaggle's own.
    pub(crate) namespace: String,
    /// `ADDRESS:PORT` of its Service.
    pub(crate) service: SocketAddr,
}

impl Installation {
    /// Installs it with `kubectl apply -k` and waits as a person would.
    pub(crate) async fn new() -> Self {
        let cluster = Cluster::new().await;
        let folder = tempfile::tempdir().unwrap();
        let model = ScriptedModel::start_on(SocketAddr::new(cluster.node, 0)).await.unwrap();
        let mongo = MongoServer::start_on(cluster.node, &[]).await.unwrap();
        let unique = folder
            .path()
            .to_string_lossy()
            .bytes()
            .fold(7u32, |hash, byte| hash.wrapping_mul(31) ^ u32::from(byte));
        let prefix = format!("i{unique:08x}-");
        let namespace = format!("{prefix}gaggle");
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/kubernetes/base"),
            &folder.path().join("base"),
        );
        let overlay = folder.path().join("overlay");
        fs::create_dir(&overlay).unwrap();
        let text = kustomization(&cluster, &model, &mongo, &prefix, &namespace);
        fs::write(overlay.join("kustomization.yaml"), text).unwrap();
        // What a failed start leaves is cleaned by the same drop as everything else.
        let nowhere = SocketAddr::new(cluster.node, 0);
        let mut this = Self {
            folder,
            cluster,
            model,
            mongo,
            api: Api::new(nowhere),
            prefix,
            namespace,
            service: nowhere,
        };
        this.kubectl(["apply", "-k", overlay.to_str().unwrap()]).await;
        let service: Service = until("the Service", || this.cluster.get(&this.namespace, "gaggle")).await;
        let address = service.spec.unwrap().cluster_ip.unwrap();
        this.service = SocketAddr::new(address.parse().unwrap(), 80);
        this.api = Api::new(this.service);
        this.rolled().await;
        this
    }

    /// Runs `kubectl` as the administrator.
    pub(crate) async fn kubectl<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        self.cluster.kubectl(arguments).await
    }

    /// Waits until the Deployment is as it should be, and answers through its Service.
    pub(crate) async fn rolled(&self) {
        self.kubectl(["-n", &self.namespace, "rollout", "status", "deployment/gaggle", "--timeout=100s"])
            .await;
        // kube-proxy learns of it a little later than kubectl.
        until("the Service's answer", || async {
            let answer = self.api.request(reqwest::Method::GET, "/readyz").send().await;
            answer.ok().filter(|answer| answer.status() == 200).map(drop)
        })
        .await;
    }

    /// Its pods.
    pub(crate) async fn pods(&self) -> Vec<Pod> {
        let with = ListParams::default().labels("app.kubernetes.io/name=gaggle");
        kube::Api::namespaced(self.cluster.client.clone(), &self.namespace).list(&with).await.unwrap().items
    }

    /// A project of a user whose agent asks for nothing.
    pub(crate) async fn project(&self, user: &str, name: &str) -> Project {
        let body = json!({"name": name, "settings": {"mode": "auto"}});
        let made = self.api.post(&format!("/api/users/{user}/projects"), body).await.is(201);
        let id = made["id"].as_str().unwrap();
        Project::new(self.api.clone(), self.cluster.clone(), &self.prefix, user, id)
    }

    /// What `gaggle export` finds in its MongoDB.
    pub(crate) async fn records(&self) -> String {
        let file = self.folder.path().join("records.jsonl");
        let mut command = Command::new(env!("CARGO_BIN_EXE_gaggle"));
        command.arg("export").arg(&file).env_clear().current_dir(self.folder.path());
        command.env("HOME", self.folder.path()).env("MONGODB_URI", uri(&self.mongo)).kill_on_drop(true);
        let output = timeout(LONG, command.output()).await.expect("the export does not end").unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(file).unwrap()
    }

    /// Takes it out as it was put in; then the users' namespaces, which stay while their users do.
    pub(crate) async fn uninstall(&self) {
        let overlay = self.folder.path().join("overlay");
        self.kubectl(["delete", "-k", overlay.to_str().unwrap(), "--wait", "--timeout=100s"]).await;
        self.cluster.clean(&self.prefix).await;
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if thread::panicking() {
            let prefix = self.prefix.clone();
            let show = ["-n", &self.namespace, "logs", "deployment/gaggle", "--tail=200", "--all-pods"];
            let (kubectl, config) = (env("GAGGLE_TEST_KUBECTL"), env("GAGGLE_TEST_KUBECONFIG"));
            std::process::Command::new(kubectl).arg("--kubeconfig").arg(config).args(show).status().ok();
            let cleaning = thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async { Cluster::new().await.clean(&prefix).await });
            });
            cleaning.join().ok();
        }
    }
}

/// Straight to it: it calls itself by a name that holds only where it runs.
fn uri(mongo: &MongoServer) -> String {
    format!("{}/goose?directConnection=true", mongo.uri())
}

/// The overlay: what a person would write for a cluster of their own, and names that do not meet those of other tests.
fn kustomization(
    cluster: &Cluster,
    model: &ScriptedModel,
    mongo: &MongoServer,
    prefix: &str,
    namespace: &str,
) -> String {
    let image = env("GAGGLE_TEST_SERVER_IMAGE");
    let (name, tag) = image.rsplit_once(':').expect("an image with its tag");
    let mut text = format!(
        r#"apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {namespace}
resources: [../base]
images:
  - {{name: gaggle/server, newName: {name}, newTag: {tag}}}
generatorOptions: {{disableNameSuffixHash: true}}
secretGenerator:
  - name: gaggle
    literals: ["MONGODB_URI={}"]
patches:
"#,
        uri(mongo)
    );
    for kind in ["ClusterRole", "ClusterRoleBinding"] {
        let rename = json!([{"op": "replace", "path": "/metadata/name", "value": namespace}]);
        let target = format!("{{kind: {kind}, name: gaggle}}");
        writeln!(text, "  - {{target: {target}, options: {{allowNameChange: true}}, patch: '{rename}'}}")
            .unwrap();
    }
    text.push_str("configMapGenerator:\n  - name: gaggle\n    literals:\n");
    let node = format!("{}/32", cluster.node);
    let settings = [
        ("KUBE_NAMESPACE_PREFIX", prefix),
        ("ACR_IMAGE", &cluster.image),
        ("GAGGLE_RELAY_IMAGE", &image),
        ("GAGGLE_SERVICE_TYPE", "ClusterIP"),
        ("GAGGLE_EGRESS", &node),
        ("GAGGLE_AGENT_ENV", "GOOSE_PROVIDER,GOOSE_MODEL,OPENAI_HOST,OPENAI_API_KEY"),
        ("GAGGLE_LOG", "info,gaggle_runtime_kubernetes=debug"),
    ];
    let model: Vec<(String, String)> =
        model.env().into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let model = model.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in settings.into_iter().chain(model) {
        writeln!(text, "      - {name}={value}").unwrap();
    }
    text
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
