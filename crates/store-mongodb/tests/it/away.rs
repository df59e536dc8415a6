//! A server that is not there, hangs, dies, and comes back.

use crate::conformance::SERVER;
use crate::place::{database, open, shared};
use gaggle_core::port::{Store as _, StoreError};
use gaggle_core::record::ProjectRecord;
use gaggle_store_mongodb::{MongoAddress, MongoStore};
use gaggle_testkit::mongo::{MongoProxy, MongoServer};
use gaggle_testkit::store::sample::{batch, next, project};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_is_told_within_five_seconds_and_without_the_password() {
    let address = MongoAddress::parse("mongodb://root:hunter2@127.0.0.1:1/x?authSource=admin", None).unwrap();
    let begun = Instant::now();
    let refused = MongoStore::open(&address).await.map(|_| ());
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
    let Err(StoreError::Unavailable(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("127.0.0.1:1") && why.contains("refused") && !why.contains("hunter2"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_told_within_five_seconds_and_its_late_answer_counts() {
    let server = shared(&SERVER, &[]).await;
    let proxy = MongoProxy::start(server.address()).await.unwrap();
    let store = open(&proxy.uri(), &database()).await;
    let record = project(1);
    store.create(&record).await.unwrap();
    proxy.freeze(true);
    let changed = ProjectRecord { summary: "late".into(), ..next(&record) };
    for asked in
        [store.replace(&changed).await, store.load(&record.id).await.map(|_| ()), store.check().await]
    {
        assert!(matches!(asked, Err(StoreError::Unavailable(_))), "{asked:?}");
    }
    let begun = Instant::now();
    assert!(store.check().await.is_err());
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
    proxy.freeze(false);
    // The write was under way; nobody knew how it ended, and now it has.
    let arrived = async {
        while store.load(&record.id).await != Ok(Some(changed.clone())) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), arrived)
        .await
        .expect("the write goes on without its caller");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_the_death_of_mongodb() {
    let mut server = MongoServer::start(&[]).await.unwrap();
    let store = open(&server.uri(), "goose").await;
    for n in 0..20 {
        let record = project(n);
        store.create(&record).await.unwrap();
        store.append(&record.id, &batch([1, 2])).await.unwrap();
    }
    server.kill().await;
    let begun = Instant::now();
    let refused = store.replace(&next(&project(3))).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
    server.restart().await.unwrap();
    // The same store, not opened again: the driver finds it by itself.
    let back = async { while store.check().await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(30), back).await.expect("it is found again");
    for n in 0..20 {
        assert_eq!(store.load(&project(n).id).await, Ok(Some(project(n))));
        assert_eq!(store.read(&project(n).id, 0, 1).await.unwrap().batches, [batch([1, 2])]);
    }
    assert_eq!(store.replace(&next(&project(3))).await, Ok(()));
}
