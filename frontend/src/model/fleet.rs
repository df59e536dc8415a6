//! All projects of one user, live.

use super::look::{self, Tone};
use gaggle_shared::{Phase, Project, ProjectId, Time};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Projects by id, as the user's stream tells them.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    projects: HashMap<ProjectId, Arc<Project>>,
    /// Ids seen in the snapshot that is being read; those not in it are gone once it is whole.
    snapshot: Option<Vec<ProjectId>>,
    /// True once the first page of a snapshot has been read, unless it is empty and more follow.
    known: bool,
}

/// From so many starts on one may say what is usual.
const FEW: usize = 3;

/// Which projects to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Filter {
    /// Every one.
    #[default]
    All,
    /// Those with a running agent, or on the way.
    Awake,
    /// Those that wait for a person.
    NeedsYou,
    /// Those that rest.
    Asleep,
    /// Those that failed.
    Failed,
}

impl Filter {
    /// Every filter, in the order of its tabs.
    pub const ALL: [Self; 5] = [Self::All, Self::NeedsYou, Self::Awake, Self::Asleep, Self::Failed];

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::NeedsYou => "Needs you",
            Self::Awake => "Awake",
            Self::Asleep => "Asleep",
            Self::Failed => "Failed",
        }
    }

    /// Its value in the address.
    pub const fn key(self) -> &'static str {
        match self {
            Self::All => "",
            Self::NeedsYou => "needs-you",
            Self::Awake => "awake",
            Self::Asleep => "asleep",
            Self::Failed => "failed",
        }
    }

    /// The filter of this key, else all.
    pub fn of_key(key: &str) -> Self {
        Self::ALL.into_iter().find(|filter| filter.key() == key).unwrap_or_default()
    }

    fn takes(self, project: &Project) -> bool {
        let tone = look::of(project).tone;
        match self {
            Self::All => true,
            Self::NeedsYou => tone == Tone::Wait,
            Self::Awake => matches!(project.phase, Phase::Active | Phase::Activating),
            Self::Asleep => matches!(project.phase, Phase::Inactive | Phase::Deactivating),
            Self::Failed => tone == Tone::Bad,
        }
    }
}

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Who needs a person first, then who works, then the rest by last activity.
    #[default]
    Attention,
    /// The last activity first.
    Recent,
    /// By name.
    Name,
    /// The newest first.
    Newest,
    /// What used most tokens today first.
    Costly,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 5] = [Self::Attention, Self::Recent, Self::Name, Self::Newest, Self::Costly];

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Attention => "Attention first",
            Self::Recent => "Last activity",
            Self::Name => "Name",
            Self::Newest => "Newest",
            Self::Costly => "Used most today",
        }
    }

    /// Its value in the address.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Attention => "",
            Self::Recent => "recent",
            Self::Name => "name",
            Self::Newest => "newest",
            Self::Costly => "use",
        }
    }

    /// The order of this key, else the default.
    pub fn of_key(key: &str) -> Self {
        Self::ALL.into_iter().find(|sort| sort.key() == key).unwrap_or_default()
    }
}

/// How many of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All projects.
    pub all: usize,
    /// Active or on the way.
    pub awake: usize,
    /// Waiting for a person.
    pub needs_you: usize,
    /// At rest.
    pub asleep: usize,
    /// Failed.
    pub failed: usize,
    /// Approvals that wait, over all projects.
    pub approvals: usize,
}

impl Counts {
    /// The count that belongs to a filter.
    pub const fn of(&self, filter: Filter) -> usize {
        match filter {
            Filter::All => self.all,
            Filter::NeedsYou => self.needs_you,
            Filter::Awake => self.awake,
            Filter::Asleep => self.asleep,
            Filter::Failed => self.failed,
        }
    }
}

impl Fleet {
    /// Takes one page of a snapshot; after the last, what was not in it is gone.
    pub fn snapshot(&mut self, items: Vec<Project>, more: bool) {
        self.known |= !items.is_empty() || !more;
        let seen = self.snapshot.get_or_insert_default();
        for project in items {
            seen.push(project.id.clone());
            self.projects.insert(project.id.clone(), Arc::new(project));
        }
        if !more && let Some(seen) = self.snapshot.take() {
            let seen: std::collections::HashSet<_> = seen.into_iter().collect();
            self.projects.retain(|id, _| seen.contains(id));
        }
    }

    /// Forgets a half-read snapshot: the connection broke in the middle.
    pub fn broke(&mut self) {
        self.snapshot = None;
    }

    /// A project is new or has changed.
    pub fn put(&mut self, project: Project) {
        if let Some(seen) = &mut self.snapshot {
            seen.push(project.id.clone());
        }
        self.projects.insert(project.id.clone(), Arc::new(project));
    }

    /// A project is gone.
    pub fn remove(&mut self, id: &ProjectId) {
        if let Some(seen) = &mut self.snapshot {
            seen.retain(|known| known != id);
        }
        self.projects.remove(id);
    }

