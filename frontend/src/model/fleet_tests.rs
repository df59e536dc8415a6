use super::*;
use crate::model::chat::samples::{at, project};

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

#[test]
fn ten_thousand_come_in_pages_and_are_shown_from_the_first() {
    let mut fleet = Fleet::default();
    for page in 0..50 {
        let page: Vec<_> =
            (0..200).map(|n| project(&format!("p{}", page * 200 + n), Phase::Inactive)).collect();
        fleet.snapshot(page, true);
        assert!(fleet.is_known() && fleet.is_loading());
    }
    fleet.snapshot(vec![project("last", Phase::Active)], false);
    assert!(!fleet.is_loading());
    assert_eq!((fleet.len(), fleet.counts().asleep, fleet.counts().awake), (10_001, 10_000, 1));
    let groups = fleet.groups(8);
    let sizes: Vec<_> = groups.iter().map(|(tone, count, shown)| (*tone, *count, shown.len())).collect();
    assert_eq!(sizes, [(Tone::Ready, 1, 1), (Tone::Idle, 10_000, 8)]);
}

#[test]
fn what_costs_most_today_comes_first() {
    let with = |name: &str, tokens, cost| {
        let mut project = project(name, Phase::Inactive);
        project.activity.tokens_today = tokens;
        project.activity.cost_today = cost;
        project
    };
    let mut fleet = Fleet::default();
    fleet.snapshot(vec![with("a", 10, None), with("b", 5, Some(0.5)), with("c", 90, None)], false);
    assert_eq!(names(&fleet.view("", Filter::All, Sort::Costly)), ["b", "c", "a"]);
}

#[test]
fn what_a_start_usually_takes_is_the_middle_of_the_last_ones() {
    let mut fleet = Fleet::default();
    for (name, took) in [("a", Some(900)), ("b", Some(3)), ("c", None), ("d", Some(5))] {
        assert_eq!(fleet.usual_start(), None, "few say nothing");
        let mut one = project(name, Phase::Active);
        one.start = Some(gaggle_shared::Start { seq: 1, at: at(0), ready_at: took.map(at), step: None });
        fleet.put(one);
    }
    assert_eq!(fleet.usual_start(), Some(5_000));
}
