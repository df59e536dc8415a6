use super::{Api, Cluster, LONG, Project, Server};
use gaggle_testkit::{
    ScriptedModel,
    fault::{FaultProxy, Line},
};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, net::SocketAddr, thread};
use tempfile::TempDir;

/// A model, a faulty way to the cluster, and at most one server.
pub(crate) struct World {
    folder: TempDir,
    env: BTreeMap<String, String>,
    server: Option<Server>,
    pub(crate) cluster: Cluster,
    pub(crate) proxy: FaultProxy,
    pub(crate) model: ScriptedModel,
    pub(crate) api: Api,
    pub(crate) prefix: String,
}

impl World {
    /// A running server with nothing in it.
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// One with these variables too.
    pub(crate) async fn with(more: &[(&str, &str)]) -> Self {
        let cluster = Cluster::new().await;
        let folder = tempfile::tempdir().unwrap();
        let model = ScriptedModel::start_on(SocketAddr::new(cluster.node, 0)).await.unwrap();
        // Namespaces of tests that run at once must differ.
        let unique = folder
            .path()
            .to_string_lossy()
            .bytes()
            .fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let prefix = format!("t{unique:08x}-");
        let token = cluster.account(&prefix).await;
        let proxy = FaultProxy::start(&cluster.server, &cluster.ca).await.unwrap();
        let mut env: BTreeMap<String, String> =
            model.env().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let free = std::net::TcpListener::bind((cluster.node, 0)).unwrap().local_addr().unwrap();
        for (name, value) in [
            ("PATH", std::env::var("PATH").unwrap().as_str()),
            ("HOME", folder.path().to_str().unwrap()),
            ("GAGGLE_DATA_DIR", folder.path().join("data").to_str().unwrap()),
            ("GAGGLE_LISTEN", "127.0.0.1:0"),
            ("GAGGLE_RUNTIME", "kubernetes"),
            ("KUBE_HOST", &proxy.url()),
            ("KUBE_TOKEN", &token),
            ("KUBE_NAMESPACE_PREFIX", &prefix),
            ("ACR_IMAGE", &cluster.image),
            ("GAGGLE_RELAY_INJECT", "never"),
            ("GAGGLE_SERVICE_TYPE", "ClusterIP"),
            ("GAGGLE_AGENT_LISTEN", &free.to_string()),
            ("GAGGLE_EGRESS", &format!("{}/32", cluster.node)),
            ("GAGGLE_AGENT_ENV", "GOOSE_PROVIDER,GOOSE_MODEL,OPENAI_HOST,OPENAI_API_KEY"),
            ("GAGGLE_LOG", "info,gaggle_runtime_kubernetes=debug"),
        ] {
            env.insert(name.to_owned(), value.to_owned());
        }
        env.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let command = Server::command(&env, folder.path(), &folder.path().join("server.log"));
        let server = Server::start(command).await.unwrap_or_else(|status| {
            panic!("{status}: {}", fs::read_to_string(folder.path().join("server.log")).unwrap())
        });
        // From now on it is always there.
        env.insert("GAGGLE_LISTEN".to_owned(), server.address.to_string());
        let api = Api::new(server.address);
        Self { folder, env, server: Some(server), cluster, proxy, model, api, prefix }
    }

    /// Where its server is.
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.env["GAGGLE_LISTEN"])
    }

    /// Runs `gaggle` with one word beside the server, with its variables; what it says.
    pub(crate) async fn gaggle(&self, word: &str) -> String {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_gaggle"));
        command.arg(word).env_clear().envs(&self.env).current_dir(self.folder.path()).kill_on_drop(true);
        let output = tokio::time::timeout(LONG, command.output()).await.expect("it does not end").unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// All that any of its servers has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.log")).unwrap()
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
        let log = self.folder.path().join("server.log");
        let command = Server::command(&self.env, self.folder.path(), &log);
        self.server = Some(Server::start(command).await.expect("the server ends at once"));
    }

    /// Another, after `kill -9`.
    pub(crate) async fn replace(&mut self) {
        self.kill().await;
        self.start().await;
    }

    /// A project of Alice's whose agent asks for nothing.
    pub(crate) async fn project(&self, name: &str) -> Project {
        self.project_with(name, json!({"mode": "auto"})).await
    }

    pub(crate) async fn project_with(&self, name: &str, settings: Value) -> Project {
        self.project_of("alice", name, settings).await
    }

    /// The value of a variable of its server.
    pub(crate) fn variable(&self, name: &str) -> &str {
        &self.env[name]
    }

    /// Another value of a variable, from the next start on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) async fn project_of(&self, user: &str, name: &str, settings: Value) -> Project {
        let body = json!({"name": name, "settings": settings});
        let made = self.api.post(&format!("/api/users/{user}/projects"), body).await.is(201);
        self.known(user, made["id"].as_str().unwrap())
    }

    /// A project that is there already.
    pub(crate) fn known(&self, user: &str, id: &str) -> Project {
        Project::new(self.api.clone(), self.cluster.clone(), &self.prefix, user, id)
    }

    /// The end of a test that went well: nothing of it is left, and no secret is in its log.
    pub(crate) async fn end(mut self) {
        self.proxy.set_line(Line::Up);
        let mut server = self.server.take().expect("there is a server");
        server.signal(Signal::TERM);
        server.ended().await;
        let log = self.log();
        for name in ["KUBE_TOKEN", "OPENAI_API_KEY"] {
            if let Some(secret) = self.env.get(name).filter(|secret| secret.len() > 8) {
                assert!(!log.contains(secret.as_str()), "{name} is in the server's log");
            }
        }
        self.cluster.clean(&self.prefix).await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- the server's log\n{}", self.log());
            // What a test that failed has left is cleaned from a thread: a drop cannot await.
            let (cluster, prefix) = (self.cluster.clone(), self.prefix.clone());
            let cleaning = thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let fresh = Cluster::new().await;
                    drop(cluster);
                    fresh.clean(&prefix).await;
                });
            });
            cleaning.join().ok();
        }
    }
}
