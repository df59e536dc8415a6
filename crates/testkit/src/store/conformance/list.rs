//! Lists of projects, and the index of those that need an eye.

use super::Subject;
use crate::store::sample::{entry, name, next, project, project_id, time, tombstone, user};
use gaggle_core::port::{ProjectQuery, Store};
use gaggle_core::record::{PhaseState, ProjectRecord};
use gaggle_shared::{DesiredState, Phase, ProjectId};
use std::collections::BTreeSet;

fn all() -> ProjectQuery {
    ProjectQuery { user: user("alice"), name: None, phase: None, after: None, limit: 100 }
}

async fn ids(store: &dyn Store, query: &ProjectQuery) -> Vec<ProjectId> {
    let found = store.list(query).await;
    assert!(found.is_ok(), "{found:?}");
    found.unwrap_or_default().into_iter().map(|record| record.id).collect()
}

async fn create(store: &dyn Store, record: &ProjectRecord) {
    assert_eq!(store.create(record).await, Ok(()));
}

/// By the time of creation, down to the nanosecond, then by id; not by the order of writing.
pub async fn newest_first(subject: &mut dyn Subject) {
    let store = subject.store();
    let nano = |record: ProjectRecord, nanos: i64| ProjectRecord {
        created_at: time(100) + std::time::Duration::from_nanos(nanos.unsigned_abs()),
        ..record
    };
    let early = ProjectRecord {
        created_at: gaggle_shared::Time::UNIX_EPOCH - std::time::Duration::from_secs(1),
        ..project(9)
    };
    for record in
        [nano(project(5), 1), nano(project(3), 2), project(1), nano(project(4), 2), early, project(200)]
    {
        create(&*store, &record).await;
    }
    let order = [200, 4, 3, 5, 1, 9].map(project_id);
    assert_eq!(ids(&*store, &all()).await, order);
    for (at, after) in order.iter().enumerate() {
        let query = ProjectQuery { after: Some(after.clone()), ..all() };
        assert_eq!(ids(&*store, &query).await, order[at + 1..], "strictly after {after}");
    }
    // A change does not move it, and the list shows the change.
    let changed =
        ProjectRecord { summary: "changed".into(), last_activity_at: time(999), ..next(&project(1)) };
    assert_eq!(store.replace(&changed).await, Ok(()));
    assert_eq!(ids(&*store, &all()).await, order);
    assert_eq!(store.list(&all()).await.map(|list| list[4].clone()), Ok(changed));
}

/// Users see their own, also where one's id begins with another's.
pub async fn only_of_the_user(subject: &mut dyn Subject) {
    let store = subject.store();
    create(&*store, &project(1)).await;
    create(&*store, &ProjectRecord { user: user("alice2"), ..project(2) }).await;
    create(&*store, &ProjectRecord { user: user("a"), ..project(3) }).await;
    for (id, n) in [("alice", 1), ("alice2", 2), ("a", 3)] {
        assert_eq!(ids(&*store, &ProjectQuery { user: user(id), ..all() }).await, [project_id(n)]);
    }
    assert!(ids(&*store, &ProjectQuery { user: user("al"), ..all() }).await.is_empty());
}

