use super::{Api, Project, Server, marked, until_none};
use gaggle_testkit::{ScriptedModel, goose};
use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The model's key: to be found nowhere but where it belongs.
pub(crate) const KEY: &str = "sk-never-to-be-seen-in-a-log";

/// A data folder, a model, and at most one server.
#[derive(Debug)]
pub(crate) struct World {
    folder: TempDir,
    env: BTreeMap<String, String>,
    server: Option<Server>,
    pub(crate) model: ScriptedModel,
    pub(crate) api: Api,
}

impl World {
    /// A running server with nothing in it.
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// One with these variables too.
    pub(crate) async fn with(more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let model = ScriptedModel::start().await.unwrap();
        let goose = goose::binary().unwrap_or_else(|why| panic!("{why}"));
        let mut env: BTreeMap<String, String> =
            model.env().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (name, value) in [
            ("PATH", std::env::var("PATH").unwrap().as_str()),
            ("HOME", folder.path().to_str().unwrap()),
            ("GAGGLE_DATA_DIR", folder.path().join("data").to_str().unwrap()),
            ("GAGGLE_GOOSE_BIN", goose.to_str().unwrap()),
            ("GAGGLE_LISTEN", "127.0.0.1:0"),
            ("GAGGLE_AGENT_ENV", "GOOSE_PROVIDER,GOOSE_MODEL,OPENAI_HOST,OPENAI_API_KEY"),
            ("OPENAI_API_KEY", KEY),
        ] {
            env.insert(name.to_owned(), value.to_owned());
        }
        env.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let command = Server::command(&env, folder.path(), &folder.path().join("server.log"));
        let server = Server::start(command).await.expect("the server ends at once");
        let (address, api) = (server.address.to_string(), Api::new(server.address));
        let mut world = Self { folder, env, server: Some(server), model, api };
        // From now on it is always there.
        world.set("GAGGLE_LISTEN", &address);
        world
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn workspace(&self, project: &Project) -> PathBuf {
        self.data().join("projects").join(&project.id).join("workspace")
    }

    /// Whether a file is in a project's workspace.
    pub(crate) async fn has(&self, project: &Project, file: &str) -> bool {
        self.workspace(project).join(file).exists()
    }

    /// The command lines of what runs for a project.
    pub(crate) async fn runs(&self, project: &Project) -> Vec<String> {
        project.processes(self.folder()).into_iter().map(|process| process.command).collect()
    }

    /// `kill -9`
    pub(crate) async fn kill_goose(&self, project: &Project) {
        project.goose(self.folder()).kill();
    }

    /// `kill -9`
    pub(crate) async fn kill_relay(&self, project: &Project) {
        project.relay(self.folder()).kill();
    }

    /// All that any of its servers has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.log")).unwrap()
    }

    /// A command for another server on the same data.
    pub(crate) fn command(&self) -> tokio::process::Command {
        Server::command(&self.env, self.folder(), &self.folder().join("server.log"))
    }

    /// Another value of a variable, from the next start on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn server(&mut self) -> &mut Server {
        self.server.as_mut().expect("there is a server")
    }

    /// The server has ended by itself.
    pub(crate) fn forget(&mut self) {
        self.server = None;
    }

    /// Takes a server that was started otherwise.
    pub(crate) fn adopt(&mut self, server: Server) {
        assert!(self.server.replace(server).is_none());
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) {
        let mut server = self.server.take().expect("there is a server");
        server.signal(Signal::KILL);
        server.ended().await;
    }

    /// Starts a server on the same data, at the same address.
    pub(crate) async fn start(&mut self) {
        assert!(self.server.is_none());
        self.server = Some(Server::start(self.command()).await.expect("the server ends at once"));
    }

    /// Another, after `kill -9`.
    pub(crate) async fn replace(&mut self) {
        self.kill().await;
        self.start().await;
    }

    /// A signal, and the wait for the server's end.
    pub(crate) async fn stop(&mut self, signal: Signal) {
        let mut server = self.server.take().expect("there is a server");
        server.signal(signal);
        let status = server.ended().await;
        assert!(status.success(), "{status}\n{}", self.log());
    }

    /// A project of Alice's whose agent asks for nothing.
    pub(crate) async fn project(&self, name: &str) -> Project {
        self.project_with(name, json!({"mode": "auto"})).await
    }

    pub(crate) async fn project_with(&self, name: &str, settings: Value) -> Project {
        let body = json!({"name": name, "settings": settings});
        let made = self.api.post("/api/users/alice/projects", body).await.is(201);
        Project::new(self.api.clone(), made["id"].as_str().unwrap())
    }

    /// Ctrl-C, after which nothing may be left; nor may any log hold a secret.
    pub(crate) async fn end(mut self) {
        let tokens = self.tokens();
        self.stop(Signal::INT).await;
        until_none(self.folder()).await;
        let log = self.log();
        for secret in tokens.iter().map(String::as_str).chain([KEY]) {
            assert!(!log.contains(secret), "a secret is in the server's log");
        }
    }

    /// The relays' tokens.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let Ok(projects) = fs::read_dir(self.data().join("projects")) else { return Vec::new() };
        let launches = projects.flatten().filter_map(|one| fs::read(one.path().join("launch.json")).ok());
        launches
            .map(|launch| {
                let launch: Value = serde_json::from_slice(&launch).unwrap();
                launch["token"].as_str().unwrap().to_owned()
            })
            .collect()
    }

    /// What is said of Alice's projects.
    pub(crate) async fn projects(&self) -> Vec<Value> {
        let list = self.api.call(Method::GET, "/api/users/alice/projects", None, None).await.unwrap().is(200);
        list["items"].as_array().unwrap().clone()
    }
}

impl Drop for World {
    /// Also of a test that failed nothing is left. Relays end what they started.
    fn drop(&mut self) {
        drop(self.server.take());
        let began = Instant::now();
        loop {
            let left = marked(self.folder.path());
            if left.is_empty() {
                break;
            }
            if began.elapsed() > Duration::from_secs(10) {
                // In a drop: a second panic would hide the first.
                eprintln!("these cannot be ended: {left:#?}");
                assert!(thread::panicking(), "processes are left");
                break;
            }
            left.iter().for_each(super::Marked::kill);
            thread::sleep(Duration::from_millis(20));
        }
        if thread::panicking() {
            eprintln!("--- the server's log\n{}", self.log());
        }
    }
}
