//! A runtime without processes: it remembers what it was told, and does what a test wants.

mod script;

pub use script::RuntimeCall;

use crate::{clock::lock, gateway::FakeGateway};
use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use gaggle_core::port::{
    Cause, Change, LogLines, News, Placement, Progress, Runtime, RuntimeError, Workload, WorkloadSpec,
};
use gaggle_shared::{Isolation, ProjectId, Removed, Resources, RuntimeKind, Step, StepState, UserId};
use script::{Script, State};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{broadcast, watch};

/// A [`Runtime`] in memory. Clones are the same runtime.
///
/// With [`FakeRuntime::with_gateway`] a start lets a relay call that gateway, and a stop ends it, as real ones do.
#[derive(Debug, Clone)]
pub struct FakeRuntime {
    state: Arc<Mutex<State>>,
    script: Arc<Mutex<Script>>,
    held: Arc<watch::Sender<bool>>,
    stops: Arc<watch::Sender<bool>>,
    lag: Arc<watch::Sender<Option<u32>>>,
    changes: broadcast::Sender<Change>,
    gateway: Option<FakeGateway>,
    places: bool,
}

impl Default for FakeRuntime {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeRuntime {
    /// One whose relays never call home by themselves.
    pub fn new() -> Self {
        Self {
            state: Arc::default(),
            script: Arc::default(),
            held: Arc::new(watch::Sender::new(false)),
            stops: Arc::new(watch::Sender::new(false)),
            lag: Arc::new(watch::Sender::new(None)),
            changes: broadcast::Sender::new(256),
            gateway: None,
            places: false,
        }
    }

    /// The same, as one that keeps objects for sleeping projects. Before it is used.
    #[must_use]
    pub fn placing(self) -> Self {
        Self { places: true, ..self }
    }

    /// Says that it saw this by itself.
    pub fn say(&self, project: &ProjectId, what: News) {
        let _ = self.changes.send(Change { project: project.clone(), what });
    }

    /// One whose relays call this gateway as soon as they are started.
    pub fn with_gateway(gateway: &FakeGateway) -> Self {
        let runtime = Self { gateway: Some(gateway.clone()), ..Self::new() };
        let (changes, state) = (runtime.changes.clone(), Arc::clone(&runtime.state));
        gateway.on_exit(move |project| {
            lock(&state).exited(project);
            let _ = changes.send(Change::workload(project.clone()));
        });
        runtime
    }

    /// The next starts (or placings) fail with these causes, one each.
    pub fn fail_starts(&self, causes: impl IntoIterator<Item = Cause>) {
        lock(&self.script).starts.extend(causes);
    }

    /// The next stops fail with these causes, one each.
    pub fn fail_stops(&self, causes: impl IntoIterator<Item = Cause>) {
        lock(&self.script).stops.extend(causes);
    }

    /// The next removals fail with these causes, one each.
    pub fn fail_removals(&self, causes: impl IntoIterator<Item = Cause>) {
        lock(&self.script).removals.extend(causes);
    }

    /// The next looks fail with these causes, one each.
    pub fn fail_looks(&self, causes: impl IntoIterator<Item = Cause>) {
        lock(&self.script).looks.extend(causes);
    }

    /// Nothing more shall go wrong.
    pub fn heal(&self) {
        *lock(&self.script) = Script::default();
    }

    /// From now on starts wait (after `workspace`, before `process`), and placements too, until
    /// [`FakeRuntime::release`].
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    /// From now on stops wait, as for a pod that does not end, until [`FakeRuntime::release_stops`].
    pub fn hold_stops(&self) {
        self.stops.send_replace(true);
    }

    /// Lets held stops go on.
    pub fn release_stops(&self) {
        self.stops.send_replace(false);
    }

    /// Lets held starts go on.
    pub fn release(&self) {
        self.held.send_replace(false);
    }

    /// From now on a look at what runs shows it starting, and its answer comes only after [`FakeRuntime::catch_up`].
    pub fn lag(&self) {
        self.lag.send_replace(Some(0));
    }

    /// Once a look waits for its answer.
    pub async fn lags(&self) {
        let _ = self.lag.subscribe().wait_for(|looks| looks.is_some_and(|looks| looks > 0)).await;
    }

    /// Looks that wait get their answers, which are old by now; those that follow show what is.
    pub fn catch_up(&self) {
        self.lag.send_replace(None);
    }

    /// Everything it was told so far, in order; looks are left out.
    pub fn calls(&self) -> Vec<RuntimeCall> {
        lock(&self.state).calls.clone()
    }

    /// The specs that were started, oldest first.
    pub fn started(&self, project: &ProjectId) -> Vec<WorkloadSpec> {
        lock(&self.state).of(project).specs.clone()
    }

    /// The projects whose relay runs now.
    pub fn running(&self) -> Vec<ProjectId> {
        lock(&self.state).running()
    }

    /// What a look shows from now on; told to [`Runtime::changes`].
    pub fn set(&self, project: &ProjectId, workload: Workload) {
        lock(&self.state).of(project).workload = workload;
        let _ = self.changes.send(Change::workload(project.clone()));
    }

    /// Somebody changes its objects; told to [`Runtime::changes`].
    pub fn change_objects(&self, project: &ProjectId) {
        lock(&self.state).of(project).astray = true;
        let _ = self.changes.send(Change::workload(project.clone()));
    }

    /// The relay dies as by `kill -9`: its link breaks and it never calls again.
    pub fn kill(&self, project: &ProjectId) {
        match &self.gateway {
            Some(gateway) => gateway.kill_relay(project),
            None => self.set(project, Workload::Absent),
        }
    }

    /// Something that runs and has data, though nobody has started it here.
    pub fn plant(&self, project: &ProjectId) {
        let mut state = lock(&self.state);
        let place = state.of(project);
        (place.workload, place.data) = (Workload::Running, true);
    }

