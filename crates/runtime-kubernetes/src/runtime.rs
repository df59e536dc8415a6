//! The runtime itself: what the port asks for, by what `apply` writes and `watch` shows.

mod clear;
mod live;
mod manifests;
mod peers;
mod reach;
mod start;
mod stop;
mod tend;
mod turns;

pub(crate) use live::Live;

use crate::{
    apply::Applier,
    client::{Call, Connection, Verb},
    config::KubernetesConfig,
    diagnose::diagnose,
    examine::{self, Wanted},
    labels,
    logs::{Keeper, Reader},
    names::ProjectNames,
    orphans,
    state::Project,
    watch::{Hub, Watches},
};
use async_trait::async_trait;
use gaggle_core::port::{
    Change, Cleared, Clock, LogLines, Placement, Progress, Reach, Runtime, RuntimeError, Workload,
    WorkloadSpec,
};
use gaggle_shared::{
    Defaults, Finding, Isolation, OrphanObject, ProjectId, Removed, Resources, RuntimeKind, Time, UserId,
};
use peers::Peers;
use std::{
    fmt,
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tend::Tended;
use tokio::sync::broadcast;
use tokio_util::task::AbortOnDropHandle;
use turns::Turns;

/// Runs agents as Deployments of a cluster. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct KubernetesRuntime(Arc<Inner>);

struct Inner {
    applier: Applier,
    connection: Connection,
    config: Arc<KubernetesConfig>,
    isolation: Mutex<Isolation>,
    hub: Arc<Hub>,
    live: Live,
    keeper: Keeper,
    turns: Turns,
    tended: Tended,
    peers: Peers,
    _watches: Watches,
    _keeping: AbortOnDropHandle<()>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KubernetesRuntime").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl KubernetesRuntime {
    /// Begins to watch; a cluster that cannot be reached shows at the first call, and heals. Logs are kept in
    /// `data_dir/kubernetes/logs`. Needs a Tokio runtime.
    pub fn new(
        connection: Connection,
        config: Arc<KubernetesConfig>,
        isolation: Isolation,
        data_dir: &Path,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let applier = Applier::new(connection.clone(), Arc::clone(&config));
        let hub = Arc::new(Hub::new(config.instance.clone(), config.unschedulable_grace, clock));
        let live = Live::new(connection.clone(), config.instance.clone());
        let keeper = Keeper::new(connection.clone(), data_dir.join("kubernetes").join("logs"));
        let keeping = tokio::spawn(keeper.clone().run(Arc::clone(&hub)));
        let watches = Watches::start(&connection, &labels::selector(&config.instance), &hub);
        Self(Arc::new(Inner {
            applier,
            connection,
            config,
            isolation: Mutex::new(isolation),
            hub,
            live,
            keeper,
            turns: Turns::default(),
            tended: Tended::default(),
            peers: Peers::default(),
            _watches: watches,
            _keeping: AbortOnDropHandle::new(keeping),
        }))
    }

    /// What is applied with; the same memory of what was applied.
    pub fn applier(&self) -> &Applier {
        &self.0.applier
    }

    /// Whether what the watches show is believed now; otherwise objects are read live.
    pub fn watching(&self) -> bool {
        self.0.hub.fresh()
    }

    /// Whether a pod of any project has this address, as far as the API server shows it. While it is about to show
    /// one, an address that was not seen before is waited with, at most 1.5 s.
    pub async fn is_agent(&self, address: IpAddr) -> bool {
        self.0.peers.is_agent(&self.0.hub, address).await
    }

    /// A pod tried what the network policies forbid: whether they held.
    pub fn policies_seen(&self, held: bool, at: Time) {
        let mut isolation = self.0.isolation.lock().unwrap_or_else(PoisonError::into_inner);
        if let Isolation::Policies { enforced, since, .. } = &mut *isolation
            && *enforced != Some(held)
        {
            (*enforced, *since) = (Some(held), Some(at));
        }
    }

    /// What there is to say of the cluster, in at most this time. Reads only.
    pub async fn examine(&self, within: Duration) -> Vec<Finding> {
        let config = &self.0.config;
        let wanted = Wanted::new(&config.agent, &config.volume, &config.services, config.ingress.as_ref());
        let hub = &self.0.hub;
        let watched = hub.whole().then(|| hub.balancers());
        let ours = examine::Ours { instance: config.instance.clone(), watched };
        examine::examine(&self.0.connection, &wanted, Some(ours), within).await
    }

    /// What a project's objects are called: where something of it was seen that says where, for the prefix may have
    /// been another when it was made.
    fn names(&self, user: &UserId, project: &ProjectId, seen: &Project) -> ProjectNames {
        match seen.namespace() {
            Some(namespace) => ProjectNames::within(namespace.to_string(), project),
            None => ProjectNames::new(&self.0.config.prefix, user, project),
        }
    }

    fn reader(&self) -> Reader {
        let inner = &self.0;
        Reader {
            live: inner.live.clone(),
            connection: inner.connection.clone(),
            hub: Arc::clone(&inner.hub),
            keeper: inner.keeper.clone(),
        }
    }
}

#[async_trait]
impl Runtime for KubernetesRuntime {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Kubernetes
    }

    fn isolation(&self) -> Isolation {
        self.0.isolation.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn observe(&self, project: &ProjectId) -> Result<Workload, RuntimeError> {
        let hub = &self.0.hub;
        if hub.fresh() {
            let seen = hub.look(project, |project| diagnose(project, &hub.now()).workload);
            // What we have just scaled up the watch may not have shown yet.
            if !matches!(seen, Workload::Absent | Workload::Stopping) || !self.0.turns.just_started(project) {
                return Ok(seen);
            }
        }
        let seen = self.0.live.project(project).await?;
        Ok(diagnose(&seen, &hub.now()).workload)
    }

    fn glimpse(&self, project: &ProjectId) -> Option<Workload> {
        let hub = &self.0.hub;
        // What we have just ended the watch may still show.
        let seen = || hub.look(project, |project| diagnose(project, &hub.now()).workload);
        (hub.fresh() && !self.0.turns.just_stopped(project)).then(seen)
    }

    fn places(&self) -> bool {
        true
    }

    async fn place(&self, placement: &Placement) -> Result<(), RuntimeError> {
        let turn = self.0.turns.of(&placement.project);
        let _turn = turn.lock().await;
        Ok(self.0.applier.place(placement).await?)
    }

    async fn start(&self, spec: &WorkloadSpec, progress: &dyn Progress) -> Result<(), RuntimeError> {
        let turn = self.0.turns.of(&spec.project);
        let _turn = turn.lock().await;
        let names = ProjectNames::new(&self.0.config.prefix, &spec.user, &spec.project);
        let endpoint = reach::at_once(&self.0.config, &names);
        Ok(start::start(&self.0.applier, &self.0.turns, spec, endpoint, progress).await?)
    }

    async fn stop(&self, project: &ProjectId, grace: Duration) -> Result<(), RuntimeError> {
        let turn = self.0.turns.of(project);
        let _turn = turn.lock().await;
        self.0.turns.stopped(project);
        let done = stop::stop(&self.0, project, grace).await;
        self.0.turns.stopped(project);
        Ok(done?)
    }

    async fn remove(
        &self,
        project: &ProjectId,
        owner: Option<&UserId>,
    ) -> Result<Vec<Removed>, RuntimeError> {
        let turn = self.0.turns.of(project);
        let mut receipt = turn.lock().await;
        self.0.turns.stopped(project);
        stop::remove(&self.0, project, owner, &mut receipt).await?;
        self.0.turns.drop_turn(project);
        Ok(std::mem::take(&mut *receipt))
    }

    async fn owned(&self) -> Result<Vec<ProjectId>, RuntimeError> {
        Ok(orphans::owned(&self.0.hub, &self.0.applier).await?)
    }

    async fn belongings(&self, project: &ProjectId) -> Result<Vec<OrphanObject>, RuntimeError> {
        Ok(clear::belongings(&self.0, project).await?)
    }

    async fn clear(&self, project: &ProjectId, data: bool, now: Time) -> Result<Cleared, RuntimeError> {
        let turn = self.0.turns.of(project);
        let mut receipt = turn.lock().await;
        self.0.turns.stopped(project);
        let since = clear::clear(&self.0, project, data, now, &mut receipt).await?;
        self.0.turns.drop_turn(project);
        Ok(Cleared { removed: std::mem::take(&mut *receipt), since })
    }

    async fn logs(&self, project: &ProjectId, tail: usize, follow: bool) -> Result<LogLines, RuntimeError> {
        let reader = self.reader();
        Ok(match follow {
            true => reader.follow(project.clone(), tail).await?,
            false => reader.end(project, tail).await?,
        })
    }

    async fn manifests(&self, project: &ProjectId) -> Result<String, RuntimeError> {
        Ok(manifests::manifests(&self.0.applier, project).await?)
    }

    fn resources(&self, user: &UserId, project: &ProjectId) -> Option<Resources> {
        let (names, pod) = self.0.hub.look(project, |seen| {
            let pod = seen.current().map(|(key, _)| key.name.to_string());
            (self.names(user, project, seen), pod)
        });
        Some(names.resources(self.0.config.ingress.is_some(), pod))
    }

    fn reach(&self, user: &UserId, project: &ProjectId) -> Reach {
        let (ingress, port) = (self.0.config.ingress.as_ref(), self.0.config.agent.port);
        self.0.hub.look(project, |seen| reach::reach(ingress, port, &self.names(user, project, seen), seen))
    }

    fn outdated(&self, placement: &Placement) -> bool {
        let running = self.0.hub.look(&placement.project, |project| {
            let wished = project.deployments.views().find(|deployment| deployment.replicas > 0);
            wished.and_then(|deployment| deployment.template.clone())
        });
        running.is_some_and(|running| *running != *self.0.applier.template_hash(placement))
    }

    fn astray(&self, placement: &Placement) -> bool {
        let hub = &self.0.hub;
        hub.fresh() && self.0.tended.due(placement, hub.astray(&placement.project))
    }

    async fn tend(&self, placement: &Placement) -> Result<(), RuntimeError> {
        let turn = self.0.turns.of(&placement.project);
        let _turn = turn.lock().await;
        self.0.tended.begin(placement);
        let place = self.0.hub.look(&placement.project, |seen| tend::place(placement, seen));
        let Some(place) = place else { return Ok(()) };
        Ok(self.0.applier.tend(placement, &place).await?)
    }

    fn defaults(&self) -> Defaults {
        let config = &self.0.config;
        Defaults {
            cpu: Some(config.agent.cpu.limit.to_string()),
            memory: Some(config.agent.memory.limit.to_string()),
            storage: Some(config.volume.size.to_string()),
            ..Defaults::default()
        }
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.0.hub.changes()
    }

    async fn check(&self) -> Result<(), RuntimeError> {
        let call = Call { verb: Verb::Get, resource: "version", namespace: "" };
        self.0.connection.call(call, async |client| client.apiserver_version().await.map(drop)).await?;
        Ok(())
    }
}
