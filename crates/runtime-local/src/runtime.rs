//! The runtime itself.

mod keep;

use crate::{
    config::LocalConfig,
    end, goose,
    launch::{self, Written},
    layout::{Layout, Place},
    logs, pidfile,
    pidfile::Relay,
    process::{self, Process},
    remove, spawn,
};
use async_trait::async_trait;
use gaggle_core::port::{
    Cause, Change, LogLines, Placement, Progress, Runtime, RuntimeError, Workload, WorkloadSpec,
};
use gaggle_shared::{Code, Isolation, ProjectId, Removed, Resources, RuntimeKind, Step, StepState, UserId};
use keep::Keep;
use std::{
    collections::BTreeSet,
    io,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{Semaphore, broadcast};

/// How long a relay of an older launch may take to end before a newer one starts.
const REPLACED: Duration = Duration::from_secs(5);

/// Looks for files at once, of all projects.
const LOOKS: usize = 4;

/// Runs agents as processes of this machine. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct LocalRuntime {
    config: Arc<LocalConfig>,
    layout: Layout,
    keep: Arc<Keep>,
    /// One for each look for files that is under way.
    looks: Arc<Semaphore>,
}

impl LocalRuntime {
    /// Nothing is made, started or looked at yet.
    pub fn new(config: LocalConfig) -> Self {
        let layout = Layout::new(config.data_dir.clone(), config.instance.clone());
        let looks = Arc::new(Semaphore::new(LOOKS));
        Self { config: Arc::new(config), layout, keep: Arc::default(), looks }
    }

    /// True if certainly nothing of the project runs: none was ever started here (the launch is written first), or
    /// this very server has seen the last of it go and started nothing since. Looking through all processes of the
    /// machine takes milliseconds, often more than all the rest of a start.
    fn quiet(&self, project: &ProjectId, place: &Place) -> bool {
        self.keep.is_quiet(project) || matches!(place.launch().try_exists(), Ok(false))
    }

    /// The relay that this very server started, or found before, and that still runs. Its environment is not read
    /// again: for a moment of every `exec` it is empty.
    fn known(&self, project: &ProjectId, place: &Place) -> Option<Relay> {
        let watched = self.keep.watched(project)?;
        pidfile::read(place).filter(|relay| relay.process == watched && watched.alive())
    }

    /// The relay that runs now, watched from here on.
    fn relay(&self, project: &ProjectId) -> Option<Relay> {
        let place = self.layout.place(project);
        let known = self.known(project, &place);
        let relay = known.or_else(|| pidfile::running(&place, &self.config.instance, project))?;
        self.keep.watch(project, relay.process);
        Some(relay)
    }

    fn spawn(&self, place: &Place, spec: &WorkloadSpec, written: Written) -> Result<(), Cause> {
        let failed = |error: io::Error| {
            Cause::new(Code::Internal, "the relay could not be started")
                .detail(format!("{}: {error}", self.config.gaggle_bin.display()))
        };
        // From here on something may run: to be looked for, by this server and the next.
        self.keep.stirred(&spec.project);
        written.write(place).map_err(failed)?;
        let marks = launch::marks(&self.config, spec);
        let spawned = spawn::relay(&self.config, place, marks, &written.hash).map_err(failed)?;
        let relay = Relay { process: spawned.process, launch: written.hash };
        self.keep.own(&spec.project, place.errors(), spawned);
        // A relay that is not noted is found by its marks; better still, both.
        pidfile::write(place, &relay).map_err(failed)
    }

    async fn bring_up(&self, spec: &WorkloadSpec, progress: &dyn Progress) -> Result<(), Cause> {
        let goose = goose::found(&self.config.goose);
        let goose = told(progress, Step::Process, StepState::Failed, goose)?;
        progress.step(Step::Workspace, StepState::Started, "making the workspace");
        let made = self.layout.make(&spec.project);
        let place = told(progress, Step::Workspace, StepState::Failed, made)?;
        progress.step(Step::Workspace, StepState::Done, "the workspace is there");
        progress.step(Step::Process, StepState::Started, "starting the relay");
        let started = self.start_in(&place, goose, spec).await;
        let how = told(progress, Step::Process, StepState::Failed, started)?;
        progress.step(Step::Process, StepState::Done, how);
        Ok(())
    }

    /// Ends everything of the project, and notes that nothing is left; whoever calls has the project's turn.
    async fn end(&self, project: &ProjectId, grace: Duration) -> Result<Vec<Process>, Cause> {
        let ended = end::all(&self.layout, &self.config.instance, project, grace).await?;
        self.keep.quieted(project);
        Ok(ended)
    }

    async fn start_in(
        &self,
        place: &Place,
        goose: &std::path::Path,
        spec: &WorkloadSpec,
    ) -> Result<&'static str, Cause> {
        let project = &spec.project;
        let written = launch::launch(&self.config, place, goose, spec).map_err(|error| {
            Cause::new(Code::Internal, "the launch cannot be written").detail(error.to_string())
        })?;
        let quiet = self.quiet(project, place);
        if !quiet && self.relay(project).is_some_and(|relay| relay.launch == written.hash) {
            return Ok("the relay runs already");
        }
        self.keep.forget(project);
        if !quiet {
            // An older relay, and what a dead one left: two agents never share a workspace.
            self.end(project, REPLACED).await?;
        }
        self.spawn(place, spec, written)?;
        Ok("the relay runs")
    }
}

fn told<T>(
    progress: &dyn Progress,
    step: Step,
    state: StepState,
    result: Result<T, Cause>,
) -> Result<T, Cause> {
    if let Err(cause) = &result {
        progress.step(step, state, &cause.message);
    }
    result
}

