//! Ended turns, and erasing.

use super::Subject;
use crate::store::sample::{batch, project_id, session_id, turn, turn_id};
use gaggle_core::port::{JournalPage, Store, TurnQuery};
use gaggle_core::record::TurnRecord;
use gaggle_shared::{ProjectId, TurnId};

fn all() -> TurnQuery {
    TurnQuery { session: None, before: None, after: None, oldest_first: false, limit: 100 }
}

async fn put(store: &dyn Store, turns: &[TurnRecord]) {
    for turn in turns {
        assert_eq!(store.put_turn(turn).await, Ok(()));
    }
}

async fn ids(store: &dyn Store, project: &ProjectId, query: &TurnQuery) -> Vec<TurnId> {
    let found = store.turns(project, query).await;
    assert!(found.is_ok(), "{found:?}");
    found.unwrap_or_default().into_iter().map(|record| record.turn.id).collect()
}

/// What was put is read as it was written; the same again changes nothing.
pub async fn put_then_read(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    let record = turn(&project, 1, 1);
    assert_eq!(store.turn(&project, &record.turn.id).await, Ok(None));
    assert_eq!(store.turns(&project, &all()).await, Ok(Vec::new()));
    put(&*store, &[record.clone(), record.clone()]).await;
    assert_eq!(store.turn(&project, &record.turn.id).await, Ok(Some(record.clone())));
    assert_eq!(store.turn(&project_id(2), &record.turn.id).await, Ok(None), "it is another project's");
    assert_eq!(store.turns(&project, &all()).await, Ok(vec![record]));
}

/// Newest or oldest first, strictly between the marks, at most so many; whatever the order of writing.
pub async fn turns_in_both_orders(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    for n in [3, 1, 5, 2, 4] {
        put(&*store, &[turn(&project, n, 1), turn(&project_id(2), n + 10, 1)]).await;
    }
    let range = |after: Option<u32>, before: Option<u32>, oldest_first, limit| TurnQuery {
        before: before.map(turn_id),
        after: after.map(turn_id),
        oldest_first,
        limit,
        ..all()
    };
    let cases: [(TurnQuery, &[u32]); 10] = [
        (range(None, None, false, 9), &[5, 4, 3, 2, 1]),
        (range(None, None, true, 9), &[1, 2, 3, 4, 5]),
        (range(None, None, false, 2), &[5, 4]),
        (range(None, None, true, 2), &[1, 2]),
        (range(None, Some(4), false, 2), &[3, 2]),
        (range(Some(2), None, true, 2), &[3, 4]),
        (range(Some(1), Some(5), true, 9), &[2, 3, 4]),
        (range(Some(1), Some(5), false, 9), &[4, 3, 2]),
        (range(Some(4), Some(2), false, 9), &[]),
        (range(Some(3), Some(3), true, 9), &[]),
    ];
    for (query, expected) in cases {
        let expected: Vec<_> = expected.iter().copied().map(turn_id).collect();
        assert_eq!(ids(&*store, &project, &query).await, expected, "{query:?}");
    }
    assert!(ids(&*store, &project, &TurnQuery { limit: 0, ..all() }).await.is_empty());
}

/// Of one session only, in pages.
pub async fn turns_of_a_session(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    for n in 1..=10 {
        put(&*store, &[turn(&project, n, 1 + n % 2)]).await;
    }
    let of_one = TurnQuery { session: Some(session_id(1)), limit: 2, ..all() };
    assert_eq!(ids(&*store, &project, &of_one).await, [10, 8].map(turn_id));
    let older = TurnQuery { before: Some(turn_id(8)), ..of_one.clone() };
    assert_eq!(ids(&*store, &project, &older).await, [6, 4].map(turn_id));
    let between = TurnQuery {
        after: Some(turn_id(3)),
        before: Some(turn_id(9)),
        oldest_first: true,
        limit: 9,
        ..of_one
    };
    assert_eq!(ids(&*store, &project, &between).await, [4, 6, 8].map(turn_id));
    let unknown = TurnQuery { session: Some(session_id(7)), ..all() };
    assert!(ids(&*store, &project, &unknown).await.is_empty());
}

/// Turns of one session go, all else stays, and once more changes nothing.
pub async fn erase_a_session(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    put(
        &*store,
        &[turn(&project, 1, 1), turn(&project, 2, 2), turn(&project, 3, 1), turn(&project_id(2), 4, 1)],
    )
    .await;
    assert_eq!(store.append(&project, &batch([1])).await, Ok(()));
    for _ in 0..2 {
        assert_eq!(store.erase(&project, Some(&session_id(1))).await, Ok(()));
        assert_eq!(ids(&*store, &project, &all()).await, [turn_id(2)]);
        assert_eq!(store.turn(&project, &turn_id(1)).await, Ok(None));
        assert_eq!(ids(&*store, &project, &TurnQuery { session: Some(session_id(1)), ..all() }).await, []);
        assert_eq!(ids(&*store, &project_id(2), &all()).await, [turn_id(4)]);
        assert_eq!(store.read(&project, 0, 1).await.map(|page| page.batches.len()), Ok(1));
    }
}

/// Turns and journal of the project go, all else stays, and once more changes nothing.
pub async fn erase_everything(subject: &mut dyn Subject) {
    let (store, project, other) = (subject.store(), project_id(1), project_id(2));
    for id in [&project, &other] {
        for n in 1..=30 {
            put(&*store, &[turn(id, n, 1 + n % 3)]).await;
            assert_eq!(store.append(id, &batch([u64::from(n)])).await, Ok(()));
        }
    }
    for _ in 0..2 {
        assert_eq!(store.erase(&project, None).await, Ok(()));
        assert!(ids(&*store, &project, &all()).await.is_empty());
        assert_eq!(store.read(&project, 0, 1).await, Ok(JournalPage::default()));
        assert_eq!(ids(&*store, &other, &all()).await.len(), 30);
        assert_eq!(store.read(&other, 0, usize::MAX).await.map(|page| page.batches.len()), Ok(30));
    }
    put(&*store, &[turn(&project, 1, 1)]).await;
    assert_eq!(store.append(&project, &batch([1])).await, Ok(()), "erasing is not forever");
    assert_eq!(ids(&*store, &project, &all()).await, [turn_id(1)]);
}

/// Eight MiB in one turn.
pub async fn large_turns(subject: &mut dyn Subject) {
    let project = project_id(1);
    let mut large = turn(&project, 1, 1);
    large.turn.text = "ä7\"\n".repeat(8 * 1024 * 1024 / 5);
    put(&*subject.store(), &[large.clone()]).await;
    subject.reopen().await;
    assert!(subject.store().turn(&project, &large.turn.id).await == Ok(Some(large.clone())));
    assert!(subject.store().turns(&project, &all()).await == Ok(vec![large]));
}
