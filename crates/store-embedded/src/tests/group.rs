use super::disk::Disk;
use crate::op::Ask;
use gaggle_core::port::{Store, StoreError};
use gaggle_testkit::store::sample::{next, project};
use std::sync::{Arc, mpsc};
use tokio::task::JoinSet;

/// Holds the writer until this is dropped.
fn stall(store: &crate::EmbeddedStore) -> mpsc::Sender<()> {
    let (release, until) = mpsc::channel();
    store.ask(Ask::Stall(until)).unwrap();
    release
}

/// All that waits goes into one transaction, and what is refused there is refused alone.
#[tokio::test]
async fn what_waits_is_stored_with_one_sync() {
    let disk = Disk::default();
    let store = Arc::new(disk.store());
    assert_eq!(store.create(&project(0)).await, Ok(()));
    let before = disk.syncs();
    let held = stall(&store);
    let mut writes = JoinSet::new();
    for n in 0..100 {
        let store = store.clone();
        writes.spawn(async move { (n, store.create(&project(n)).await) });
    }
    // Each has been polled, so each is in the queue.
    while store.waiting() < 100 {
        tokio::task::yield_now().await;
    }
    drop(held);
    for (n, answer) in writes.join_all().await {
        assert_eq!(answer, if n == 0 { Err(StoreError::Conflict) } else { Ok(()) }, "{n}");
    }
    let syncs = disk.syncs() - before;
    assert!((1..=4).contains(&syncs), "{syncs} syncs for 99 writes");
    for n in 0..100 {
        assert_eq!(store.load(&project(n).id).await, Ok(Some(project(n))));
    }
}

/// A write that changes nothing costs no sync.
#[tokio::test]
async fn what_is_refused_syncs_nothing() {
    let disk = Disk::default();
    let store = disk.store();
    assert_eq!(store.create(&project(1)).await, Ok(()));
    let before = disk.syncs();
    assert_eq!(store.create(&project(1)).await, Err(StoreError::Conflict));
    assert_eq!(store.replace(&next(&next(&project(1)))).await, Err(StoreError::Conflict));
    assert_eq!(store.trim(&project(1).id, 100).await, Ok(()));
    assert_eq!(disk.syncs(), before);
}

/// Nobody waits longer than five seconds, and the write is made later all the same. (The clock jumps.)
#[tokio::test(start_paused = true)]
async fn a_writer_that_hangs_is_unavailable_in_time() {
    let disk = Disk::default();
    let store = disk.store();
    let held = stall(&store);
    let asked = tokio::time::Instant::now();
    let answer = store.create(&project(1)).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert_eq!(asked.elapsed().as_secs(), 5);
    drop(held);
    drop(store);
    assert_eq!(disk.store().load(&project(1).id).await, Ok(Some(project(1))));
}

/// A full queue holds back and loses nothing that was answered; what does not fit in time is told.
#[tokio::test(start_paused = true)]
async fn a_full_queue_is_unavailable_in_time() {
    let disk = Disk::default();
    let store = Arc::new(disk.store());
    let held = stall(&store);
    let mut writes = JoinSet::new();
    for n in 0..1500 {
        let store = store.clone();
        writes.spawn(async move { store.create(&project(n)).await });
    }
    for answer in writes.join_all().await {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    drop(held);
    let store = Arc::into_inner(store).unwrap();
    drop(store);
    let store = disk.store();
    assert_eq!(store.load(&project(0).id).await, Ok(Some(project(0))));
    assert_eq!(store.load(&project(1499).id).await, Ok(None), "it never came to the queue");
}
