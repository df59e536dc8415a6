use super::*;
use crate::model::chat::samples::project;

fn names(list: &[Arc<Project>]) -> Vec<&str> {
    list.iter().map(|p| p.name.as_str()).collect()
}

#[test]
fn a_whole_snapshot_forgets_what_is_gone() {
    let mut fleet = Fleet::default();
    fleet.snapshot(vec![project("a", Phase::Active), project("b", Phase::Inactive)], false);
    assert!(fleet.is_known());
    fleet.snapshot(vec![project("b", Phase::Inactive)], true);
    assert_eq!(fleet.counts().all, 2, "half a snapshot removes nothing");
    fleet.put(project("new", Phase::Inactive));
    fleet.snapshot(vec![], false);
    assert_eq!(names(&fleet.view("", Filter::All, Sort::Name)), ["b", "new"]);
}

#[test]
fn a_broken_snapshot_removes_nothing() {
    let mut fleet = Fleet::default();
    fleet.snapshot(vec![project("a", Phase::Active), project("b", Phase::Active)], false);
    fleet.snapshot(vec![project("a", Phase::Active)], true);
    fleet.broke();
    fleet.snapshot(vec![project("a", Phase::Active), project("b", Phase::Active)], false);
    assert_eq!(fleet.counts().all, 2);
}

#[test]
fn filters_search_and_order() {
    let mut fleet = Fleet::default();
    let list = vec![
        project("zeta", Phase::Failed),
        project("Alpha", Phase::Inactive),
        project("mid", Phase::Activating),
    ];
    fleet.snapshot(list, false);
    assert_eq!(names(&fleet.view("", Filter::All, Sort::Name)), ["Alpha", "mid", "zeta"]);
    assert_eq!(names(&fleet.view("", Filter::All, Sort::Attention)), ["mid", "zeta", "Alpha"]);
    assert_eq!(names(&fleet.view(" ALP ", Filter::All, Sort::Name)), ["Alpha"]);
    assert_eq!(names(&fleet.view("", Filter::Failed, Sort::Name)), ["zeta"]);
    let counts = fleet.counts();
    assert_eq!((counts.all, counts.awake, counts.asleep, counts.failed), (3, 1, 1, 1));
}
