//! Several projects at once: who is chosen, and what became of each.

use super::fleet::Fleet;
use gaggle_shared::{Phase, Project, ProjectId, UserId};
use std::collections::BTreeSet;

/// The projects that a person has ticked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    ids: BTreeSet<ProjectId>,
    last: Option<ProjectId>,
}

impl Chosen {
    /// How many.
    pub fn count(&self) -> usize {
        self.ids.len()
    }

    /// Whether this one is.
    pub fn has(&self, id: &ProjectId) -> bool {
        self.ids.contains(id)
    }

    /// All of them.
    pub fn ids(&self) -> impl Iterator<Item = &ProjectId> {
        self.ids.iter()
    }

    /// Ticks or unticks one; with `range` all between the one before and this, as they stand in `order`.
    pub fn toggle<'a>(
        &mut self,
        id: &ProjectId,
        range: bool,
        order: &(impl Iterator<Item = &'a ProjectId> + Clone),
    ) {
        let at = |wanted: &ProjectId| order.clone().position(|one| one == wanted);
        let ends = self.last.as_ref().filter(|_| range).and_then(at).zip(at(id));
        match ends {
            Some((a, b)) => {
                let (from, to) = (a.min(b), a.max(b));
                self.ids.extend(order.clone().skip(from).take(to - from + 1).cloned());
            }
            None => {
                if !self.ids.remove(id) {
                    self.ids.insert(id.clone());
                }
            }
        }
        self.last = Some(id.clone());
    }

    /// Ticks all of these.
    pub fn all<'a>(&mut self, order: impl Iterator<Item = &'a ProjectId>) {
        self.ids.extend(order.cloned());
    }

    /// Unticks everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets those that are gone.
    pub fn keep(&mut self, fleet: &Fleet) {
        self.ids.retain(|id| fleet.get(id).is_some());
    }
}

/// What is done to all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Their agents start.
    Wake,
    /// Their agents end.
    Sleep,
    /// Nothing of them remains.
    Delete,
}

impl Act {
    /// The heading while it goes on.
    pub const fn doing(self) -> &'static str {
        match self {
            Self::Wake => "Waking",
            Self::Sleep => "Putting to sleep",
            Self::Delete => "Deleting",
        }
    }

    /// What leads back, where there is a way.
    pub const fn undo(self) -> Option<Self> {
        match self {
            Self::Wake => Some(Self::Sleep),
            Self::Sleep => Some(Self::Wake),
            Self::Delete => None,
        }
    }

    /// Whether there is anything to do for this project.
    pub fn fits(self, project: &Project) -> bool {
        match self {
            Self::Wake => matches!(project.phase, Phase::Inactive | Phase::Failed | Phase::Deactivating),
            Self::Sleep => matches!(project.phase, Phase::Active | Phase::Activating),
            Self::Delete => project.phase != Phase::Deleting,
        }
    }
}

/// How far one project is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// Not asked for yet.
    Waiting,
    /// Acknowledged; it happens.
    UnderWay,
    /// It is so.
    Done,
    /// It is not so, and why.
    Failed(String),
}

/// One project of a bulk action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Which.
    pub id: ProjectId,
    /// Its name when it began.
    pub name: String,
    /// How far.
    pub how: How,
}

/// An action on several projects, as far as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// What.
    pub act: Act,
    /// Whom.
    pub items: Vec<Item>,
    /// Whose projects they are: another user's fleet says nothing of them.
    pub user: UserId,
    /// Tells it from the one before, whose requests may still be on their way.
    pub number: u32,
}