    /// Returns once it was told this.
    pub async fn told(&self, call: &RuntimeCall) {
        while !lock(&self.state).calls.contains(call) {
            tokio::task::yield_now().await;
        }
    }

    /// Returns once it was told this so often.
    pub async fn told_often(&self, call: &RuntimeCall, times: usize) {
        while lock(&self.state).calls.iter().filter(|told| *told == call).count() < times {
            tokio::task::yield_now().await;
        }
    }

    /// From now on what runs already is not what would be made today, as after an upgrade.
    pub fn upgrade(&self) {
        lock(&self.state).upgrade();
    }

    /// Appends a line to the project's log.
    pub fn log(&self, project: &ProjectId, line: impl Into<String>) {
        lock(&self.state).of(project).log.push(line.into());
    }
}

fn scripted(queue: &mut std::collections::VecDeque<Cause>) -> Result<(), RuntimeError> {
    queue.pop_front().map_or(Ok(()), |cause| Err(cause.into()))
}

#[async_trait]
impl Runtime for FakeRuntime {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Local
    }

    fn isolation(&self) -> Isolation {
        Isolation::None
    }

    async fn observe(&self, project: &ProjectId) -> Result<Workload, RuntimeError> {
        scripted(&mut lock(&self.script).looks)?;
        let workload = lock(&self.state).of(project).workload.clone();
        let lags = workload == Workload::Running
            && self.lag.send_if_modified(|looks| looks.as_mut().map(|looks| *looks += 1).is_some());
        if !lags {
            return Ok(workload);
        }
        let _ = self.lag.subscribe().wait_for(Option::is_none).await;
        Ok(Workload::Starting(Step::Container))
    }

    fn glimpse(&self, project: &ProjectId) -> Option<Workload> {
        Some(lock(&self.state).of(project).workload.clone())
    }

    fn places(&self) -> bool {
        self.places
    }

    async fn place(&self, placement: &Placement) -> Result<(), RuntimeError> {
        lock(&self.state).calls.push(RuntimeCall::Place(placement.project.clone()));
        let mut held = self.held.subscribe();
        let _ = held.wait_for(|held| !held).await;
        scripted(&mut lock(&self.script).starts)?;
        lock(&self.state).of(&placement.project).data = true;
        Ok(())
    }

    async fn start(&self, spec: &WorkloadSpec, progress: &dyn Progress) -> Result<(), RuntimeError> {
        let project = &spec.project;
        lock(&self.state).calls.push(RuntimeCall::Start(project.clone()));
        progress.step(Step::Workspace, StepState::Started, "making the workspace");
        lock(&self.state).of(project).data = true;
        progress.step(Step::Workspace, StepState::Done, "the workspace is there");
        progress.step(Step::Process, StepState::Started, "starting the relay");
        let mut held = self.held.subscribe();
        let _ = held.wait_for(|held| !held).await;
        let failed = scripted(&mut lock(&self.script).starts);
        if let Err(error) = failed {
            progress.step(Step::Process, StepState::Failed, &error.to_string());
            return Err(error);
        }
        let fresh = lock(&self.state).start(spec);
        progress.step(Step::Process, StepState::Done, "the relay runs");
        if let (true, Some(gateway)) = (fresh, &self.gateway) {
            gateway.start_relay(project, &spec.token);
        }
        Ok(())
    }

    async fn stop(&self, project: &ProjectId, _grace: Duration) -> Result<(), RuntimeError> {
        lock(&self.state).calls.push(RuntimeCall::Stop(project.clone()));
        let mut held = self.stops.subscribe();
        let _ = held.wait_for(|held| !held).await;
        scripted(&mut lock(&self.script).stops)?;
        lock(&self.state).of(project).workload = Workload::Absent;
        if let Some(gateway) = &self.gateway {
            gateway.end_relay(project);
        }
        Ok(())
    }

    async fn remove(
        &self,
        project: &ProjectId,
        _owner: Option<&UserId>,
    ) -> Result<Vec<Removed>, RuntimeError> {
        lock(&self.state).calls.push(RuntimeCall::Remove(project.clone()));
        scripted(&mut lock(&self.script).removals)?;
        let removed = lock(&self.state).remove(project);
        if let Some(gateway) = &self.gateway {
            gateway.forget_relay(project);
        }
        Ok(removed)
    }

    async fn owned(&self) -> Result<Vec<ProjectId>, RuntimeError> {
        Ok(lock(&self.state).owned())
    }

    async fn logs(&self, project: &ProjectId, tail: usize, follow: bool) -> Result<LogLines, RuntimeError> {
        let log = lock(&self.state).of(project).log.clone();
        let lines = stream::iter(log[log.len().saturating_sub(tail)..].to_vec());
        Ok(if follow { lines.chain(stream::pending()).boxed() } else { lines.boxed() })
    }

    async fn manifests(&self, _project: &ProjectId) -> Result<String, RuntimeError> {
        Err(RuntimeError::NotSupported)
    }

    fn resources(&self, _user: &UserId, _project: &ProjectId) -> Option<Resources> {
        None
    }

    fn outdated(&self, placement: &Placement) -> bool {
        lock(&self.state).outdated(placement)
    }

    fn astray(&self, placement: &Placement) -> bool {
        lock(&self.state).of(&placement.project).astray
    }

    async fn tend(&self, placement: &Placement) -> Result<(), RuntimeError> {
        let mut state = lock(&self.state);
        state.calls.push(RuntimeCall::Tend(placement.project.clone()));
        state.of(&placement.project).astray = false;
        Ok(())
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    async fn check(&self) -> Result<(), RuntimeError> {
        Ok(())
    }
}
