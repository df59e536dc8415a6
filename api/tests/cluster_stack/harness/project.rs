use super::{Api, Cluster, Reader, Reply, until};
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use reqwest::Method;
use serde_json::{Value, json};

/// A project, through the API and through the cluster.
#[derive(Clone)]
pub(crate) struct Project {
    pub(crate) api: Api,
    pub(crate) cluster: Cluster,
    pub(crate) id: String,
    pub(crate) namespace: String,
    /// Its path.
    at: String,
}

impl Project {
    pub(crate) fn new(api: Api, cluster: Cluster, prefix: &str, user: &str, id: &str) -> Self {
        let at = format!("/api/users/{user}/projects/{id}");
        Self { api, cluster, id: id.to_owned(), namespace: format!("{prefix}{user}"), at }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("{}{rest}", self.at)
    }

    pub(crate) async fn get(&self) -> Value {
        self.api.get(&self.at).await.is(200)
    }

    /// A message; the answer comes when its turn has ended.
    pub(crate) async fn send(&self, text: &str) -> Reply {
        self.post("/messages", json!({"text": text})).await
    }

    pub(crate) async fn post(&self, rest: &str, body: Value) -> Reply {
        self.api.post(&self.path(rest), body).await
    }

    /// Other settings.
    pub(crate) async fn set(&self, settings: Value) -> Value {
        let body = Some(json!({"settings": settings}));
        self.api.call(Method::PATCH, &self.at, body, None).await.unwrap().is(200)
    }

    /// A message whose turn must end well; the turn.
    pub(crate) async fn say(&self, text: &str) -> Value {
        let turn = self.send(text).await.is(200);
        assert_eq!(turn["stopReason"], "end_turn", "{turn}");
        turn
    }

    /// A message that nobody waits for; its turn's id.
    pub(crate) async fn begin(&self, text: &str) -> String {
        let body = Some(json!({"text": text}));
        let path = self.path("/messages");
        let turn = self.api.call(Method::POST, &path, body, Some("respond-async")).await.unwrap();
        turn.is(202)["id"].as_str().unwrap().to_owned()
    }

    /// A message that somebody waits for, elsewhere.
    pub(crate) fn waiting(&self, text: &str) -> tokio::task::JoinHandle<reqwest::Result<Reply>> {
        let (project, body) = (self.clone(), json!({"text": text}));
        tokio::spawn(async move {
            project.api.call(Method::POST, &project.path("/messages"), Some(body), None).await
        })
    }

    /// A turn, as it is.
    pub(crate) async fn turn(&self, id: &str) -> Value {
        self.api.get(&self.path(&format!("/turns/{id}"))).await.is(200)
    }

    /// A turn, once it has ended.
    pub(crate) async fn ended(&self, id: &str) -> Value {
        let path = self.path(&format!("/turns/{id}"));
        let turn = self.api.call(Method::GET, &path, None, Some("wait=50")).await.unwrap().body;
        assert_eq!(turn["state"], "ended", "{turn}");
        turn
    }

    /// A call without a body.
    pub(crate) async fn call(&self, method: Method, rest: &str) -> Reply {
        self.api.call(method, &self.path(rest), None, None).await.unwrap()
    }

    /// A wish that nobody waits for.
    pub(crate) async fn wish(&self, method: Method, rest: &str) {
        let reply = self.api.call(method, &self.path(rest), None, Some("respond-async")).await.unwrap();
        assert!([200, 202].contains(&reply.status.as_u16()), "{}", reply.body);
    }

    pub(crate) async fn activate(&self) -> Value {
        self.call(Method::POST, "/activate").await.is(200)
    }

    /// Deletes it, sees that nothing remains, and gives the receipt.
    pub(crate) async fn delete(&self) -> Value {
        let receipt = self.call(Method::DELETE, "").await.is(200);
        assert_eq!(receipt["remaining"], json!([]), "{receipt}");
        assert_eq!(self.cluster.remains(&self.namespace, &self.id).await, Vec::<String>::new());
        receipt
    }

    /// Reads its journal from the beginning.
    pub(crate) fn reader(&self) -> Reader {
        Reader::start(self.clone(), 0)
    }

    pub(crate) fn deployment_name(&self) -> String {
        format!("proj-{}-api", self.id)
    }

    pub(crate) async fn deployment(&self) -> Option<Deployment> {
        self.cluster.get(&self.namespace, &self.deployment_name()).await
    }

    /// Its pods that are not on their way out.
    pub(crate) async fn pods(&self) -> Vec<Pod> {
        self.cluster.pods(&self.namespace, &self.id).await
    }

    /// The objects of a new project come beside the answer.
    pub(crate) async fn placed(&self) -> Deployment {
        until("the Deployment", || self.deployment()).await
    }

    pub(crate) async fn in_phase(&self, phase: &str) -> Value {
        until(phase, || async {
            let project = self.get().await;
            (project["phase"] == phase).then_some(project)
        })
        .await
    }
}
