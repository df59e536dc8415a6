use gaggle_core::port::{Cause, Placement, Workload, WorkloadSpec};
use gaggle_shared::{ProjectId, Removed};
use std::collections::{BTreeMap, VecDeque};

/// Something that a [`super::FakeRuntime`] was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuntimeCall {
    /// To make what it has while it sleeps.
    Place(ProjectId),
    /// To start this project.
    Start(ProjectId),
    /// To put its objects right.
    Tend(ProjectId),
    /// To stop it.
    Stop(ProjectId),
    /// To remove it.
    Remove(ProjectId),
}

/// What shall go wrong next.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) starts: VecDeque<Cause>,
    pub(super) stops: VecDeque<Cause>,
    pub(super) removals: VecDeque<Cause>,
    pub(super) looks: VecDeque<Cause>,
}

#[derive(Debug)]
pub(super) struct Place {
    pub(super) workload: Workload,
    pub(super) data: bool,
    pub(super) astray: bool,
    pub(super) specs: Vec<WorkloadSpec>,
    pub(super) log: Vec<String>,
    outdated: bool,
}

#[derive(Debug, Default)]
pub(super) struct State {
    places: BTreeMap<ProjectId, Place>,
    pub(super) calls: Vec<RuntimeCall>,
}

impl State {
    pub(super) fn of(&mut self, project: &ProjectId) -> &mut Place {
        self.places.entry(project.clone()).or_insert_with(|| Place {
            workload: Workload::Absent,
            data: false,
            astray: false,
            specs: Vec::new(),
            log: Vec::new(),
            outdated: false,
        })
    }

    /// True: a relay begins to run; false: it runs with the same token already.
    pub(super) fn start(&mut self, spec: &WorkloadSpec) -> bool {
        let place = self.of(&spec.project);
        let same = place.specs.last().is_some_and(|last| last.token == spec.token);
        let fresh = !(same && place.workload == Workload::Running);
        if fresh {
            place.specs.push(spec.clone());
        }
        place.workload = Workload::Running;
        place.outdated &= !fresh;
        fresh
    }

    pub(super) fn upgrade(&mut self) {
        self.places.values_mut().for_each(|place| place.outdated = true);
    }

    /// Of the project as it was started, and of no other.
    pub(super) fn outdated(&self, placement: &Placement) -> bool {
        let place = self.places.get(&placement.project);
        let known = place
            .and_then(|place| place.specs.last())
            .is_some_and(|spec| spec.user == placement.user && spec.instance == placement.instance);
        known && place.is_some_and(|place| place.outdated && place.workload == Workload::Running)
    }

    pub(super) fn exited(&mut self, project: &ProjectId) {
        self.of(project).workload = Workload::Absent;
    }

    pub(super) fn remove(&mut self, project: &ProjectId) -> Vec<Removed> {
        let Some(place) = self.places.remove(project) else { return Vec::new() };
        let removed = |kind: &str| Removed { kind: kind.into(), name: project.to_string() };
        let process = (place.workload != Workload::Absent).then(|| removed("Process"));
        let workspace = place.data.then(|| removed("Workspace"));
        process.into_iter().chain(workspace).collect()
    }

    pub(super) fn running(&self) -> Vec<ProjectId> {
        let up = |place: &Place| place.workload == Workload::Running;
        self.places.iter().filter(|(_, place)| up(place)).map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn owned(&self) -> Vec<ProjectId> {
        let there = |place: &Place| place.data || place.workload != Workload::Absent;
        self.places.iter().filter(|(_, place)| there(place)).map(|(id, _)| id.clone()).collect()
    }
}
