use super::{Api, Marked, Reader, Reply, marked};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;

/// A project, through the API.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) api: Api,
    pub(crate) id: String,
    /// Its path.
    pub(crate) at: String,
}

impl Project {
    pub(crate) fn new(api: Api, id: &str) -> Self {
        Self { api, id: id.to_owned(), at: format!("/api/users/alice/projects/{id}") }
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

    /// A message whose turn must end well; the turn.
    pub(crate) async fn say(&self, text: &str) -> Value {
        let turn = self.send(text).await.is(200);
        assert_eq!(turn["stopReason"], "end_turn", "{turn}");
        turn
    }

    /// A message that nobody waits for; its turn's id.
    pub(crate) async fn begin(&self, text: &str) -> String {
        let body = Some(json!({"text": text}));
        let turn =
            self.api.call(Method::POST, &self.path("/messages"), body, Some("respond-async")).await.unwrap();
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

    pub(crate) async fn post(&self, rest: &str, body: Value) -> Reply {
        self.api.post(&self.path(rest), body).await
    }

    /// A call without a body.
    pub(crate) async fn call(&self, method: Method, rest: &str) -> Reply {
        self.api.call(method, &self.path(rest), None, None).await.unwrap()
    }

    /// Reads its journal from the beginning.
    pub(crate) fn reader(&self) -> Reader {
        Reader::start(self.clone(), 0)
    }

    /// Its processes: relay, Goose and what they started.
    pub(crate) fn processes(&self, folder: &Path) -> Vec<Marked> {
        let mut all = marked(folder);
        all.retain(|process| process.project.as_deref() == Some(&self.id));
        all
    }

    /// Its one relay.
    pub(crate) fn relay(&self, folder: &Path) -> Marked {
        self.only(folder, Marked::is_relay)
    }

    /// Its one Goose.
    pub(crate) fn goose(&self, folder: &Path) -> Marked {
        self.only(folder, Marked::is_goose)
    }

    fn only(&self, folder: &Path, is: impl Fn(&Marked) -> bool) -> Marked {
        let all = self.processes(folder);
        let mut found = all.iter().filter(|process| is(process));
        match (found.next(), found.next()) {
            (Some(one), None) => one.clone(),
            _ => panic!("not exactly one: {all:#?}"),
        }
    }
}