impl Bulk {
    /// For those of `ids` where there is anything to do.
    pub fn new<'a>(act: Act, user: UserId, ids: impl Iterator<Item = &'a ProjectId>, fleet: &Fleet) -> Self {
        let items = ids.filter_map(|id| fleet.get(id)).filter(|project| act.fits(project)).map(|project| {
            Item { id: project.id.clone(), name: super::look::name(&project), how: How::Waiting }
        });
        Self { act, items: items.collect(), user, number: 0 }
    }

    /// The next that is not asked for yet; it counts as asked for from now on.
    pub fn take_next(&mut self) -> Option<ProjectId> {
        let item = self.items.iter_mut().find(|item| item.how == How::Waiting)?;
        item.how = How::UnderWay;
        Some(item.id.clone())
    }

    /// The server refused one.
    pub fn refused(&mut self, id: &ProjectId, why: String) {
        if let Some(item) = self.items.iter_mut().find(|item| item.id == *id) {
            item.how = How::Failed(why);
        }
    }

    /// Looks at what has become of those that are under way; true if anything changed.
    pub fn observe(&mut self, fleet: &Fleet) -> bool {
        let act = self.act;
        let mut changed = false;
        for item in self.items.iter_mut().filter(|item| item.how == How::UnderWay) {
            let project = fleet.get(&item.id);
            let how = match (act, project.as_deref()) {
                (Act::Delete, None) => How::Done,
                (Act::Delete, Some(_)) => continue,
                (_, None) => How::Failed("It was deleted.".into()),
                (Act::Wake, Some(project)) => match project.phase {
                    Phase::Active => How::Done,
                    Phase::Failed => {
                        let failure = project.failure.as_ref();
                        How::Failed(failure.map_or_else(|| "It did not start.".into(), |f| f.message.clone()))
                    }
                    _ => continue,
                },
                (Act::Sleep, Some(project)) => match project.phase {
                    Phase::Inactive | Phase::Failed => How::Done,
                    _ => continue,
                },
            };
            item.how = how;
            changed = true;
        }
        changed
    }

    /// How many are done, failed, and neither.
    pub fn tally(&self) -> (usize, usize, usize) {
        let count = |wanted: fn(&How) -> bool| self.items.iter().filter(|item| wanted(&item.how)).count();
        let (done, failed) = (count(|how| *how == How::Done), count(|how| matches!(how, How::Failed(_))));
        (done, failed, self.items.len() - done - failed)
    }

    /// The way back: for those that were done.
    pub fn undo(&self, fleet: &Fleet) -> Option<Self> {
        let act = self.act.undo()?;
        let done = self.items.iter().filter(|item| item.how == How::Done).map(|item| &item.id);
        Some(Self::new(act, self.user.clone(), done, fleet)).filter(|bulk| !bulk.items.is_empty())
    }

    /// True while it is not known of each what became of it.
    pub fn goes_on(&self) -> bool {
        self.tally().2 > 0
    }

    /// What is to be said where it is left before it is over: what was not asked for never is.
    pub fn left(&self) -> Option<String> {
        let waiting = self.items.iter().filter(|item| item.how == How::Waiting).count();
        let under_way = self.items.iter().filter(|item| item.how == How::UnderWay).count();
        let end = match (under_way, waiting) {
            (0, 0) => return None,
            (_, 0) => format!("{under_way} still under way"),
            (0, _) => format!("stopped before {waiting} of them"),
            _ => format!("{under_way} still under way, stopped before {waiting} of them"),
        };
        Some(format!("{}; {end}", self.sentence()))
    }

    /// One sentence on how it stands.
    pub fn sentence(&self) -> String {
        let (done, failed, left) = self.tally();
        let many = |n: usize| if n == 1 { "1 project".to_owned() } else { format!("{n} projects") };
        let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
        match (self.act, left) {
            (act, 1..) => format!("{} {}: {done} done{failed}", act.doing(), many(self.items.len())),
            (Act::Wake, 0) => format!("Woke {}{failed}", many(done)),
            (Act::Sleep, 0) => format!("Put {} to sleep{failed}", many(done)),
            (Act::Delete, 0) => format!("Deleted {}{failed}", many(done)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::project;

    fn id(name: &str) -> ProjectId {
        ProjectId::parse(name).unwrap()
    }

    fn alice() -> UserId {
        UserId::parse("alice").unwrap()
    }

    fn fleet(list: &[(&str, Phase)]) -> Fleet {
        let mut fleet = Fleet::default();
        fleet.snapshot(list.iter().map(|(name, phase)| project(name, *phase)).collect(), false);
        fleet
    }

    #[test]
    fn shift_takes_all_between_as_they_stand() {
        let order = [id("d"), id("b"), id("a"), id("c")];
        let mut chosen = Chosen::default();
        chosen.toggle(&id("b"), false, &order.iter());
        chosen.toggle(&id("c"), true, &order.iter());
        assert_eq!(chosen.ids().cloned().collect::<Vec<_>>(), [id("a"), id("b"), id("c")]);
        chosen.toggle(&id("a"), false, &order.iter());
        assert!(!chosen.has(&id("a")) && chosen.count() == 2);
        chosen.keep(&fleet(&[("c", Phase::Active)]));
        assert_eq!(chosen.ids().cloned().collect::<Vec<_>>(), [id("c")]);
    }

    #[test]
    fn each_project_has_its_own_end() {
        let before =
            [("a", Phase::Inactive), ("b", Phase::Inactive), ("c", Phase::Active), ("d", Phase::Failed)];
        let ids = before.map(|(name, _)| id(name));
        let mut bulk = Bulk::new(Act::Wake, alice(), ids.iter(), &fleet(&before));
        assert_eq!(bulk.items.len(), 3, "what is awake needs no waking");
        while bulk.take_next().is_some() {}
        bulk.refused(&id("d"), "no".into());
        assert!(!bulk.observe(&fleet(&before)));
        assert!(bulk.observe(&fleet(&[("a", Phase::Active), ("b", Phase::Failed), ("d", Phase::Active)])));
        assert_eq!(bulk.tally(), (1, 2, 0));
        assert_eq!(bulk.items[2].how, How::Failed("no".into()), "a refusal stands");
        assert_eq!(bulk.sentence(), "Woke 1 project, 2 failed");
    }

    #[test]
    fn undo_takes_back_what_was_done_and_only_that() {
        let ids = [id("a"), id("b")];
        let mut bulk = Bulk::new(
            Act::Wake,
            alice(),
            ids.iter(),
            &fleet(&[("a", Phase::Inactive), ("b", Phase::Inactive)]),
        );
        while bulk.take_next().is_some() {}
        let after = fleet(&[("a", Phase::Active), ("b", Phase::Failed)]);
        bulk.observe(&after);
        let undo = bulk.undo(&after).unwrap();
        assert_eq!((undo.act, undo.items.len(), undo.items[0].id.clone()), (Act::Sleep, 1, id("a")));
        let gone = Bulk { act: Act::Delete, ..bulk };
        assert_eq!(gone.undo(&after), None);
    }

    #[test]
    fn a_deleted_project_is_done_once_it_is_gone() {
        let ids = [id("a")];
        let mut bulk = Bulk::new(Act::Delete, alice(), ids.iter(), &fleet(&[("a", Phase::Active)]));
        bulk.take_next();
        bulk.observe(&fleet(&[("a", Phase::Deleting)]));
        assert_eq!(bulk.sentence(), "Deleting 1 project: 0 done");
        bulk.observe(&fleet(&[]));
        assert_eq!(bulk.tally(), (1, 0, 0));
    }

    #[test]
    fn what_is_left_in_the_middle_says_what_is_not_done() {
        let ids = [id("a"), id("b"), id("c")];
        let before = fleet(&ids.each_ref().map(|id| (id.as_str(), Phase::Inactive)));
        let mut bulk = Bulk::new(Act::Wake, alice(), ids.iter(), &before);
        assert!(bulk.goes_on());
        assert_eq!(bulk.left().as_deref(), Some("Waking 3 projects: 0 done; stopped before 3 of them"));
        bulk.take_next();
        bulk.take_next();
        bulk.refused(&id("b"), "no".into());
        assert_eq!(
            bulk.left().as_deref(),
            Some("Waking 3 projects: 0 done, 1 failed; 1 still under way, stopped before 1 of them")
        );
        bulk.take_next();
        assert_eq!(bulk.left().as_deref(), Some("Waking 3 projects: 0 done, 1 failed; 2 still under way"));
        bulk.refused(&id("a"), "no".into());
        bulk.refused(&id("c"), "no".into());
        assert_eq!((bulk.goes_on(), bulk.left()), (false, None), "what is over leaves nothing");
    }
}
