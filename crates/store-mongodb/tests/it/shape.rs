//! What lies in the database: people and other tools may look at it.

use crate::conformance::SERVER;
use crate::place::{database, open, shared};
use gaggle_core::port::{Store as _, StoreError};
use gaggle_core::record::ProjectRecord;
use gaggle_store_mongodb::{MongoAddress, MongoStore};
use gaggle_testkit::store::sample::{batch, key, next, project, tombstone, up_to};
use mongodb::bson::{Document, doc};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_and_indexes_are_as_the_page_says() {
    let (uri, name) = (shared(&SERVER, &[]).await.uri(), database());
    let store = open(&uri, &name).await;
    let record = ProjectRecord { creation_key: Some(key("k")), ..project(1) };
    store.create(&record).await.unwrap();
    store.append(&record.id, &up_to(batch([1, 2]), 1, 9)).await.unwrap();
    let raw = mongodb::Client::with_uri_str(&uri).await.unwrap().database(&name);
    let stored = raw.collection::<Document>("projects").find_one(doc! {}).await.unwrap().unwrap();
    let text = ["_id", "user", "name", "phase"].map(|field| stored.get_str(field).unwrap());
    assert_eq!(text, [record.id.as_str(), "alice", "project 1", "inactive"]);
    let json: serde_json::Value = serde_json::from_str(stored.get_str("record").unwrap()).unwrap();
    assert_eq!(json, serde_json::to_value(&record).unwrap());
    store.replace(&tombstone(&record)).await.unwrap();
    let dead = raw.collection::<Document>("projects").find_one(doc! {}).await.unwrap().unwrap();
    assert!(!dead.contains_key("name"), "its name is free");
    let unique = raw.collection::<Document>("projects").list_indexes().await.unwrap();
    let unique: Vec<_> = futures_util::TryStreamExt::try_collect::<Vec<_>>(unique).await.unwrap();
    let unique = unique.iter().filter(|index| index.options.as_ref().unwrap().unique == Some(true)).count();
    assert_eq!(unique, 2);
    let stored = raw.collection::<Document>("batches").find_one(doc! {}).await.unwrap().unwrap();
    assert_eq!(stored.get_str("_id").unwrap(), format!("{}/0000000000000001", record.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_layout_is_left_alone() {
    let (uri, name) = (shared(&SERVER, &[]).await.uri(), database());
    drop(open(&uri, &name).await);
    let raw = mongodb::Client::with_uri_str(&uri).await.unwrap().database(&name);
    let meta = raw.collection::<Document>("meta");
    meta.update_one(doc! { "_id": "layout" }, doc! { "$set": { "value": 99 } }).await.unwrap();
    let address = MongoAddress::parse(&uri, Some(&name)).unwrap();
    let refused = MongoStore::open(&address).await.map(|_| ());
    assert!(matches!(&refused, Err(StoreError::Corrupt(why)) if why.contains("layout 99")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_layout_before_is_taken_up() {
    let (uri, name) = (shared(&SERVER, &[]).await.uri(), database());
    let store = open(&uri, &name).await;
    let record = project(1);
    store.create(&record).await.unwrap();
    store.append(&record.id, &batch([1, 2])).await.unwrap();
    let raw = mongodb::Client::with_uri_str(&uri).await.unwrap().database(&name);
    let meta = raw.collection::<Document>("meta");
    meta.update_one(doc! { "_id": "layout" }, doc! { "$set": { "value": 1 } }).await.unwrap();
    let store = open(&uri, &name).await;
    assert_eq!(store.load(&record.id).await, Ok(Some(record.clone())));
    assert_eq!(store.read(&record.id, 0, 1).await.unwrap().batches, [batch([1, 2])]);
    let layout = meta.find_one(doc! { "_id": "layout" }).await.unwrap().unwrap();
    assert_eq!(layout.get_i32("value").unwrap(), 2, "a build before this one leaves it alone from now on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_superseded_server_cannot_write_even_with_the_right_generation() {
    let (uri, name) = (shared(&SERVER, &[]).await.uri(), database());
    let store = open(&uri, &name).await;
    let record = project(1);
    store.create(&record).await.unwrap();
    let mut claimed = next(&record);
    claimed.lease.epoch = 7;
    store.replace(&claimed).await.unwrap();
    let mut late = next(&claimed);
    late.lease.epoch = 6;
    assert_eq!(store.replace(&late).await, Err(StoreError::Conflict));
    assert_eq!(store.load(&record.id).await, Ok(Some(claimed)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_mongodb_would_not_take_is_refused_and_named() {
    let (uri, name) = (shared(&SERVER, &[]).await.uri(), database());
    let store = open(&uri, &name).await;
    let record = project(1);
    store.create(&record).await.unwrap();
    let mut state = 1u64;
    let mut next_char = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + ((state >> 33) % 70) as u8)
    };
    let huge = ProjectRecord { summary: (0..24_000_000).map(|_| next_char()).collect(), ..next(&record) };
    let refused = store.replace(&huge).await;
    assert!(matches!(&refused, Err(StoreError::Full(why)) if why.contains("16 MB")), "{refused:?}");
    assert_eq!(store.load(&record.id).await, Ok(Some(record)));
}
