//! A gateway without sockets: fake relays with a scripted agent, spool and all, that outlive admissions as real
//! ones outlive a server.

mod act;
mod hub;
mod relay;
mod volume;

pub use act::Act;

use crate::clock::lock;
use act::Script;
use async_trait::async_trait;
use gaggle_core::port::{
    Admission, AgentCommand, AgentEvent, AgentGateway, Clock, Inbound, Link, LinkCursor, LookError,
};
use gaggle_shared::ProjectId;
use hub::Hub;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tokio::sync::{mpsc, watch};
use volume::Volumes;

/// An [`AgentGateway`] in memory. Clones are the same gateway; a new server (a new core) is given the same one.
#[derive(Debug, Clone)]
pub struct FakeGateway {
    hub: Arc<Mutex<Hub>>,
    clock: Arc<dyn Clock>,
    told: Arc<watch::Sender<u64>>,
    volumes: Arc<Mutex<Option<Volumes>>>,
}

impl FakeGateway {
    /// A gateway whose relays stamp their frames by this clock, and whose agents say `echo: <prompt>`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { hub: Arc::default(), clock, told: Arc::new(watch::Sender::new(0)), volumes: Arc::default() }
    }

    /// What relays and agents keep on their volumes is kept in this file, and taken from it if it is there: so it
    /// outlives this process, which they do not. Before it is used.
    ///
    /// # Panics
    /// There, and later when it is written: the file cannot be used.
    #[must_use]
    pub fn kept_in(self, file: impl Into<PathBuf>) -> Self {
        *lock(&self.volumes) = Some(Volumes::open(file.into(), &mut lock(&self.hub)));
        self
    }

    /// What agents do from now on when they get a prompt. A list that does not end its turn ends with `EndTurn`.
    pub fn script(&self, script: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static) {
        self.change(|hub| hub.script = Script::new(script));
    }

    /// Called when a relay exits by itself or is killed (not after [`FakeGateway::end_relay`]).
    pub fn on_exit(&self, tell: impl Fn(&ProjectId) + Send + Sync + 'static) {
        self.change(|hub| hub.exits = hub::Exits::new(tell));
    }

    /// A relay begins to run and calls home with this token; its agent comes up at once (unless
    /// [`FakeGateway::agents_stay_down`]). An older relay of the project is turned away.
    pub fn start_relay(&self, project: &ProjectId, token: &str) {
        self.change(|hub| hub.start_relay(project, token));
    }

    /// The relay is ended from outside: its link breaks, and nothing of it comes any more.
    pub fn end_relay(&self, project: &ProjectId) {
        self.change(|hub| hub.end_relay(project));
    }

    /// The relay dies as by `kill -9`.
    pub fn kill_relay(&self, project: &ProjectId) {
        self.change(|hub| hub.exit(project));
    }

    /// Its volume is gone too: no sessions, no noted prompts.
    pub fn forget_relay(&self, project: &ProjectId) {
        self.change(|hub| {
            hub.end_relay(project);
            hub.projects.remove(project);
        });
    }

    /// Agents of relays started from now on do not come up by themselves: see [`FakeGateway::agent_up`].
    pub fn agents_stay_down(&self) {
        self.change(|hub| hub.stay_down = true);
    }

    /// Agents of relays started from now on come up by themselves again.
    pub fn agents_come_up(&self) {
        self.change(|hub| hub.stay_down = false);
    }

    /// Agents do not tell the id of what they work on from now on, so that nothing can be added to it.
    pub fn runs_stay_untold(&self) {
        self.change(|hub| hub.untold = true);
    }

    /// The agent (again) answers `initialize`.
    pub fn agent_up(&self, project: &ProjectId) {
        self.change(|hub| hub.with_relay(project, relay::FakeRelay::agent_up));
    }

    /// A relay calls that is too old, and is sent away.
    pub fn outdated_relay(&self, project: &ProjectId, release: &str) {
        self.change(|hub| hub.outdated_relay(project, release));
    }

    /// The agent dies in whatever it does; with `last` it is not started again.
    pub fn agent_down(&self, project: &ProjectId, last: bool) {
        self.change(|hub| hub.with_relay(project, |relay| relay.agent_down(last, false)));
    }

    /// The agent does not answer `initialize` in time; it is started again.
    pub fn agent_hangs(&self, project: &ProjectId) {
        self.change(|hub| hub.with_relay(project, |relay| relay.agent_down(false, true)));
    }

    /// The connection breaks; the relay calls again at [`FakeGateway::mend`].
    pub fn cut(&self, project: &ProjectId) {
        self.change(|hub| hub.cut(project));
    }

    /// The relay calls again.
    pub fn mend(&self, project: &ProjectId) {
        self.change(|hub| hub.mend(project));
    }

    /// The frames that nobody has acknowledged are lost: at the next call they are `Missing`.
    pub fn lose_spool(&self, project: &ProjectId) {
        self.change(|hub| hub.with_relay(project, relay::FakeRelay::lose_spool));
    }

    /// The agent has a session of this id, in which something was said.
    pub fn remember(&self, project: &ProjectId, session: &str) {
        self.change(|hub| hub.with_relay(project, |relay| relay.remember(session)));
    }

    /// The project's agent has lost all its sessions.
    pub fn lose_sessions(&self, project: &ProjectId) {
        self.change(|hub| hub.lose_sessions(project));
    }

    /// One frame is made and lost at once.
    pub fn skip_frame(&self, project: &ProjectId) {
        self.change(|hub| hub.with_relay(project, relay::FakeRelay::skip_frame));
    }

    /// A frame with this event comes, whatever the script says.
    pub fn emit(&self, project: &ProjectId, event: AgentEvent) {
        self.change(|hub| hub.with_relay(project, |relay| relay.emit(event)));
    }

    /// Turns that stand at [`Act::Hold`] go on.
    pub fn resume(&self, project: &ProjectId) {
        self.change(|hub| hub.with_relay(project, relay::FakeRelay::resume));
    }

    /// The commands that were sent for the project so far, repeats included.
    pub fn sent(&self, project: &ProjectId) -> Vec<AgentCommand> {
        lock(&self.hub).projects.get(project).map(|p| p.sent.clone()).unwrap_or_default()
    }

    /// Returns the first command sent that is as wanted, once there is one.
    pub async fn sent_when(
        &self,
        project: &ProjectId,
        wanted: impl Fn(&AgentCommand) -> bool,
    ) -> AgentCommand {
        let mut told = self.told.subscribe();
        loop {
            told.borrow_and_update();
            if let Some(command) = self.sent(project).into_iter().find(|command| wanted(command)) {
                return command;
            }
            // The sender lives in `self`.
            let _ = told.changed().await;
        }
    }

    /// The sessions that the project's agent has, with or without a living relay.
    pub fn sessions(&self, project: &ProjectId) -> Vec<String> {
        self.on_volume(project, |disk| disk.sessions.keys().cloned().collect())
    }

    /// The prompts that the project's agents were given, in their order.
    pub fn prompts(&self, project: &ProjectId) -> Vec<String> {
        self.on_volume(project, |disk| disk.prompts.clone())
    }

    fn on_volume<T: Default>(&self, project: &ProjectId, read: impl FnOnce(&volume::Disk) -> T) -> T {
        lock(&self.hub).projects.get(project).map(|p| read(p.volume().1)).unwrap_or_default()
    }

    /// How far the project's frames were acknowledged.
    pub fn acknowledged(&self, project: &ProjectId) -> LinkCursor {
        lock(&self.hub).projects.get(project).map(|p| p.acknowledged).unwrap_or_default()
    }

    /// How many frames the project's relay still keeps.
    pub fn spooled(&self, project: &ProjectId) -> usize {
        lock(&self.hub)
            .projects
            .get(project)
            .and_then(|p| p.relay.as_ref())
            .map_or(0, |relay| relay.spool.len())
    }

    /// What relays that are connected find in their workspaces from now on; nothing before.
    pub fn looks_find(&self, found: Result<Vec<String>, LookError>) {
        self.change(|hub| hub.found = found);
    }

    /// Whether [`AgentGateway::ready`] was called.
    pub fn is_ready(&self) -> bool {
        lock(&self.hub).ready
    }

    /// The server dies: all admissions end, nothing is ready, relays live on and call again once they are admitted.
    pub fn server_dies(&self) {
        self.change(Hub::server_dies);
    }

    fn change<T>(&self, change: impl FnOnce(&mut Hub) -> T) -> T {
        let mut hub = lock(&self.hub);
        hub.now = self.clock.now();
        let answer = change(&mut hub);
        if let Some(volumes) = &mut *lock(&self.volumes) {
            volumes.keep(&hub);
        }
        drop(hub);
        self.told.send_modify(|count| *count += 1);
        answer
    }
}

