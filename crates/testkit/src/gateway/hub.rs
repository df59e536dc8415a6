use super::{act::Script, relay::FakeRelay, volume::Disk};
use gaggle_core::port::{Admission, AgentCommand, Inbound, Link, LinkCursor, LookError};
use gaggle_shared::{ProjectId, Time};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, fmt, sync::Arc};
use tokio::sync::mpsc::UnboundedSender;

/// Who is told when a relay exits.
#[derive(Clone)]
pub(super) struct Exits(Arc<dyn Fn(&ProjectId) + Send + Sync>);

impl Exits {
    pub(super) fn new(tell: impl Fn(&ProjectId) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }
}

impl fmt::Debug for Exits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exits")
    }
}

/// An admission and the end of its channel.
#[derive(Debug)]
pub(super) struct Open {
    admission: Admission,
    line: UnboundedSender<Inbound>,
    /// What went into the channel.
    delivered: LinkCursor,
}

/// What lies on a project's volume, and who is at work on it.
#[derive(Debug, Default)]
pub(super) struct Project {
    open: Option<Open>,
    pub(super) relay: Option<FakeRelay>,
    connected: bool,
    cut: bool,
    incarnation: u64,
    disk: Disk,
    waiting: Vec<AgentCommand>,
    pub(super) sent: Vec<AgentCommand>,
    pub(super) acknowledged: LinkCursor,
}

#[derive(Debug)]
pub(super) struct Hub {
    pub(super) projects: BTreeMap<ProjectId, Project>,
    pub(super) script: Script,
    pub(super) exits: Exits,
    pub(super) ready: bool,
    pub(super) stay_down: bool,
    pub(super) untold: bool,
    /// What looks into workspaces come to.
    pub(super) found: Result<Vec<String>, LookError>,
    pub(super) now: Time,
}

impl Default for Exits {
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            projects: BTreeMap::new(),
            script: Script::default(),
            exits: Exits::default(),
            ready: false,
            stay_down: false,
            untold: false,
            found: Ok(Vec::new()),
            now: Time::default(),
        }
    }
}

impl Hub {
    fn project(&mut self, id: &ProjectId) -> &mut Project {
        self.projects.entry(id.clone()).or_default()
    }

    pub(super) fn start_relay(&mut self, id: &ProjectId, token: &str) {
        self.end_relay(id);
        let (now, up, script) = (self.now, !self.stay_down, self.script.clone());
        let project = self.project(id);
        project.incarnation += 1;
        let disk = std::mem::take(&mut project.disk);
        let mut relay = FakeRelay::new(project.incarnation, Sha256::digest(token).into(), script, disk, now);
        if up {
            relay.agent_up();
        }
        project.relay = Some(relay);
        self.call(id);
    }

    pub(super) fn outdated_relay(&mut self, id: &ProjectId, release: &str) {
        self.project(id).tell(Inbound::Outdated { release: release.into() });
        self.exit(id);
    }

    pub(super) fn end_relay(&mut self, id: &ProjectId) {
        let Some(project) = self.projects.get_mut(id) else { return };
        if let Some(relay) = project.relay.take() {
            project.disk = relay.disk;
        }
        project.disconnect();
    }

    /// The relay is gone by itself.
    pub(super) fn exit(&mut self, id: &ProjectId) {
        let had = self.projects.get(id).is_some_and(|project| project.relay.is_some());
        self.end_relay(id);
        if had {
            (self.exits.0)(id);
        }
    }

    /// The relay calls home, if it lives and can.
    fn call(&mut self, id: &ProjectId) {
        let ready = self.ready;
        let project = self.project(id);
        let (Some(relay), false, false) = (&project.relay, project.cut, project.connected) else { return };
        let turned_away = match &project.open {
            None => ready,
            Some(open) => {
                open.admission.token_hash != relay.token_hash
                    || open.delivered.incarnation > relay.incarnation
            }
        };
        if turned_away {
            return self.exit(id);
        }
        if project.open.is_some() {
            project.connect();
            self.settle(id);
        }
    }

    /// Passes on what a relay said, and ends it if it was told to stop.
    fn settle(&mut self, id: &ProjectId) {
        let project = self.project(id);
        project.flush();
        if project.relay.as_ref().is_some_and(|relay| relay.stopped) {
            self.exit(id);
        }
    }

    pub(super) fn with_relay(&mut self, id: &ProjectId, change: impl FnOnce(&mut FakeRelay)) {
        let (now, script, untold) = (self.now, self.script.clone(), self.untold);
        if let Some(relay) = &mut self.project(id).relay {
            relay.now = now;
            relay.untold = untold;
            relay.script = script;
            change(relay);
        }
        self.settle(id);
    }

