//! The cluster that is measured: the rights of a server in it, and `kubectl` beside it.

use crate::parts::Parts;
use crate::world::World;
use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use gaggle_testkit::ScriptedModel;
use gaggle_testkit::fault::FaultProxy;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// The cluster of the run, as its administrator sees it.
pub(crate) struct Cluster {
    /// For what needs no `kubectl`.
    pub(crate) client: kube::Client,
    /// The agent image.
    pub(crate) image: String,
    /// Where the relay comes from, if it has to be put into that image.
    relay: Option<String>,
    /// What a server's calls pass, so that they can be counted.
    pub(crate) proxy: FaultProxy,
    /// What its namespaces begin with.
    pub(crate) prefix: String,
    kubectl: String,
    kubeconfig: String,
    node: IpAddr,
}

fn env(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set: run this through `cargo xtask bench`"))
}

impl Cluster {
    /// The one of the variables that `cargo xtask cluster up` prints.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn new() -> Result<Self> {
        Self::with(env("GAGGLE_TEST_AGENT_IMAGE")?, None, "bench").await
    }

    /// The same, whose agents run in an image that others have made.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn foreign() -> Result<Self> {
        let relay = Some(env("GAGGLE_TEST_AGENT_IMAGE")?);
        Self::with(env("GAGGLE_TEST_FOREIGN_IMAGE")?, relay, "foreign").await
    }

    async fn with(image: String, relay: Option<String>, name: &str) -> Result<Self> {
        // Two of our dependencies bring a provider each; the first to ask must be told which.
        rustls::crypto::ring::default_provider().install_default().ok();
        let kubeconfig = env("GAGGLE_TEST_KUBECONFIG")?;
        let read = Kubeconfig::read_from(&kubeconfig)?;
        let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?;
        let pem = |der: &Vec<u8>| {
            let text = BASE64_STANDARD.encode(der);
            format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
        };
        let ca: String = config.root_cert.iter().flatten().map(pem).collect();
        let proxy = FaultProxy::start(&config.cluster_url.to_string(), ca.as_bytes()).await?;
        Ok(Self {
            client: kube::Client::try_from(config)?,
            image,
            relay,
            proxy,
            prefix: format!("{name}{:x}-", std::process::id()),
            kubectl: env("GAGGLE_TEST_KUBECTL")?,
            kubeconfig,
            node: env("GAGGLE_TEST_NODE_ADDRESS")?.parse()?,
        })
    }

    /// Runs `kubectl` with these words, one string split at spaces; what it says.
    ///
    /// # Errors
    /// It fails.
    pub(crate) async fn kubectl(&self, words: &str) -> Result<String> {
        self.feed(words, "").await
    }

    /// The same, with something on its standard input.
    ///
    /// # Errors
    /// It fails.
    pub(crate) async fn feed(&self, words: &str, input: &str) -> Result<String> {
        let mut command = Command::new(&self.kubectl);
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(words.split(' ')).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start kubectl")?;
        let mut pipe = child.stdin.take().context("no input")?;
        pipe.write_all(input.as_bytes()).await?;
        drop(pipe);
        let output = child.wait_with_output().await?;
        ensure!(output.status.success(), "kubectl {words}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// `kubectl get … -o json`
    ///
    /// # Errors
    /// It is not there.
    pub(crate) async fn json(&self, words: &str) -> Result<Value> {
        Ok(serde_json::from_str(&self.kubectl(&format!("{words} -o json")).await?)?)
    }

    /// A server outside the cluster with the rights of `deploy/kubernetes`, its users' namespaces below the prefix.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn world(&self, parts: &Parts) -> Result<World> {
        let name = format!("{}gaggle", self.prefix);
        let roles = std::fs::read_to_string("deploy/kubernetes/base/role.yaml").context("no roles")?;
        let roles = roles.replace("name: gaggle", &format!("name: {name}"));
        let roles = roles.replace("namespace: gaggle", &format!("namespace: {name}"));
        self.kubectl(&format!("create namespace {name}")).await?;
        self.kubectl(&format!("-n {name} create serviceaccount {name}")).await?;
        self.feed("apply -f -", &roles).await?;
        let token = self.kubectl(&format!("-n {name} create token {name} --duration=4h")).await?;
        let free = std::net::TcpListener::bind((self.node, 0))?.local_addr()?;
        let model = ScriptedModel::start_on(SocketAddr::new(self.node, 0)).await?;
        let inject = if self.relay.is_some() { "auto" } else { "never" };
        let mut more = vec![
            ("GAGGLE_RUNTIME", "kubernetes".to_owned()),
            ("KUBE_HOST", self.proxy.url()),
            ("KUBE_TOKEN", token.trim().to_owned()),
            ("KUBE_NAMESPACE_PREFIX", self.prefix.clone()),
            ("ACR_IMAGE", self.image.clone()),
            ("GAGGLE_RELAY_INJECT", inject.to_owned()),
            ("GAGGLE_SERVICE_TYPE", "ClusterIP".to_owned()),
            ("GAGGLE_AGENT_LISTEN", free.to_string()),
            ("GAGGLE_EGRESS", format!("{}/32", self.node)),
            ("GAGGLE_USER_PROJECTS", "10000".to_owned()),
            // As in the server's image.
            ("MALLOC_ARENA_MAX", "1".to_owned()),
        ];
        more.extend(self.relay.clone().map(|image| ("GAGGLE_RELAY_IMAGE", image)));
        let more = more.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        World::start_with(parts, model, more).await
    }

    /// Takes out what [`Self::world`] and its server have put in.
    ///
    /// # Errors
    /// The cluster does not answer.
    pub(crate) async fn clean(&self) -> Result<()> {
        let name = format!("{}gaggle", self.prefix);
        self.kubectl(&format!("delete clusterrole,clusterrolebinding {name} --ignore-not-found")).await?;
        let all = self.kubectl("get namespaces -o name").await?;
        for one in all.lines().filter(|one| one.starts_with(&format!("namespace/{}", self.prefix))) {
            self.kubectl(&format!("delete {one} --ignore-not-found --timeout=600s")).await?;
        }
        Ok(())
    }

    /// Calls of its servers so far that changed something.
    pub(crate) fn writes(&self) -> usize {
        self.proxy.seen().iter().filter(|seen| seen.writes()).count()
    }
}
