//! What somebody would do by hand: a Deployment of the same pod template, and `kubectl`.

use crate::cluster::Cluster;
use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use kube::runtime::{WatchStreamExt as _, watcher};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// How often a port that does not listen yet is tried again.
const RETRY: Duration = Duration::from_millis(1);
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);
const KEY: &str = "bench";

/// A Deployment with Service, Secret and volume, as a project has.
pub(super) struct Baseline<'a> {
    cluster: &'a Cluster,
    namespace: String,
    name: String,
}

impl<'a> Baseline<'a> {
    /// Makes one of the template of a project's Deployment, asleep.
    pub(super) async fn new(
        cluster: &'a Cluster,
        namespace: &str,
        name: &str,
        project: &str,
    ) -> Result<Self> {
        let this = Self { cluster, namespace: namespace.to_owned(), name: name.to_owned() };
        let theirs = cluster.json(&format!("-n {namespace} get deployment proj-{project}-api")).await?;
        let claim = cluster.json(&format!("-n {namespace} get pvc proj-{project}-data")).await?;
        let labels = json!({"app": name});
        let mut template = theirs["spec"]["template"].clone();
        template["metadata"] = json!({"labels": labels});
        let pod = &mut template["spec"];
        let container = &mut pod["containers"][0];
        let words = ["goose", "serve", "--host", "0.0.0.0", "--port", "3001", "--with-builtin", "developer"];
        container["command"] = json!(words);
        // Goose has no other.
        container["livenessProbe"]["httpGet"]["path"] = json!("/health");
        let env = container["env"].as_array_mut().context("no variables")?;
        let more =
            [("GOOSE_SERVER__SECRET_KEY", KEY), ("GOOSE_DISABLE_KEYRING", "1"), ("GOOSE_MODE", "auto")];
        env.extend(more.map(|(name, value)| json!({"name": name, "value": value})));
        for volume in pod["volumes"].as_array_mut().context("no volumes")? {
            if volume["persistentVolumeClaim"].is_object() {
                volume["persistentVolumeClaim"]["claimName"] = json!(name);
            }
            if volume["secret"].is_object() {
                volume["secret"]["secretName"] = json!(name);
            }
        }
        let meta = json!({"name": name, "namespace": namespace, "labels": labels});
        let objects = [
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"launch.json": "{}"}}),
            json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": {
                "accessModes": claim["spec"]["accessModes"], "resources": claim["spec"]["resources"],
            }}),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {
                "selector": labels, "ports": [{"name": "acp", "port": 3001, "targetPort": "acp"}],
            }}),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {
                "replicas": 0, "selector": {"matchLabels": labels}, "strategy": {"type": "Recreate"},
                "revisionHistoryLimit": 0, "template": template,
            }}),
        ];
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        cluster.feed("apply -f -", &list.to_string()).await?;
        Ok(this)
    }

    /// Milliseconds of `kubectl scale`, `kubectl wait` and ACP's `initialize`.
    pub(super) async fn up(&self) -> Result<f64> {
        let began = Instant::now();
        self.scale(1).await?;
        let (namespace, name) = (&self.namespace, &self.name);
        let wait = format!("-n {namespace} wait --for=condition=Available deployment/{name} --timeout=60s");
        self.cluster.kubectl(&wait).await?;
        let pods = self.cluster.json(&format!("-n {namespace} get pods -l app={name}")).await?;
        let address = pods["items"][0]["status"]["podIP"].as_str().context("no address")?;
        initialize(address).await?;
        Ok(milliseconds(began))
    }

    /// Milliseconds from a raw patch until the API shows the pod as ready, and then `initialize`.
    pub(super) async fn patched(&self) -> Result<f64> {
        let deployments: Api<Deployment> = Api::namespaced(self.cluster.client.clone(), &self.namespace);
        let pods: Api<Pod> = Api::namespaced(self.cluster.client.clone(), &self.namespace);
        let of_it = watcher::Config::default().labels(&format!("app={}", self.name));
        let mut seen = std::pin::pin!(watcher(pods, of_it).applied_objects());
        let began = Instant::now();
        let one = Patch::Merge(json!({"spec": {"replicas": 1}}));
        deployments.patch(&self.name, &PatchParams::default(), &one).await?;
        let ready = async {
            while let Some(pod) = seen.next().await {
                if let Some(address) = address_of_ready(&pod?) {
                    return Ok(address);
                }
            }
            bail!("the watch has ended")
        };
        let address = timeout(LONG, ready).await.context("it is never ready")??;
        initialize(&address).await?;
        Ok(milliseconds(began))
    }

    /// Milliseconds of `kubectl scale` and `kubectl wait` until the pod is gone.
    pub(super) async fn down(&self) -> Result<f64> {
        let began = Instant::now();
        self.scale(0).await?;
        let (namespace, name) = (&self.namespace, &self.name);
        self.cluster
            .kubectl(&format!("-n {namespace} wait --for=delete pod -l app={name} --timeout=60s"))
            .await?;
        let took = milliseconds(began);
        let with = ListParams::default().labels(&format!("app={name}"));
        let pods: Api<Pod> = Api::namespaced(self.cluster.client.clone(), namespace);
        anyhow::ensure!(pods.list(&with).await?.items.is_empty(), "its pod is still there");
        Ok(took)
    }

    /// Milliseconds of `kubectl delete --wait` of its objects.
    pub(super) async fn delete(self) -> Result<f64> {
        let began = Instant::now();
        let (namespace, name) = (&self.namespace, &self.name);
        let all = format!("deployment/{name} service/{name} secret/{name} pvc/{name}");
        self.cluster.kubectl(&format!("-n {namespace} delete --wait {all}")).await?;
        Ok(milliseconds(began))
    }

    async fn scale(&self, replicas: u8) -> Result<()> {
        let (namespace, name) = (&self.namespace, &self.name);
        self.cluster
            .kubectl(&format!("-n {namespace} scale deployment/{name} --replicas={replicas}"))
            .await?;
        Ok(())
    }
}

fn address_of_ready(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let conditions = status.conditions.iter().flatten();
    let ready = conditions.into_iter().any(|one| one.type_ == "Ready" && one.status == "True");
    status.pod_ip.clone().filter(|_| ready)
}

/// Speaks to Goose until it has answered `initialize`.
async fn initialize(address: &str) -> Result<()> {
    let tries = async {
        loop {
            match TcpStream::connect((address, 3001)).await {
                Ok(stream) => return stream,
                Err(_) => tokio::time::sleep(RETRY).await,
            }
        }
    };
    let stream = timeout(LONG, tries).await.context("Goose does not listen")?;
    stream.set_nodelay(true)?;
    let mut request = format!("ws://{address}:3001/acp").into_client_request()?;
    request.headers_mut().insert("x-secret-key", KEY.parse()?);
    let (mut socket, _) = client_async(request, stream).await?;
    let params = json!({"protocolVersion": 1, "clientCapabilities": {}});
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
    socket.send(Message::text(call.to_string())).await?;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let answer: Value = serde_json::from_str(&text)?;
        if answer["id"] == 1 {
            anyhow::ensure!(answer["result"].is_object(), "{answer}");
            return Ok(());
        }
    }
    bail!("Goose closed its connection")
}

pub(in crate::figure) fn milliseconds(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0
}