    pub(super) fn cut(&mut self, id: &ProjectId) {
        let project = self.project(id);
        project.cut = true;
        project.disconnect();
    }

    pub(super) fn lose_sessions(&mut self, id: &ProjectId) {
        let project = self.project(id);
        project.relay.as_mut().map_or(&mut project.disk, |relay| &mut relay.disk).sessions.clear();
    }

    pub(super) fn mend(&mut self, id: &ProjectId) {
        self.project(id).cut = false;
        self.call(id);
    }

    pub(super) fn admit(&mut self, id: &ProjectId, admission: Admission, line: UnboundedSender<Inbound>) {
        let project = self.project(id);
        project.disconnect();
        project.waiting.clear();
        project.open = Some(Open { delivered: admission.received, admission, line });
        self.call(id);
    }

    pub(super) fn dismiss(&mut self, id: &ProjectId) {
        let Some(project) = self.projects.get_mut(id) else { return };
        project.open = None;
        project.waiting.clear();
        project.connected = false;
        self.exit(id);
    }

    pub(super) fn ready(&mut self) {
        self.ready = true;
        for id in self.projects.keys().cloned().collect::<Vec<_>>() {
            self.call(&id);
        }
    }

    pub(super) fn server_dies(&mut self) {
        self.ready = false;
        for project in self.projects.values_mut() {
            project.open = None;
            project.connected = false;
            project.waiting.clear();
        }
    }

    pub(super) fn send(&mut self, id: &ProjectId, command: AgentCommand) {
        let project = self.project(id);
        project.sent.push(command.clone());
        if project.open.is_none() {
            return;
        }
        if project.connected {
            return self.with_relay(id, |relay| relay.take(command));
        }
        project.waiting.push(command);
        if project.waiting.len() > 1024 {
            project.open = None;
            project.waiting.clear();
        }
    }

    pub(super) fn acknowledge(&mut self, id: &ProjectId, received: LinkCursor) {
        let project = self.project(id);
        project.acknowledged = project.acknowledged.max(received);
        if let Some(relay) = project.relay.as_mut().filter(|relay| relay.incarnation == received.incarnation)
        {
            relay.spool.retain(|frame| frame.cursor.frame > received.frame);
        }
    }

    pub(super) fn link(&self, id: &ProjectId) -> Option<Link> {
        let project = self.projects.get(id)?;
        project.relay.as_ref().filter(|_| project.connected).map(FakeRelay::link)
    }
}

impl Project {
    /// One whose relays have run before, and have left this.
    pub(super) fn left(incarnation: u64, disk: Disk) -> Self {
        Self { incarnation, disk, ..Self::default() }
    }

    /// How many relays have run, and what they have left.
    pub(super) fn volume(&self) -> (u64, &Disk) {
        (self.incarnation, self.relay.as_ref().map_or(&self.disk, |relay| &relay.disk))
    }

    fn tell(&mut self, inbound: Inbound) {
        if let Some(open) = &mut self.open {
            if let Inbound::Frame(frame) = &inbound {
                open.delivered = frame.cursor;
            }
            // A core that dropped its receiver does not listen any more.
            let _ = open.line.send(inbound);
        }
    }

    fn disconnect(&mut self) {
        if std::mem::take(&mut self.connected) {
            self.tell(Inbound::Disconnected);
        }
    }

    fn connect(&mut self) {
        let (Some(relay), Some(open)) = (&self.relay, &self.open) else { return };
        let (link, incarnation) = (relay.link(), relay.incarnation);
        if open.delivered.incarnation != incarnation {
            // They were meant for the relay before.
            self.waiting.clear();
        }
        let after = if open.delivered.incarnation == incarnation { open.delivered.frame } else { 0 };
        let first = relay.spool.first().map_or(relay.last + 1, |frame| frame.cursor.frame);
        self.connected = true;
        self.tell(Inbound::Connected(link));
        if first > after + 1 {
            self.tell(Inbound::Missing { first });
        }
        if let Some(open) = &mut self.open {
            open.delivered = LinkCursor { incarnation, frame: after.max(first - 1) };
        }
        for command in std::mem::take(&mut self.waiting) {
            if let Some(relay) = &mut self.relay {
                relay.take(command);
            }
        }
    }

    /// Puts every frame that the channel has not had into it.
    fn flush(&mut self) {
        let (Some(relay), Some(open), true) = (&self.relay, &self.open, self.connected) else { return };
        let after = open.delivered;
        let fresh: Vec<_> = relay.spool.iter().filter(|frame| frame.cursor > after).cloned().collect();
        for frame in fresh {
            self.tell(Inbound::Frame(frame));
        }
    }
}
