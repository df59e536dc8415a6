//! One store, one runtime and one set of relays, and servers that come and go over them.

use futures_util::StreamExt as _;
use gaggle_core::{
    error::Error,
    port::{ModelAccess, ModelError, ModelGrant, Store},
    service::{Call, Config, EventFilter, Gaggle, Key, LineStream, OrphanPolicy, Outcome, Parts, Wait},
};
use gaggle_shared::{
    Caller, CreateProject, Event, EventBody, Mode, Phase, Project, ProjectId, ProjectName, SendMessage,
    Settings, Span, StoreKind, Turn, User, UserId,
};
use gaggle_testkit::{
    FakeGateway, FakeRuntime, ManualClock, SeededEntropy, store::FaultyStore, store::MemoryStore,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Grants the demo model, or refuses a provider named `unknown`.
#[derive(Debug)]
struct Demo;

#[async_trait::async_trait]
impl ModelAccess for Demo {
    async fn grant(&self, _: &UserId, _: &ProjectId, settings: &Settings) -> Result<ModelGrant, ModelError> {
        match settings.provider.as_deref() {
            Some("unknown") => {
                Err(ModelError::NotConfigured { provider: "unknown".into(), hint: "set a key".into() })
            }
            _ => Ok(ModelGrant { env: BTreeMap::new(), demo: true }),
        }
    }
}

pub(crate) struct World {
    pub(crate) disk: MemoryStore,
    pub(crate) store: Arc<FaultyStore<MemoryStore>>,
    pub(crate) runtime: FakeRuntime,
    pub(crate) gateway: FakeGateway,
    pub(crate) clock: ManualClock,
    pub(crate) gaggle: Gaggle,
    seed: AtomicU64,
    config: Config,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// With another configuration.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::over(change, |runtime| runtime).await
    }

    /// With a runtime that keeps objects for sleeping projects.
    pub(crate) async fn placing() -> Self {
        Self::over(|_| (), FakeRuntime::placing).await
    }

    async fn over(change: impl FnOnce(&mut Config), kind: impl FnOnce(FakeRuntime) -> FakeRuntime) -> Self {
        let mut config = config();
        change(&mut config);
        let clock = ManualClock::default();
        let gateway = FakeGateway::new(Arc::new(clock.clone()));
        let runtime = kind(FakeRuntime::with_gateway(&gateway));
        let disk = MemoryStore::default();
        let store = Arc::new(FaultyStore::new(disk.clone()));
        let gaggle = server(&store, &runtime, &gateway, &clock, 1, config.clone()).await;
        gaggle.start().await.unwrap();
        Self { disk, store, runtime, gateway, clock, gaggle, seed: AtomicU64::new(1), config }
    }

    /// The server is killed, and another one starts over what is left.
    pub(crate) async fn crash(&mut self) {
        self.crash_for(Duration::ZERO).await;
    }

    /// As [`World::crash`], and so much time passes in between.
    pub(crate) async fn crash_for(&mut self, away: Duration) {
        self.store.die_after(0);
        self.gateway.server_dies();
        self.clock.advance(away);
        self.store = Arc::new(FaultyStore::new(self.disk.clone()));
        let seed = self.seed.fetch_add(1, Ordering::Relaxed) + 1;
        self.gaggle =
            server(&self.store, &self.runtime, &self.gateway, &self.clock, seed, self.config.clone()).await;
        self.gaggle.start().await.unwrap();
    }

    pub(crate) async fn create(&self, name: &str) -> Project {
        let body = CreateProject { name: ProjectName::parse(name).unwrap(), settings: None };
        self.gaggle.create_project(&call(), &alice(), body).await.unwrap()
    }

    pub(crate) async fn project(&self, id: &ProjectId) -> Project {
        self.gaggle.project(&call(), &alice(), id).await.unwrap()
    }

    pub(crate) async fn activate(&self, id: &ProjectId) -> Result<Outcome<Project>, Error> {
        self.gaggle.activate(&call(), &alice(), id, Wait::Done).await
    }

    pub(crate) async fn send(&self, id: &ProjectId, text: &str) -> Result<Outcome<Turn>, Error> {
        self.gaggle.send_message(&call(), &alice(), id, message(text), Wait::Done).await
    }

    pub(crate) async fn queue(&self, id: &ProjectId, text: &str) -> Turn {
        match self.gaggle.send_message(&call(), &alice(), id, message(text), Wait::Now).await.unwrap() {
            Outcome::Done(turn) | Outcome::Pending(turn) => turn,
        }
    }

    pub(crate) async fn events(&self, id: &ProjectId, after: u64) -> Events {
        let lines = self.gaggle.events(&call(), &alice(), id, after, EventFilter::default()).await.unwrap();
        Events(lines)
    }

    pub(crate) async fn in_phase(&self, id: &ProjectId, phase: Phase) {
        let mut events = self.events(id, 0).await;
        if self.project(id).await.phase == phase {
            return;
        }
        loop {
            events
                .until(|body| matches!(body, EventBody::ProjectPhase { phase: is, .. } if *is == phase))
                .await;
            if self.project(id).await.phase == phase {
                return;
            }
        }
    }

    /// True once no turn waits to be put into its place.
    pub(crate) async fn restful_turns(&self, id: &ProjectId) -> bool {
        self.disk.load(id).await.unwrap().is_some_and(|record| record.turns.is_empty())
    }

    /// Waits until a sleeping project's objects were made.
    pub(crate) async fn placed(&self, id: &ProjectId) {
        let made =
            || async { self.disk.load(id).await.unwrap().is_some_and(|record| record.unplaced.is_none()) };
        while !made().await {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn restful(&self) -> bool {
        self.disk.unsettled(None, 10).await.unwrap().is_empty()
    }
}

/// A reading of a journal.
pub(crate) struct Events(LineStream);

impl Events {
    pub(crate) async fn next(&mut self) -> Event {
        let line = within(self.0.next()).await.expect("the stream goes on");
        serde_json::from_str(&line.json).unwrap()
    }

    /// All events until one like this, that one included.
    pub(crate) async fn until(&mut self, is: impl Fn(&EventBody) -> bool) -> Vec<Event> {
        let mut seen = Vec::new();
        loop {
            let event = self.next().await;
            let last = is(&event.body);
            seen.push(event);
            if last {
                return seen;
            }
        }
    }
}

/// Fails a test that waits for what never comes.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it did not happen in time")
}

async fn server(
    store: &Arc<FaultyStore<MemoryStore>>,
    runtime: &FakeRuntime,
    gateway: &FakeGateway,
    clock: &ManualClock,
    seed: u64,
    config: Config,
) -> Gaggle {
    let parts = Parts {
        store: store.clone(),
        runtime: Arc::new(runtime.clone()),
        gateway: Arc::new(gateway.clone()),
        model: Arc::new(Demo),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(seed)),
    };
    Gaggle::open(parts, config).await.unwrap()
}