#[async_trait]
impl AgentGateway for FakeGateway {
    async fn admit(&self, project: &ProjectId, admission: Admission) -> mpsc::Receiver<Inbound> {
        let (line, mut pending) = mpsc::unbounded_channel();
        let (sender, receiver) = mpsc::channel(256);
        tokio::spawn(async move {
            while let Some(inbound) = pending.recv().await {
                if sender.send(inbound).await.is_err() {
                    break;
                }
            }
        });
        self.change(|hub| hub.admit(project, admission, line));
        receiver
    }

    async fn dismiss(&self, project: &ProjectId) {
        self.change(|hub| hub.dismiss(project));
    }

    fn ready(&self) {
        self.change(Hub::ready);
    }

    fn send(&self, project: &ProjectId, command: AgentCommand) {
        self.change(|hub| hub.send(project, command));
    }

    fn acknowledge(&self, project: &ProjectId, received: LinkCursor) {
        self.change(|hub| hub.acknowledge(project, received));
    }

    async fn files(
        &self,
        project: &ProjectId,
        _wanted: &str,
        limit: usize,
    ) -> Result<Vec<String>, LookError> {
        let hub = lock(&self.hub);
        hub.link(project).ok_or(LookError::NotLinked)?;
        Ok(hub.found.clone()?.into_iter().take(limit).collect())
    }

    fn link(&self, project: &ProjectId) -> Option<Link> {
        lock(&self.hub).link(project)
    }
}
