//! One store, one runtime and one set of relays, and servers that come and go over them.

pub(crate) use gaggle_testkit::scene::{Events, alice, bob, call, config, done, keyed, message, within};

use gaggle_core::{
    error::Error,
    port::Store,
    service::{Config, Gaggle, Outcome, Wait},
};
use gaggle_shared::{CreateProject, EventBody, Phase, Project, ProjectId, ProjectName, Turn};
use gaggle_testkit::{
    FakeGateway, FakeRuntime, ManualClock,
    scene::{parts, server},
    store::FaultyStore,
    store::MemoryStore,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

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
        let gaggle = server(parts(store.clone(), &runtime, &gateway, &clock, 1), config.clone()).await;
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
        let config = self.config.clone();
        self.gaggle =
            server(parts(self.store.clone(), &self.runtime, &self.gateway, &self.clock, seed), config).await;
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
        Events::read(&self.gaggle, id, after).await
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
