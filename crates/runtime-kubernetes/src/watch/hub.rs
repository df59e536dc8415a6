use super::{addresses::Addresses, pulse::Pulse};
use crate::{
    diagnose::{Now, Track, diagnose},
    examine::Balancer,
    state::{Key, Kind, Note, PodView, Project, ServiceView, World},
};
use gaggle_core::port::{Change, Clock, News, Workload};
use gaggle_shared::{InstanceId, ProjectId, Severity, Step, StepState};
use jiff::Timestamp;
use k8s_openapi::api::{
    apps::v1::{Deployment, ReplicaSet},
    core::v1::{Pod, Service},
};
use std::{
    collections::HashMap,
    net::IpAddr,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, broadcast};

/// How many changes may wait for a slow reader, who then looks at everything.
const WAITING: usize = 1024;

/// Where the watches meet: what is there, what it means, and who is told.
#[derive(Debug)]
pub(crate) struct Hub {
    clock: Arc<dyn Clock>,
    grace: Duration,
    known: Mutex<Known>,
    pulses: HashMap<&'static str, Pulse>,
    changes: broadcast::Sender<Change>,
    touched: broadcast::Sender<ProjectId>,
    closings: broadcast::Sender<Closing>,
    timed: Notify,
    /// Rings for all who wait whenever something was heard.
    heard: Notify,
}

#[derive(Debug)]
struct Known {
    world: World,
    shown: HashMap<ProjectId, Shown>,
    addresses: Addresses,
}

/// What was told of a project that does not sleep.
#[derive(Debug, Default)]
struct Shown {
    workload: Option<Workload>,
    track: Track,
    again: Option<Timestamp>,
    address: Option<Box<str>>,
    /// Its load balancer has yet to tell its address.
    waits: bool,
    astray: bool,
    /// Its pod's node does not answer.
    lost: bool,
    /// Of its pods.
    addresses: Vec<IpAddr>,
    /// A pod of it may run already and has no address yet.
    faceless: bool,
    /// Pods by their uid, with their restarts, and whether they are on their way out.
    pods: Vec<(Box<str>, i32, bool)>,
}

/// A container whose log will not be there for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Closing {
    /// Whose.
    pub(crate) project: ProjectId,
    /// The pod.
    pub(crate) pod: Key,
    /// The pod's own.
    pub(crate) uid: Box<str>,
    /// The container was started again: it is its predecessor's log.
    pub(crate) previous: bool,
    /// How often the pod's containers were started again.
    pub(crate) restarts: i32,
}

impl Closing {
    /// Of this pod.
    pub(crate) fn of(project: &ProjectId, key: &Key, pod: &PodView, previous: bool) -> Self {
        let (project, key, uid) = (project.clone(), key.clone(), pod.uid.clone());
        Self { project, pod: key, uid, previous, restarts: pod.restarts() }
    }
}

impl Hub {
    /// Nothing is known yet.
    pub(crate) fn new(instance: InstanceId, grace: Duration, clock: Arc<dyn Clock>) -> Self {
        let kinds = ["deployments", "replicasets", "pods", "persistentvolumeclaims", "services"];
        Self {
            clock,
            grace,
            known: Mutex::new(Known {
                world: World::new(instance),
                shown: HashMap::new(),
                addresses: Addresses::default(),
            }),
            pulses: kinds.into_iter().map(|kind| (kind, Pulse::default())).collect(),
            changes: broadcast::Sender::new(WAITING),
            touched: broadcast::Sender::new(WAITING),
            closings: broadcast::Sender::new(WAITING),
            timed: Notify::new(),
            heard: Notify::new(),
        }
    }

    /// The port's changes.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Every change of any object, by its project.
    pub(crate) fn touches(&self) -> broadcast::Receiver<ProjectId> {
        self.touched.subscribe()
    }

    /// Logs that will not be there for long.
    pub(crate) fn closings(&self) -> broadcast::Receiver<Closing> {
        self.closings.subscribe()
    }

    /// What the watches show is known to be what is there, or was within the last seconds.
    pub(crate) fn fresh(&self) -> bool {
        [Deployment::RESOURCE, ReplicaSet::RESOURCE, Pod::RESOURCE].iter().all(|kind| self.alive(kind))
    }

