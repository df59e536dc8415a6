//! One world per test: its own instance, its own namespaces, gone in the end.

use crate::{
    account::account,
    config::config,
    token::{settled, with_token},
};
use gaggle_core::port::{
    Cause, Change, Clock, ModelGrant, News, Placement, Progress, Runtime as _, RuntimeError, Workload,
    WorkloadSpec,
};
use gaggle_runtime_kubernetes::{Connection, Credentials, KubernetesConfig, KubernetesRuntime, labels};
use gaggle_shared::{Isolation, Mode, ProjectId, Settings, Step, StepState, Time, UserId};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Namespace, Pod},
};
use kube::{
    Api, Client,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    core::NamespaceResourceScope,
    runtime::wait::{await_condition, conditions::is_deleted},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    sync::{OnceCell, broadcast},
    time::timeout,
};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A variable that `cargo xtask cluster up` prints.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run `cargo xtask cluster up` and set what it prints, or use `cargo xtask test`")
    })
}

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct RealClock;

#[async_trait::async_trait]
impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "the edge")]
    fn now(&self) -> Time {
        Time::now()
    }

    async fn sleep_until(&self, at: Time) {
        let left = at.duration_since(self.now());
        tokio::time::sleep(left.try_into().unwrap_or_default()).await;
    }
}

pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) config: Arc<KubernetesConfig>,
    pub(crate) runtime: KubernetesRuntime,
    pub(crate) user: UserId,
    pub(crate) project: ProjectId,
    pub(crate) namespace: String,
    pub(crate) dir: tempfile::TempDir,
    /// The runtime's.
    credentials: Credentials,
    changes: broadcast::Receiver<Change>,
    news: Vec<News>,
}

/// The administrator's way: what a test does by hand.
pub(crate) fn credentials() -> Credentials {
    Credentials::Files(vec![variable("GAGGLE_TEST_KUBECONFIG").into()])
}

/// The token of who may do what `deploy/kubernetes` allows, and nothing more: one account for all tests, which stays
/// with the cluster.
pub(crate) async fn token() -> &'static str {
    static TOKEN: OnceCell<String> = OnceCell::const_new();
    let made = async || {
        let admin = Connection::new(credentials()).client().await.unwrap();
        let token = account(&admin, "gaggle-of-tests").await;
        settled(&token).await;
        token
    };
    TOKEN.get_or_init(made).await
}

/// The way of a server.
pub(crate) async fn servers() -> Credentials {
    with_token(token().await)
}