    /// One project.
    pub fn get(&self, id: &ProjectId) -> Option<Arc<Project>> {
        self.projects.get(id).cloned()
    }

    /// True while the first pages are here but not all.
    pub const fn is_loading(&self) -> bool {
        self.snapshot.is_some()
    }

    /// True once there is anything to show.
    pub const fn is_known(&self) -> bool {
        self.known
    }

    /// All of them, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Project>> {
        self.projects.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.projects.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.projects.is_empty()
    }

    /// Tokens of all projects since midnight: another sum says that another turn has ended.
    pub fn used_today(&self) -> u64 {
        self.projects.values().map(|project| project.activity.tokens_today).sum()
    }

    /// How long a start takes here, in milliseconds: the middle of the last ones of all projects; nothing of a few.
    pub fn usual_start(&self) -> Option<u64> {
        let took = |project: &Arc<Project>| {
            let start = project.start.as_ref()?;
            u64::try_from(super::time::ms_between(start.at, start.ready_at?)).ok()
        };
        let mut all = Vec::new();
        for took in self.projects.values().filter_map(took).take(MANY) {
            put(&mut all, took);
        }
        (all.len() >= FEW).then(|| all[all.len() / 2])
    }

    /// Ids of the approvals that wait, in order.
    pub fn pending(&self) -> Vec<gaggle_shared::PermissionId> {
        let all = self.projects.values().flat_map(|project| project.activity.pending_permissions.iter());
        let mut ids = Vec::new();
        for id in all {
            put(&mut ids, id.clone());
        }
        ids
    }

    /// Of each tone how many there are, and the `most` that were used last: what the side bar shows.
    pub fn groups(&self, most: usize) -> Vec<(Tone, usize, Vec<Arc<Project>>)> {
        let mut groups = BTreeMap::<Tone, (usize, Vec<Arc<Project>>)>::new();
        for project in self.projects.values() {
            let (count, shown) = groups.entry(look::of(project).tone).or_default();
            *count += 1;
            let later = |other: &Arc<Project>| {
                (other.last_activity_at, &other.id) > (project.last_activity_at, &project.id)
            };
            let at = shown.partition_point(later);
            if at < most {
                shown.truncate(most - 1);
                shown.insert(at, project.clone());
            }
        }
        groups.into_iter().map(|(tone, (count, shown))| (tone, count, shown)).collect()
    }

    /// How many of each.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for project in self.projects.values() {
            counts.all += 1;
            counts.approvals += project.activity.pending_permissions.len();
            for filter in [Filter::Awake, Filter::NeedsYou, Filter::Asleep, Filter::Failed] {
                if filter.takes(project) {
                    match filter {
                        Filter::Awake => counts.awake += 1,
                        Filter::NeedsYou => counts.needs_you += 1,
                        Filter::Asleep => counts.asleep += 1,
                        _ => counts.failed += 1,
                    }
                }
            }
        }
        counts
    }

    /// The projects to show, in order. `query` is looked for in name, sentence and id, without regard to case.
    pub fn view(&self, query: &str, filter: Filter, sort: Sort) -> Vec<Arc<Project>> {
        let query = query.trim().to_lowercase();
        let found = |p: &Project| {
            query.is_empty()
                || p.name.as_str().to_lowercase().contains(&query)
                || p.id.as_str().contains(&query)
                || look::sentence(p).to_lowercase().contains(&query)
        };
        let mut list: Vec<_> =
            self.projects.values().filter(|p| filter.takes(p) && found(p)).cloned().collect();
        list.sort_by_cached_key(|p| place(p, sort));
        list
    }
}

/// From so many starts on no more are asked.
const MANY: usize = 255;

/// Puts one where it belongs among few that are in order.
fn put<T: Ord>(all: &mut Vec<T>, one: T) {
    let at = all.partition_point(|other| *other <= one);
    all.insert(at, one);
}

/// Where a project stands in an order. One form for all orders: each form of its own would be a sort of its own in the
/// page, and those weigh.
fn place(project: &Project, sort: Sort) -> ([i64; 2], String, Reverse<ProjectId>) {
    let name = || project.name.as_str().to_lowercase();
    let (numbers, text) = match sort {
        Sort::Attention => {
            ([look::of(project).tone as i64, -millis(project.last_activity_at)], String::new())
        }
        Sort::Recent => ([-millis(project.last_activity_at), 0], String::new()),
        Sort::Name => ([0, 0], name()),
        Sort::Costly => {
            let cost = project.activity.cost_today.map_or(0, |cost| (cost * 1e6) as i64);
            ([-cost, -i64::try_from(project.activity.tokens_today).unwrap_or(i64::MAX)], name())
        }
        Sort::Newest => ([-millis(project.created_at), 0], String::new()),
    };
    (numbers, text, Reverse(project.id.clone()))
}

fn millis(at: Time) -> i64 {
    at.as_millisecond()
}

#[cfg(test)]
#[path = "fleet_tests.rs"]
mod tests;