    /// All of them, volumes too.
    pub(crate) fn whole(&self) -> bool {
        self.pulses.keys().all(|kind| self.alive(kind))
    }

    /// A look at what is known of a project; nothing of it is there: an empty one.
    pub(crate) fn look<T>(&self, project: &ProjectId, look: impl FnOnce(&Project) -> T) -> T {
        let known = self.lock();
        match known.world.project(project) {
            Some(project) => look(project),
            None => look(&Project::default()),
        }
    }

    /// What a project that is wished to run has is not as it should be.
    pub(crate) fn astray(&self, project: &ProjectId) -> bool {
        self.look(project, |project| self.is_astray(project))
    }

    fn is_astray(&self, project: &Project) -> bool {
        let many = project.deployments.views().any(|deployment| deployment.replicas > 1);
        let lacks = project.services.is_empty() && self.alive(Service::RESOURCE);
        project.wished() && (many || lacks)
    }

    /// Every project of which something is there.
    pub(crate) fn ids(&self) -> Vec<ProjectId> {
        self.lock().world.ids().cloned().collect()
    }

    /// Whether a pod of any project has this address.
    pub(crate) fn is_agent(&self, address: IpAddr) -> bool {
        self.lock().addresses.knows(address)
    }

    /// Returns once every pod that may run is shown with its address.
    pub(crate) async fn certain(&self) {
        loop {
            let mut heard = pin!(self.heard.notified());
            heard.as_mut().enable();
            if self.fresh() && !self.lock().shown.values().any(|shown| shown.faceless) {
                return;
            }
            heard.await;
        }
    }

    /// The Services that wish for a load balancer.
    pub(crate) fn balancers(&self) -> Vec<Balancer> {
        let known = self.lock();
        let services = known.world.projects().flat_map(|(_, project)| project.services.iter());
        services.filter_map(|(key, service)| Balancer::of(&key.name, service)).collect()
    }

    /// For [`diagnose`].
    pub(crate) fn now(&self) -> Now {
        Now { at: self.clock.now(), grace: self.grace }
    }

    pub(crate) fn beat<K: Kind>(&self) {
        self.pulses.get(K::RESOURCE).into_iter().for_each(Pulse::beat);
        self.heard.notify_waiters();
    }

    pub(super) fn stopped<K: Kind>(&self) {
        self.pulses.get(K::RESOURCE).into_iter().for_each(Pulse::stopped);
    }

    pub(super) fn begin<K: Kind>(&self) {
        self.pulses.get(K::RESOURCE).into_iter().for_each(|pulse| {
            pulse.begin();
        });
    }

    pub(super) fn settle<K: Kind>(&self) {
        let round = self.round::<K>();
        let mut known = self.lock();
        let touched = known.world.settle::<K>(round);
        touched.iter().for_each(|id| self.judge(&mut known, id));
    }

    pub(crate) fn apply<K: Kind>(&self, object: K) {
        let round = self.round::<K>();
        let mut known = self.lock();
        if let Some(id) = known.world.apply(object, round) {
            self.judge(&mut known, &id);
        }
    }

    pub(super) fn remove<K: Kind>(&self, object: &K) {
        let mut known = self.lock();
        if let Some(id) = known.world.remove(object) {
            self.judge(&mut known, &id);
        }
    }

    pub(super) fn note(&self, note: Note) {
        // What is counted up for ever is told ever more rarely.
        let tells = note.count.max(1) & (note.count.max(1) - 1) == 0;
        let told = News::ClusterEvent {
            reason: note.reason.to_string(),
            message: note.message.to_string(),
            object: format!("{}/{}", note.kind, note.name),
            severity: if note.warning { Severity::Warning } else { Severity::Normal },
        };
        let mut known = self.lock();
        if let Some(id) = known.world.note(note) {
            if tells {
                // Nobody may be listening, here and below.
                let _ = self.changes.send(Change { project: id.clone(), what: told });
            }
            self.judge(&mut known, &id);
        }
    }