fn unreadable(error: &io::Error) -> Cause {
    Cause::new(Code::Internal, "the data directory cannot be read").detail(error.to_string()).passing()
}

#[async_trait]
impl Runtime for LocalRuntime {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Local
    }

    fn isolation(&self) -> Isolation {
        Isolation::None
    }

    async fn observe(&self, project: &ProjectId) -> Result<Workload, RuntimeError> {
        // Looking through all processes of the machine is dear: at most once.
        let place = self.layout.place(project);
        let known = self.known(project, &place);
        let noted = known.or_else(|| pidfile::noted(&place, &self.config.instance, project));
        let found = if noted.is_some() || self.quiet(project, &place) {
            Vec::new()
        } else {
            process::of_project(&self.config.instance, project)
        };
        let stopping = !found.is_empty();
        if let Some(relay) = noted.or_else(|| pidfile::among(found)) {
            self.keep.watch(project, relay.process);
            return Ok(Workload::Running);
        }
        if stopping {
            return Ok(Workload::Stopping);
        }
        Ok(self.keep.fault(project).map_or(Workload::Absent, Workload::Broken))
    }

    async fn prepare(&self, project: &ProjectId) {
        let turn = self.keep.turn(project);
        let _turn = turn.lock().await;
        let (layout, id) = (self.layout.clone(), project.clone());
        // The start makes them too, and says what is wrong.
        let _ = tokio::task::spawn_blocking(move || layout.make(&id)).await;
    }

    async fn start(&self, spec: &WorkloadSpec, progress: &dyn Progress) -> Result<(), RuntimeError> {
        let turn = self.keep.turn(&spec.project);
        let _turn = turn.lock().await;
        Ok(self.bring_up(spec, progress).await?)
    }

    async fn tend(&self, placement: &Placement) -> Result<(), RuntimeError> {
        // What kept a relay from starting may be over: only the next one finds out.
        if self.keep.fault(&placement.project).is_some_and(|fault| fault.passing) {
            self.keep.forget(&placement.project);
        }
        Ok(())
    }

    async fn stop(&self, project: &ProjectId, grace: Duration) -> Result<(), RuntimeError> {
        let turn = self.keep.turn(project);
        let _turn = turn.lock().await;
        self.keep.forget(project);
        self.end(project, grace).await?;
        Ok(())
    }

    async fn remove(
        &self,
        project: &ProjectId,
        _owner: Option<&UserId>,
    ) -> Result<Vec<Removed>, RuntimeError> {
        let turn = self.keep.turn(project);
        let _turn = turn.lock().await;
        self.keep.forget(project);
        let ended = self.end(project, Duration::ZERO).await?;
        let mut removed: Vec<Removed> = ended
            .iter()
            .map(|process| Removed { kind: "Process".into(), name: process.pid.to_string() })
            .collect();
        let (layout, id) = (self.layout.clone(), project.clone());
        let folder = tokio::task::spawn_blocking(move || remove::folder(&layout, &id)).await;
        let folder = folder.map_err(io::Error::other).and_then(|done| done).map_err(|error| {
            Cause::new(Code::VolumeFailed, "the project's folder could not be removed")
                .hint("it is tried again; if it stays so, look at what the agent left there")
                .detail(format!("{}: {error}", self.layout.place(project).root.display()))
                .passing()
        })?;
        if folder {
            removed.push(Removed { kind: "Workspace".into(), name: format!("projects/{project}") });
        }
        self.keep.drop_turn(project);
        Ok(removed)
    }

    async fn owned(&self) -> Result<Vec<ProjectId>, RuntimeError> {
        let mut owned: BTreeSet<ProjectId> =
            self.layout.all().map_err(|error| unreadable(&error))?.into_iter().collect();
        owned.extend(process::all(&self.config.instance).into_iter().map(|marked| marked.project));
        Ok(owned.into_iter().collect())
    }

    async fn files(
        &self,
        project: &ProjectId,
        wanted: &str,
        limit: usize,
    ) -> Result<Vec<String>, RuntimeError> {
        let (workspace, wanted) = (self.layout.place(project).workspace(), wanted.to_owned());
        // The store reads on the same threads: not all of them may look.
        let turn = self.looks.clone().acquire_owned().await;
        let begun = Instant::now();
        let in_time = move || begun.elapsed() < gaggle_files::PATIENCE;
        let look = move || {
            let found = gaggle_files::find(&workspace, &wanted, limit, in_time);
            drop(turn);
            found
        };
        let found = tokio::task::spawn_blocking(look).await;
        Ok(found.map_err(|error| unreadable(&io::Error::other(error)))?)
    }

    async fn logs(&self, project: &ProjectId, tail: usize, follow: bool) -> Result<LogLines, RuntimeError> {
        let (place, layout) = (self.layout.place(project), self.layout.clone());
        if !follow {
            let read = move || if layout.is_ours(&place) { logs::end(&place, tail) } else { logs::none() };
            let read = tokio::task::spawn_blocking(read).await;
            return Ok(read.map_err(|error| unreadable(&io::Error::other(error)))?);
        }
        let (keep, id, own) = (Arc::clone(&self.keep), project.clone(), place.clone());
        let there = move || layout.is_ours(&own) && own.logs().is_dir();
        Ok(logs::follow(place, tail, async move { keep.started(&id, there).await }))
    }

    async fn manifests(&self, _project: &ProjectId) -> Result<String, RuntimeError> {
        Err(RuntimeError::NotSupported)
    }

    fn resources(&self, _user: &UserId, _project: &ProjectId) -> Option<Resources> {
        None
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.keep.changes()
    }

    async fn check(&self) -> Result<(), RuntimeError> {
        goose::found(&self.config.goose)?;
        Ok(())
    }
}