fn runtime(connection: Connection, config: &Arc<KubernetesConfig>, dir: &Path) -> KubernetesRuntime {
    let isolation = Isolation::Policies { policies: Vec::new(), enforced: Some(true), since: None };
    KubernetesRuntime::new(connection, Arc::clone(config), isolation, dir, Arc::new(RealClock))
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut KubernetesConfig)) -> Self {
        Self::through(servers().await, change).await
    }

    /// With a runtime that has these credentials; the test itself is the administrator.
    pub(crate) async fn through(runtime: Credentials, change: impl FnOnce(&mut KubernetesConfig)) -> Self {
        let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64;
        let id = format!("{:x}{}", nanos & 0xffff_ffff_ffff, COUNT.fetch_add(1, Ordering::Relaxed));
        let mut config = config(&id);
        change(&mut config);
        let config = Arc::new(config);
        let client = Connection::new(credentials()).client().await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let credentials = runtime.clone();
        let runtime = self::runtime(Connection::new(runtime), &config, dir.path());
        let user = UserId::parse("alice").unwrap();
        let namespace = format!("{}{user}", config.prefix);
        let changes = runtime.changes();
        let project = ProjectId::parse(&format!("p{id}")).unwrap();
        let news = Vec::new();
        Self { client, config, runtime, user, project, namespace, dir, credentials, changes, news }
    }

    pub(crate) fn placement(&self) -> Placement {
        Placement {
            instance: self.config.instance.clone(),
            user: self.user.clone(),
            project: self.project.clone(),
            settings: Settings::default(),
        }
    }

    fn spec(&self) -> WorkloadSpec {
        WorkloadSpec {
            instance: self.config.instance.clone(),
            user: self.user.clone(),
            project: self.project.clone(),
            settings: Settings::default(),
            mode: Mode::Auto,
            model: ModelGrant { env: BTreeMap::new(), demo: true },
            token: "test-token".into(),
            patience: Duration::from_secs(900),
            met: 0,
        }
    }

    pub(crate) async fn start(&self) -> Result<Vec<(Step, StepState)>, RuntimeError> {
        let steps = Steps::default();
        self.runtime.start(&self.spec(), &steps).await?;
        Ok(steps.0.into_inner().unwrap())
    }

    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Waits until what is observed fits, woken by changes alone.
    pub(crate) async fn until(&mut self, limit: u64, fits: impl Fn(&Workload) -> bool) -> Workload {
        let begun = Instant::now();
        loop {
            let seen = self.runtime.observe(&self.project).await;
            if let Ok(workload) = &seen
                && fits(workload)
            {
                return workload.clone();
            }
            let left = Duration::from_secs(limit).saturating_sub(begun.elapsed());
            match timeout(left, self.changes.recv()).await {
                Err(_) => panic!("not within {limit} s: {seen:?}\n{:#?}", self.news),
                Ok(Ok(change)) if change.project == self.project => self.news.push(change.what),
                Ok(_) => {}
            }
        }
    }

    /// Waits for a cause, and keeps what was seen as a fixture if that is wanted.
    pub(crate) async fn broken(&mut self, limit: u64, fixture: &str) -> Cause {
        let seen = self.until(limit, |seen| matches!(seen, Workload::Broken(_))).await;
        crate::record::record(self, fixture).await;
        match seen {
            Workload::Broken(cause) => cause,
            _ => unreachable!(),
        }
    }

    pub(crate) async fn running(&mut self) {
        self.until(60, |seen| *seen == Workload::Running).await;
    }

    /// Returns once the watches are believed.
    pub(crate) async fn watching(&self) {
        let begun = async {
            while !self.runtime.watching() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), begun).await.expect("the watches did not begin");
    }

    /// Waits for news that fit, among those that were had too.
    pub(crate) async fn news(&mut self, limit: u64, fits: impl Fn(&News) -> bool) -> News {
        if let Some(found) = self.news.iter().find(|news| fits(news)) {
            return found.clone();
        }
        let coming = async {
            loop {
                let Ok(change) = self.changes.recv().await else { continue };
                let fit = fits(&change.what);
                self.news.push(change.what.clone());
                if fit {
                    return change.what;
                }
            }
        };
        let found = timeout(Duration::from_secs(limit), coming).await.ok();
        found.unwrap_or_else(|| panic!("no such news: {:#?}", self.news))
    }

    /// A namespace of ours without any rules, for pods of the test's own.
    pub(crate) async fn bare_namespace(&self) {
        let namespace: Namespace = serde_json::from_value(json!({"metadata": {
            "name": self.namespace, "labels": labels::of_user(&self.config.instance, &self.user)}}))
        .unwrap();
        Api::all(self.client.clone()).create(&PostParams::default(), &namespace).await.unwrap();
    }

    /// A Deployment that looks like the project's, with a container of the test's own.
    pub(crate) async fn deploy(&self, container: Value, volumes: Value) {
        let name = self.deployment();
        let labels = labels::of_project(&self.config.instance, &self.user, &self.project, &name);
        let mut own = json!({"name": "agent", "image": self.config.agent.image,
            "imagePullPolicy": "IfNotPresent", "terminationMessagePolicy": "FallbackToLogsOnError"});
        own.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
        let deployment: Deployment = serde_json::from_value(json!({
            "metadata": {"name": name, "labels": labels},
            "spec": {"replicas": 1, "strategy": {"type": "Recreate"}, "selector": {"matchLabels": {"app": name}},
                "template": {"metadata": {"labels": labels}, "spec": {
                    "terminationGracePeriodSeconds": 1, "containers": [own], "volumes": volumes}}}}))
        .unwrap();
        self.api().create(&PostParams::default(), &deployment).await.unwrap();
    }

    pub(crate) fn deployment(&self) -> String {
        format!("proj-{}-api", self.project)
    }

    /// Changes the Deployment by hand.
    pub(crate) async fn patch(&self, patch: Value) {
        let patch = Patch::Merge(patch);
        self.api::<Deployment>().patch(&self.deployment(), &PatchParams::default(), &patch).await.unwrap();
    }

    pub(crate) async fn pods(&self) -> Vec<Pod> {
        self.api::<Pod>().list(&ListParams::default()).await.unwrap().items
    }

    /// The server is another from now on, which remembers nothing of what the one before did.
    pub(crate) async fn restart(&mut self, change: impl FnOnce(&mut KubernetesConfig)) {
        let mut config = KubernetesConfig::clone(&self.config);
        change(&mut config);
        self.config = Arc::new(config);
        let connection = Connection::new(self.credentials.clone());
        self.runtime = runtime(connection, &self.config, self.dir.path());
        self.changes = self.runtime.changes();
        self.watching().await;
    }

    /// Takes all of it away.
    pub(crate) async fn end(self) {
        self.runtime.remove(&self.project, None).await.unwrap();
        self.abandon().await;
    }

    /// The same for a runtime that may not: only the namespace, as the administrator.
    pub(crate) async fn abandon(self) {
        let spaces: Api<Namespace> = Api::all(self.client.clone());
        let Some(live) = spaces.get_opt(&self.namespace).await.unwrap() else { return };
        spaces.delete(&self.namespace, &DeleteParams::default()).await.unwrap();
        let uid = live.metadata.uid.unwrap();
        let gone = await_condition(spaces, &self.namespace, is_deleted(&uid));
        timeout(Duration::from_secs(120), gone).await.expect("the namespace does not go").unwrap();
    }
}

/// What a start told.
#[derive(Default)]
struct Steps(Mutex<Vec<(Step, StepState)>>);

impl Progress for Steps {
    fn step(&self, step: Step, state: StepState, _message: &str) {
        self.0.lock().unwrap().push((step, state));
    }
}