/// Name and phase, alone, together, and with a mark.
pub async fn filters(subject: &mut dyn Subject) {
    let store = subject.store();
    for n in 1..=6 {
        let phase = if n % 2 == 0 { PhaseState::failed() } else { PhaseState::Inactive };
        create(&*store, &ProjectRecord { phase, ..project(n) }).await;
    }
    let failed = ProjectQuery { phase: Some(Phase::Failed), ..all() };
    assert_eq!(ids(&*store, &failed).await, [6, 4, 2].map(project_id));
    assert_eq!(ids(&*store, &ProjectQuery { limit: 2, ..failed.clone() }).await, [6, 4].map(project_id));
    let rest = ProjectQuery { after: Some(project_id(5)), ..failed.clone() };
    assert_eq!(ids(&*store, &rest).await, [4, 2].map(project_id));
    let named = ProjectQuery { name: Some("project 3".into()), ..all() };
    assert_eq!(ids(&*store, &named).await, [project_id(3)]);
    assert!(ids(&*store, &ProjectQuery { after: Some(project_id(3)), ..named.clone() }).await.is_empty());
    assert_eq!(
        ids(&*store, &ProjectQuery { after: Some(project_id(4)), ..named.clone() }).await,
        [project_id(3)]
    );
    assert!(ids(&*store, &ProjectQuery { phase: Some(Phase::Failed), ..named }).await.is_empty());
    assert!(ids(&*store, &ProjectQuery { name: Some("Project 3".into()), ..all() }).await.is_empty());
    assert!(ids(&*store, &ProjectQuery { limit: 0, ..all() }).await.is_empty());
    let renamed = ProjectRecord { name: name("new"), phase: PhaseState::failed(), ..next(&project(3)) };
    assert_eq!(store.replace(&renamed).await, Ok(()));
    assert_eq!(ids(&*store, &failed).await, [6, 4, 3, 2].map(project_id));
    assert_eq!(ids(&*store, &ProjectQuery { name: Some("new".into()), ..all() }).await, [project_id(3)]);
    assert!(ids(&*store, &ProjectQuery { name: Some("project 3".into()), ..all() }).await.is_empty());
}

/// No list shows a tombstone, not even by name.
pub async fn tombstones_are_left_out(subject: &mut dyn Subject) {
    let store = subject.store();
    for n in 1..=3 {
        create(&*store, &project(n)).await;
    }
    assert_eq!(store.replace(&tombstone(&project(2))).await, Ok(()));
    assert_eq!(ids(&*store, &all()).await, [3, 1].map(project_id));
    assert!(ids(&*store, &ProjectQuery { name: Some("project 2".into()), ..all() }).await.is_empty());
}

