use super::ModelGrant;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use gaggle_shared::{
    Code, Defaults, Endpoint, InstanceId, Isolation, Mode, OrphanObject, ProjectId, Removed, Resources,
    RuntimeKind, Settings, Severity, Step, StepState, Time, UserId,
};
use std::{fmt, time::Duration};
use thiserror::Error;
use tokio::sync::broadcast;

/// All that a runtime needs to start a project's relay and agent.
#[derive(Clone)]
pub struct WorkloadSpec {
    /// Whose Gaggle this is.
    pub instance: InstanceId,
    /// The owner.
    pub user: UserId,
    /// Which project.
    pub project: ProjectId,
    /// With the server's defaults filled in where they matter to the runtime.
    pub settings: Settings,
    /// The mode that Goose starts in.
    pub mode: Mode,
    /// The model.
    pub model: ModelGrant,
    /// What the relay shows when it calls home: new at every activation.
    pub token: String,
    /// How long the agent goes on without its server.
    pub patience: Duration,
    /// The highest incarnation of its relays that is known; the next must be higher, whatever became of the
    /// volume on which they count.
    pub met: u64,
}

impl fmt::Debug for WorkloadSpec {
    /// Leaves out the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkloadSpec")
            .field("project", &self.project)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// A project, as a runtime that keeps objects for it while it sleeps needs to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// Whose Gaggle this is.
    pub instance: InstanceId,
    /// The owner.
    pub user: UserId,
    /// Which project.
    pub project: ProjectId,
    /// As in [`WorkloadSpec::settings`].
    pub settings: Settings,
}

/// Where an active project's agent can be reached from outside; chat never depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The best address there is.
    pub endpoint: Option<Endpoint>,
    /// What works but not fully, such as `endpoint_pending`.
    pub warnings: Vec<String>,
    /// What stands between people and the agent, in a sentence: what, why, and what to do.
    pub trouble: Option<String>,
}

/// Something that a runtime saw by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub project: ProjectId,
    /// What.
    pub what: News,
}

impl Change {
    /// The project's workload is not what it was: look again.
    pub fn workload(project: ProjectId) -> Self {
        Self { project, what: News::Workload }
    }
}

/// What a runtime saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The workload is not what it was: look again.
    Workload,
    /// A step of the start under way began, ended or failed, after [`Runtime::start`] had returned.
    Step {
        /// Which.
        step: Step,
        /// How far.
        state: StepState,
        /// In words.
        message: String,
    },
    /// A Kubernetes event, as it is.
    ClusterEvent {
        /// `reason`
        reason: String,
        /// `note` or `message`
        message: String,
        /// `Kind/name` of what it regards.
        object: String,
        /// `type`
        severity: Severity,
    },
}

/// What a runtime sees of a project's workload: the relay and its agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Workload {
    /// No process, no pod.
    Absent,
    /// On its way up, in this step; the relay has not been seen to run. While it is [`Step::Image`] a pull is in
    /// progress, which puts the deadline off.
    Starting(Step),
    /// The relay runs. Whether the agent can chat is the link's to say.
    Running,
    /// On its way down.
    Stopping,
    /// It is there but cannot come up, for this cause.
    Broken(Cause),
}

/// A diagnosed cause: what a [`gaggle_shared::Failure`] is made from.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Cause {
    /// Stable, for programs.
    pub code: Code,
    /// A plain sentence.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// The raw cause.
    pub detail: Option<String>,
    /// True: it may pass by itself, and the wish stays. False: trying again now would fail the same way.
    pub passing: bool,
}

impl Cause {
    /// A cause that ends the attempt.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, detail: None, passing: false }
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With the raw cause.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// One that may pass by itself.
    #[must_use]
    pub fn passing(mut self) -> Self {
        self.passing = true;
        self
    }
}

/// Why a runtime could not do as told.
#[derive(Debug, Clone, Error)]
pub enum RuntimeError {
    /// For a cause that people can be told.
    #[error(transparent)]
    Cause(#[from] Cause),
    /// This runtime has no such thing (manifests of a local process).
    #[error("not supported by this runtime")]
    NotSupported,
}

/// Told of each step of a start as it happens.
pub trait Progress: Send + Sync {
    /// A step began, ended or failed.
    fn step(&self, step: Step, state: StepState, message: &str);
}

/// What became of a project that no record knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleared {
    /// What went.
    pub removed: Vec<Removed>,
    /// Since when its data is reported, where the runtime keeps that with the data, across restarts of the server.
    pub since: Option<Time>,
}

/// How long an orphan may take to end softly.
const ORPHANS_GRACE: Duration = Duration::from_secs(2);

/// The end of a log and, if wanted, what follows: lines without their newline, lossy UTF-8.
pub type LogLines = BoxStream<'static, String>;

/// Where agents run. Every method is idempotent and may be called again after a crash at any point.
#[async_trait]
pub trait Runtime: Send + Sync + fmt::Debug {
    /// Which one.
    fn kind(&self) -> RuntimeKind;

    /// What keeps projects apart here.
    fn isolation(&self) -> Isolation;