pub(crate) fn config() -> Config {
    let user = |id: &str, name: &str| User { id: UserId::parse(id).unwrap(), name: name.into() };
    Config {
        users: vec![user("alice", "Alice"), user("bob", "Bob")],
        server: "test".into(),
        version: "0".into(),
        store_kind: StoreKind::Embedded,
        provider: None,
        model: None,
        host: "here".into(),
        reach: gaggle_core::service::Reach::Computer,
        ready_timeout: Duration::from_secs(120),
        idle_timeout: Span::from_secs(1800),
        permission_timeout: Span::from_secs(600),
        mode: Mode::SmartApprove,
        patience: Duration::from_secs(120),
        activations: 4,
        orphans: OrphanPolicy::Remove,
        queue: 20,
        journal_bytes: 64 * 1024 * 1024,
    }
}

pub(crate) fn alice() -> UserId {
    UserId::parse("alice").unwrap()
}

pub(crate) fn bob() -> UserId {
    UserId::parse("bob").unwrap()
}

pub(crate) fn call() -> Call {
    Call { caller: Caller { user_id: None, name: "anybody".into(), may: vec!["*".into()] }, key: None }
}

pub(crate) fn keyed(key: &str, body: &str) -> Call {
    Call { key: Some(Key { key: key.into(), body: body.into() }), ..call() }
}

pub(crate) fn message(text: &str) -> SendMessage {
    SendMessage::of(text)
}

pub(crate) fn done<T: std::fmt::Debug>(outcome: Result<Outcome<T>, Error>) -> T {
    match outcome {
        Ok(Outcome::Done(value)) => value,
        other => panic!("not done: {other:?}"),
    }
}
