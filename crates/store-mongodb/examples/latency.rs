//! What one call takes, one after the other, beside the embedded store: create, append, replace, list, load.
//!
//! `cargo run --release -p gaggle-store-mongodb --example latency [MONGODB_URI]`; without one a server is started as
//! for the tests.

use gaggle_core::port::{ProjectQuery, Store};
use gaggle_store_embedded::EmbeddedStore;
use gaggle_store_mongodb::{MongoAddress, MongoStore};
use gaggle_testkit::mongo::MongoServer;
use gaggle_testkit::store::sample::{batch, next, project, user};
use std::error::Error;
use std::time::Instant;

const CALLS: u32 = 300;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    measure("embedded", &EmbeddedStore::open(scratch.path())?).await?;
    let given = std::env::args().nth(1);
    let server = if given.is_none() { Some(MongoServer::start(&[]).await?) } else { None };
    let uri = given.or_else(|| server.as_ref().map(MongoServer::uri)).unwrap_or_default();
    let database = format!("gaggle_latency_{}", std::process::id());
    measure("mongodb", &MongoStore::open(&MongoAddress::parse(&uri, Some(&database))?).await?).await
}

async fn measure(name: &str, store: &dyn Store) -> Result<(), Box<dyn Error>> {
    let mut times = [const { Vec::new() }; 5];
    let query = ProjectQuery { user: user("alice"), name: None, phase: None, after: None, limit: 50 };
    for n in 0..CALLS {
        let record = project(n);
        let mut took = |at: usize, begun: Instant| times[at].push(begun.elapsed().as_secs_f64() * 1000.0);
        let begun = Instant::now();
        store.create(&record).await?;
        took(0, begun);
        let begun = Instant::now();
        store.append(&record.id, &batch(1..=4)).await?;
        took(1, begun);
        let begun = Instant::now();
        store.replace(&next(&record)).await?;
        took(2, begun);
        let begun = Instant::now();
        store.list(&query).await?;
        took(3, begun);
        let begun = Instant::now();
        store.load(&record.id).await?;
        took(4, begun);
    }
    for (call, mut times) in ["create", "append", "replace", "list of 50", "load"].into_iter().zip(times) {
        times.sort_by(f64::total_cmp);
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        println!("{name:<9} {call:<11} median {:7.2} ms, p99 {:7.2} ms", at(50), at(99));
    }
    Ok(())
}