    /// Looks: with a live read, or at what a watch that is known to be alive has shown.
    ///
    /// # Errors
    /// When it cannot be known (cluster unreachable).
    async fn observe(&self, project: &ProjectId) -> Result<Workload, RuntimeError>;

    /// What a watch that is known to be alive shows, without asking anybody; none: it cannot be said now.
    fn glimpse(&self, _project: &ProjectId) -> Option<Workload> {
        None
    }

    /// Whether sleeping projects have objects here ([`Runtime::place`]).
    fn places(&self) -> bool {
        false
    }

    /// Makes what a sleeping project has here, without starting anything.
    ///
    /// # Errors
    /// A diagnosed cause.
    async fn place(&self, _placement: &Placement) -> Result<(), RuntimeError> {
        Ok(())
    }

    /// Makes ready what a start of this project will need, without starting anything: called while the start is
    /// being noted, and skipped at will. What fails here fails again, and is told, at the start.
    async fn prepare(&self, _project: &ProjectId) {}

    /// Makes the workload and starts it, unless it runs already. Returns once the relay was started; that it
    /// works is known when it calls home.
    ///
    /// # Errors
    /// A diagnosed cause.
    async fn start(&self, spec: &WorkloadSpec, progress: &dyn Progress) -> Result<(), RuntimeError>;

    /// Ends relay, agent and all they started; returns once none remains. Data stays.
    ///
    /// # Errors
    /// When something remains.
    async fn stop(&self, project: &ProjectId, grace: Duration) -> Result<(), RuntimeError>;

    /// Removes everything of the project, data too; answers with what this call removed (nothing: none was left).
    /// `owner`: whose it was, where a record says so; what nothing else points to is found by it.
    ///
    /// # Errors
    /// When something remains.
    async fn remove(&self, project: &ProjectId, owner: Option<&UserId>)
    -> Result<Vec<Removed>, RuntimeError>;

    /// Every project of our instance that has a workload or data here.
    ///
    /// # Errors
    /// When it cannot be known.
    async fn owned(&self) -> Result<Vec<ProjectId>, RuntimeError>;

    /// What there is of a project now, for people; where a runtime cannot say: nothing.
    ///
    /// # Errors
    /// When it cannot be known.
    async fn belongings(&self, _project: &ProjectId) -> Result<Vec<OrphanObject>, RuntimeError> {
        Ok(Vec::new())
    }

    /// Ends and removes all of a project that no record knows, whatever it is called, by live reads. Its data stays
    /// unless `data`; a runtime that can notes at it since when it is reported, `now` for the first time.
    ///
    /// # Errors
    /// When something remains that should not.
    async fn clear(&self, project: &ProjectId, data: bool, _now: Time) -> Result<Cleared, RuntimeError> {
        if data {
            return Ok(Cleared { removed: self.remove(project, None).await?, since: None });
        }
        self.stop(project, ORPHANS_GRACE).await?;
        Ok(Cleared::default())
    }

    /// Files of the project's workspace whose path holds `wanted`, the likeliest first, at most `limit`; where its agent
    /// works and where not. Reading starts nothing and follows no link.
    ///
    /// # Errors
    /// [`RuntimeError::NotSupported`] where the workspace cannot be looked at; when it cannot be read.
    async fn files(
        &self,
        _project: &ProjectId,
        _wanted: &str,
        _limit: usize,
    ) -> Result<Vec<String>, RuntimeError> {
        Err(RuntimeError::NotSupported)
    }

    /// The agent's log: the last `tail` lines, then with `follow` what comes.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn logs(&self, project: &ProjectId, tail: usize, follow: bool) -> Result<LogLines, RuntimeError>;

    /// YAML of what is applied for the project, secrets masked.
    ///
    /// # Errors
    /// [`RuntimeError::NotSupported`] where there is none.
    async fn manifests(&self, project: &ProjectId) -> Result<String, RuntimeError>;

    /// The cluster's objects behind a project; none for local processes.
    fn resources(&self, user: &UserId, project: &ProjectId) -> Option<Resources>;

    /// Where an active project's agent can be reached from outside, as far as it is known now.
    fn reach(&self, _user: &UserId, _project: &ProjectId) -> Reach {
        Reach::default()
    }

    /// Whether a running workload is not what would be made of this today (as after an upgrade).
    fn outdated(&self, _placement: &Placement) -> bool {
        false
    }

    /// Whether an active project's objects are not as they should be, as far as is seen without asking, or it is time to
    /// look whether they are. Not again within seconds of a [`Runtime::tend`].
    fn astray(&self, _placement: &Placement) -> bool {
        false
    }

    /// Puts right what somebody changed at an active project's objects, without touching what runs.
    ///
    /// # Errors
    /// A diagnosed cause.
    async fn tend(&self, _placement: &Placement) -> Result<(), RuntimeError> {
        Ok(())
    }

    /// The sizes that a project gets if it sets none itself; none where they mean nothing.
    fn defaults(&self) -> Defaults {
        Defaults::default()
    }

    /// What was seen by itself. Who lags looks at everything.
    fn changes(&self) -> broadcast::Receiver<Change>;

    /// Whether it could start something now; for `/readyz` and `doctor`.
    ///
    /// # Errors
    /// Why not.
    async fn check(&self) -> Result<(), RuntimeError>;
}
