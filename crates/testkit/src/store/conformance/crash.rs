//! The death of the server between any two single writes of the store's own.
//!
//! A store whose every operation is one atomic write has no between: there each test runs the operation once.

use super::Subject;
use crate::store::sample::{batch, key, name, next, project, project_id, session_id, turn, up_to};
use gaggle_core::port::{LinkCursor, Store, StoreError, TurnQuery};
use gaggle_core::record::ProjectRecord;
use gaggle_shared::{DesiredState, ProjectId, Seq};

const STEPS: u32 = 100;

async fn seqs(store: &dyn Store, project: &ProjectId, after: Seq) -> Vec<Seq> {
    let page = store.read(project, after, usize::MAX).await;
    assert!(page.is_ok(), "{page:?}");
    page.unwrap_or_default().batches.iter().flat_map(|b| &b.entries).map(|entry| entry.event.seq).collect()
}

/// How one attempt ended.
#[derive(Debug, PartialEq, Eq)]
enum Cut {
    /// In the middle, or before it began.
    Died,
    /// It came to its end.
    Done,
}

fn cut(answer: Result<(), StoreError>) -> Cut {
    match answer {
        Ok(()) => Cut::Done,
        Err(StoreError::Unavailable(_)) => Cut::Died,
        Err(other) => panic!("a death is told as {other:?}"),
    }
}

/// Either nothing of a compaction is seen, or all of it; then it is completed by being repeated.
pub async fn compact_cut_anywhere(subject: &mut dyn Subject) {
    for n in 1..STEPS {
        let project = project_id(n);
        let small = [batch([1]), batch([2]), up_to(batch([3, 4]), 1, 5), batch([5]), batch([6])];
        for part in &small {
            assert_eq!(subject.store().append(&project, part).await, Ok(()));
        }
        let joined = up_to(batch([2, 5]), 1, 5);
        subject.cut_after(n as usize - 1);
        let end = cut(subject.store().compact(&project, &joined).await);
        subject.reopen().await;
        let store = subject.store();
        let seen = seqs(&*store, &project, 0).await;
        assert!(seen == [1, 2, 5, 6] || (end == Cut::Died && seen == [1, 2, 3, 4, 5, 6]), "{n}: {seen:?}");
        let late = seqs(&*store, &project, 3).await;
        assert_eq!(late, if seen.len() == 4 { vec![5, 6] } else { vec![4, 5, 6] }, "{n}");
        assert_eq!(
            store.journal_end(&project).await,
            Ok((6, LinkCursor { incarnation: 1, frame: 5 })),
            "{n}"
        );
        assert_eq!(store.compact(&project, &joined).await, Ok(()));
        assert_eq!(seqs(&*store, &project, 0).await, [1, 2, 5, 6]);
        assert_eq!(store.trim(&project, 6).await, Ok(()));
        assert_eq!(seqs(&*store, &project, 0).await, [6], "{n}: left-overs go too");
        if end == Cut::Done {
            return;
        }
    }
    panic!("compact never came to its end");
}

/// What is left of a journal has no hole; then the trim is completed by being repeated.
pub async fn trim_cut_anywhere(subject: &mut dyn Subject) {
    for n in 1..STEPS {
        let project = project_id(n);
        for seq in 1..=6 {
            assert_eq!(subject.store().append(&project, &batch([seq])).await, Ok(()));
        }
        subject.cut_after(n as usize - 1);
        let end = cut(subject.store().trim(&project, 5).await);
        subject.reopen().await;
        let store = subject.store();
        let seen = seqs(&*store, &project, 0).await;
        let first = seen.first().copied().unwrap_or_default();
        assert_eq!(seen, (first..=6).collect::<Vec<_>>(), "{n}: what is gone was the oldest");
        assert_eq!(store.trim(&project, 5).await, Ok(()));
        assert_eq!(seqs(&*store, &project, 0).await, [5, 6]);
        if end == Cut::Done {
            return;
        }
    }
    panic!("trim never came to its end");
}

