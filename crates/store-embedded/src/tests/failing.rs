use super::disk::{Disk, Mood};
use gaggle_core::port::{Store, StoreError};
use gaggle_testkit::store::sample::{next, project};

#[tokio::test]
async fn full_changes_nothing_and_heals() {
    let disk = Disk::default();
    let store = disk.store();
    assert_eq!(store.create(&project(1)).await, Ok(()));
    disk.set(Mood::Full);
    for _ in 0..3 {
        let answer = store.create(&project(2)).await;
        assert!(matches!(answer, Err(StoreError::Full(_) | StoreError::Unavailable(_))), "{answer:?}");
    }
    disk.set(Mood::Good);
    assert_eq!(store.check().await, Ok(()));
    assert_eq!(store.load(&project(2).id).await, Ok(None));
    assert_eq!(store.create(&project(2)).await, Ok(()));
    assert_eq!(store.load(&project(1).id).await, Ok(Some(project(1))));
}

#[tokio::test]
async fn a_broken_disk_is_unavailable_and_heals() {
    let disk = Disk::default();
    let store = disk.store();
    assert_eq!(store.create(&project(1)).await, Ok(()));
    disk.set(Mood::Broken);
    for _ in 0..3 {
        let answer = store.create(&project(2)).await;
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        assert!(matches!(store.check().await, Err(StoreError::Unavailable(_))));
        assert!(matches!(store.load(&project(1).id).await, Err(StoreError::Unavailable(_))));
    }
    disk.set(Mood::Good);
    assert_eq!(store.check().await, Ok(()));
    assert_eq!(store.load(&project(1).id).await, Ok(Some(project(1))));
    assert_eq!(store.create(&project(3)).await, Ok(()));
}

/// A store that is only read heals too.
#[tokio::test]
async fn reading_heals() {
    let disk = Disk::default();
    let store = disk.store();
    assert_eq!(store.create(&project(1)).await, Ok(()));
    disk.set(Mood::Broken);
    assert!(store.create(&project(2)).await.is_err());
    assert!(store.load(&project(1).id).await.is_err());
    disk.set(Mood::Good);
    let healed = async {
        while store.load(&project(1).id).await != Ok(Some(project(1))) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), healed).await.unwrap();
}

/// Where a write may have been made, nobody says that it was not.
#[tokio::test]
async fn a_failed_sync_is_not_known() {
    let disk = Disk::default();
    let store = disk.store();
    assert_eq!(store.create(&project(1)).await, Ok(()));
    disk.set(Mood::SyncFailsOnce);
    let second = next(&project(1));
    let answer = store.replace(&second).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    let there = store.load(&second.id).await.unwrap().unwrap();
    assert!(there == project(1) || there == second);
    assert_eq!(store.replace(&next(&there)).await, Ok(()));
}