    /// Something of the project has changed, or its time has come: tells what is new of it.
    fn judge(&self, known: &mut Known, id: &ProjectId) {
        let empty = Project::default();
        let project = known.world.project(id).unwrap_or(&empty);
        let now = self.now();
        let finding = diagnose(project, &now);
        let shown = known.shown.entry(id.clone()).or_default();
        for (step, state, message) in shown.track.news(project, &finding) {
            let what = News::Step { step, state, message };
            let _ = self.changes.send(Change { project: id.clone(), what });
        }
        for closing in shown.closings(id, project) {
            let _ = self.closings.send(closing);
        }
        let address = project.services.views().find_map(|service| service.address.clone());
        let waits = project.wished() && project.services.views().any(ServiceView::waits);
        // Seen to come: one that was there when this server began to look is no news.
        if shown.waits
            && let Some(url) = project.services.views().find_map(ServiceView::url)
        {
            let message = format!("reached at {url}");
            let what = News::Step { step: Step::Endpoint, state: StepState::Done, message };
            let _ = self.changes.send(Change { project: id.clone(), what });
        }
        shown.waits = waits;
        let before = shown.workload.as_ref().unwrap_or(&Workload::Absent);
        let astray = self.is_astray(project);
        let lost = project.current().is_some_and(|(_, pod)| pod.lost);
        let moved = shown.address != address || shown.lost != lost;
        if *before != finding.workload || moved || (astray && !shown.astray) {
            let _ = self.changes.send(Change::workload(id.clone()));
        }
        (shown.address, shown.astray, shown.lost) = (address, astray, lost);
        let addresses: Vec<IpAddr> =
            project.alive().flat_map(|(_, pod)| pod.addresses.iter().copied()).collect();
        shown.faceless = project.alive().any(|(_, pod)| pod.node.is_some() && pod.addresses.is_empty());
        if shown.addresses != addresses {
            known.addresses.moved(id, &shown.addresses, &addresses);
            shown.addresses = addresses;
        }
        shown.again = finding.again;
        if finding.again.is_some() {
            self.timed.notify_one();
        }
        let asleep = finding.workload == Workload::Absent;
        shown.workload = Some(finding.workload);
        if asleep && shown.address.is_none() {
            known.shown.remove(id);
        }
        let _ = self.touched.send(id.clone());
    }

    fn alive(&self, kind: &str) -> bool {
        self.pulses.get(kind).is_some_and(Pulse::alive)
    }

    fn round<K: Kind>(&self) -> u32 {
        self.pulses.get(K::RESOURCE).map_or(0, Pulse::round)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    fn closings(&mut self, id: &ProjectId, project: &Project) -> Vec<Closing> {
        let mut closings = Vec::new();
        let mut pods = Vec::new();
        for (key, pod) in project.pods.iter() {
            let restarts = pod.restarts();
            let ending = pod.ending.is_some() || pod.finished();
            let before = self.pods.iter().find(|(uid, ..)| *uid == pod.uid);
            let closing = |previous| Closing::of(id, key, pod, previous);
            if before.map_or(0, |(_, restarts, _)| *restarts) < restarts {
                closings.push(closing(true));
            }
            if ending && !before.is_some_and(|(.., ending)| *ending) {
                closings.push(closing(false));
            }
            pods.push((pod.uid.clone(), restarts, ending));
        }
        self.pods = pods;
        closings
    }
}

/// Judges anew what was given a time to become right by itself.
pub(super) async fn recheck(hub: Arc<Hub>) {
    loop {
        let next = {
            let mut known = hub.lock();
            let now = hub.clock.now();
            let due = |shown: &Shown| shown.again.is_some_and(|at| at <= now);
            let ids: Vec<_> =
                known.shown.iter().filter(|(_, shown)| due(shown)).map(|(id, _)| id.clone()).collect();
            ids.iter().for_each(|id| hub.judge(&mut known, id));
            known.shown.values().filter_map(|shown| shown.again).min()
        };
        tokio::select! {
            () = hub.timed.notified() => {}
            () = async { match next {
                Some(at) => hub.clock.sleep_until(at).await,
                None => std::future::pending().await,
            } } => {}
        }
    }
}