/// Every project once, whatever the size of the page.
pub async fn a_thousand_in_pages(subject: &mut dyn Subject) {
    for wave in (0..1000).collect::<Vec<_>>().chunks(100) {
        let tasks: Vec<_> = wave
            .iter()
            .map(|&n| {
                let store = subject.store();
                tokio::spawn(async move { store.create(&project(n)).await })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.ok(), Some(Ok(())));
        }
    }
    let store = subject.store();
    let expected: Vec<_> = (0..1000).rev().map(project_id).collect();
    for limit in [7, 50, 200, 1000, 5000] {
        let mut seen: Vec<ProjectId> = Vec::new();
        loop {
            let page = ids(&*store, &ProjectQuery { after: seen.last().cloned(), limit, ..all() }).await;
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        assert_eq!(seen, expected, "in pages of {limit}");
    }
}

/// A page that ended at a project which is a tombstone, or forgotten, by now has its next page.
pub async fn pages_go_on_after_what_is_gone(subject: &mut dyn Subject) {
    let store = subject.store();
    for n in 1..=4 {
        create(&*store, &project(n)).await;
    }
    let rest = ProjectQuery { after: Some(project_id(3)), ..all() };
    assert_eq!(store.replace(&tombstone(&project(3))).await, Ok(()));
    assert_eq!(ids(&*store, &rest).await, [2, 1].map(project_id));
    assert_eq!(store.forget(&project_id(3), 2).await, Ok(()));
    assert_eq!(ids(&*store, &rest).await, [2, 1].map(project_id));
}

/// The index says what the record says, after every write.
pub async fn unsettled_follows_the_record(subject: &mut dyn Subject) {
    let store = subject.store();
    let mut record = project(1);
    create(&*store, &record).await;
    create(&*store, &project(2)).await;
    let with_outbox = ProjectRecord { outbox: vec![entry(1, "x")], ..record.clone() };
    let wished = ProjectRecord { desired: DesiredState::Active, ..record.clone() };
    let active = ProjectRecord { phase: PhaseState::Active { since: time(1) }, ..record.clone() };
    let dead = ProjectRecord { tombstone: tombstone(&record).tombstone, ..record.clone() };
    for state in [with_outbox, record.clone(), wished, active, record.clone(), dead] {
        record = ProjectRecord { generation: record.generation + 1, ..state };
        assert_eq!(store.replace(&record).await, Ok(()));
        let expected = if record.unsettled() { vec![record.id.clone()] } else { Vec::new() };
        assert_eq!(store.unsettled(None, 10).await, Ok(expected), "{record:?}");
    }
    assert_eq!(store.forget(&record.id, record.generation).await, Ok(()));
    assert_eq!(store.unsettled(None, 10).await, Ok(Vec::new()));
}

/// Of all users; not what is deleted, forgotten or unknown.
pub async fn living_have_a_record(subject: &mut dyn Subject) {
    let store = subject.store();
    for n in 1..=4 {
        let user = if n % 2 == 0 { user("bob") } else { user("alice") };
        create(&*store, &ProjectRecord { user, ..project(n) }).await;
    }
    assert_eq!(store.replace(&tombstone(&project(3))).await, Ok(()));
    assert_eq!(store.forget(&project_id(4), 1).await, Ok(()));
    let living = store.living(&[1, 2, 3, 4, 5].map(project_id)).await;
    let living = living.map(BTreeSet::from_iter);
    assert_eq!(living, Ok(BTreeSet::from([1, 2].map(project_id))));
    assert_eq!(
        store.living(&[project_id(1)]).await,
        Ok(vec![project_id(1)]),
        "only of those that are asked for"
    );
    assert_eq!(store.living(&[]).await, Ok(Vec::new()));
}

/// In pages, ascending by id, over all users.
pub async fn unsettled_in_pages(subject: &mut dyn Subject) {
    let store = subject.store();
    for n in [4, 2, 5, 1, 3] {
        let user = if n % 2 == 0 { user("bob") } else { user("alice") };
        create(&*store, &ProjectRecord { desired: DesiredState::Active, user, ..project(n) }).await;
    }
    create(&*store, &project(6)).await;
    assert_eq!(store.unsettled(None, 2).await, Ok([1, 2].map(project_id).to_vec()));
    assert_eq!(store.unsettled(Some(&project_id(2)), 2).await, Ok([3, 4].map(project_id).to_vec()));
    assert_eq!(store.unsettled(Some(&project_id(4)), 2).await, Ok([5].map(project_id).to_vec()));
    assert_eq!(store.unsettled(Some(&project_id(5)), 2).await, Ok(Vec::new()));
    assert_eq!(store.forget(&project_id(3), 1).await, Ok(()));
    assert_eq!(store.unsettled(Some(&project_id(3)), 9).await, Ok([4, 5].map(project_id).to_vec()));
}

/// All records once, tombstones too, ascending by id, as they were written.
pub async fn records_of_all_users_in_pages(subject: &mut dyn Subject) {
    let store = subject.store();
    for n in [4, 2, 5, 1, 3] {
        let user = if n % 2 == 0 { user("bob") } else { user("alice") };
        create(&*store, &ProjectRecord { user, ..project(n) }).await;
    }
    let dead = tombstone(&project(3));
    assert_eq!(store.replace(&dead).await, Ok(()));
    let page = |after: Option<u32>, limit| {
        let store = store.clone();
        async move {
            let found = store.records(after.map(project_id).as_ref(), limit).await;
            found.map(|found| found.into_iter().map(|record| record.id).collect::<Vec<_>>())
        }
    };
    assert_eq!(page(None, 2).await, Ok([1, 2].map(project_id).to_vec()));
    assert_eq!(page(Some(2), 9).await, Ok([3, 4, 5].map(project_id).to_vec()));
    assert_eq!(page(Some(5), 9).await, Ok(Vec::new()));
    assert_eq!(store.records(Some(&project_id(2)), 1).await, Ok(vec![dead]));
}