/// The journal is there while a turn is; erasing again completes it.
pub async fn erase_cut_anywhere(subject: &mut dyn Subject) {
    let all = TurnQuery { session: None, before: None, after: None, oldest_first: true, limit: 100 };
    for n in 1..STEPS {
        let project = project_id(n);
        for k in 1..=4 {
            assert_eq!(subject.store().put_turn(&turn(&project, k, 1 + k % 2)).await, Ok(()));
            assert_eq!(subject.store().append(&project, &batch([u64::from(k)])).await, Ok(()));
        }
        subject.cut_after(n as usize - 1);
        let end = cut(subject.store().erase(&project, None).await);
        subject.reopen().await;
        let store = subject.store();
        let turns = store.turns(&project, &all).await.map(|turns| turns.len());
        let entries = seqs(&*store, &project, 0).await;
        assert!(entries.len() == 4 || turns == Ok(0), "{n}: {turns:?} {entries:?}");
        let of_one = TurnQuery { session: Some(session_id(1)), ..all.clone() };
        for found in store.turns(&project, &of_one).await.unwrap_or_default() {
            assert_eq!(store.turn(&project, &found.turn.id).await, Ok(Some(found)), "{n}");
        }
        assert_eq!(store.erase(&project, None).await, Ok(()));
        assert_eq!(store.turns(&project, &all).await, Ok(Vec::new()));
        assert!(seqs(&*store, &project, 0).await.is_empty());
        if end == Cut::Done {
            return;
        }
    }
    panic!("erase never came to its end");
}

/// A record with its name, creation key and index entry is written wholly or not at all: create, rename, forget.
pub async fn record_writes_cut_anywhere(subject: &mut dyn Subject) {
    let mut ends = 0;
    for n in 1..STEPS {
        let first = ProjectRecord { creation_key: Some(key(&format!("k{n}"))), ..project(n) };
        let renamed = name(&format!("renamed {n}"));
        let second = ProjectRecord { name: renamed, desired: DesiredState::Active, ..next(&first) };
        ends = 0;
        for state in [Some(&first), Some(&second), None] {
            let before = subject.store().load(&first.id).await;
            subject.cut_after(n as usize - 1);
            let store = subject.store();
            let asked = write(&*store, &first, state).await;
            drop(store);
            subject.reopen().await;
            let store = subject.store();
            let now = store.load(&first.id).await;
            let end = cut(asked);
            assert!(now == Ok(state.cloned()) || (end == Cut::Died && now == before), "{n}: {now:?}");
            consistent(&*store, n, now.unwrap_or_default().as_ref()).await;
            if store.load(&first.id).await != Ok(state.cloned()) {
                assert_eq!(write(&*store, &first, state).await, Ok(()), "{n}");
            }
            consistent(&*store, n, state).await;
            ends += usize::from(end == Cut::Done);
        }
        if ends == 3 {
            break;
        }
    }
    assert_eq!(ends, 3, "a write never came to its end");
}

async fn write(
    store: &dyn Store,
    first: &ProjectRecord,
    state: Option<&ProjectRecord>,
) -> Result<(), StoreError> {
    match state {
        Some(record) if record.generation == 1 => store.create(record).await,
        Some(record) => store.replace(record).await,
        None => store.forget(&first.id, first.generation + 1).await,
    }
}

/// Name, key, list and index say what the record says.
async fn consistent(store: &dyn Store, n: u32, record: Option<&ProjectRecord>) {
    let owner = project(n).user;
    assert_eq!(store.created_under(&owner, &format!("k{n}")).await, Ok(record.cloned()), "{n}");
    let unsettled = record.filter(|record| record.unsettled()).map(|record| record.id.clone());
    assert_eq!(store.unsettled(None, 9).await, Ok(unsettled.into_iter().collect()), "{n}");
    for (name, there) in [
        (project(n).name, record.is_some_and(|record| record.name == project(n).name)),
        (name(&format!("renamed {n}")), record.is_some_and(|record| record.name != project(n).name)),
    ] {
        let query = gaggle_core::port::ProjectQuery {
            user: owner.clone(),
            name: Some(name.as_str().to_owned()),
            phase: None,
            after: None,
            limit: 9,
        };
        assert_eq!(store.list(&query).await.map(|found| found.len()), Ok(usize::from(there)), "{n}");
        let rival = ProjectRecord { name: name.clone(), ..project(n + 1000) };
        let expected = if there { Err(StoreError::NameTaken) } else { Ok(()) };
        assert_eq!(store.create(&rival).await, expected, "{n}: {name}");
        assert_eq!(store.forget(&rival.id, 1).await, Ok(()));
    }
}
