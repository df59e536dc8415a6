//! Writes a second with 1, 8 and 64 writers at once, against one fsync for each write; and what reading costs.
//!
//! `cargo run --release -p gaggle-store-embedded --example bench_store [DIR]`

use gaggle_core::port::{ProjectQuery, Store};
use gaggle_core::record::ProjectRecord;
use gaggle_store_embedded::EmbeddedStore;
use gaggle_testkit::store::sample::{batch, next, project, project_id, user};
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SECONDS: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let scratch = match std::env::args().nth(1) {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let base = fsyncs(&scratch.path().join("plain"))?;
    println!("one fsync per write (1.5 kB appended to a file): {base:.0} writes/s");
    let dir = scratch.path().join("store");
    let opened = Instant::now();
    let store = Arc::new(EmbeddedStore::open(&dir)?);
    println!("a new store: {:.1} ms", millis(opened));
    for writers in [1, 8, 64] {
        let rate = writes(&store, writers).await;
        println!("{writers:>3} writers: {rate:>7.0} writes/s, {:.2} of one fsync per write", rate / base);
    }
    for count in [10, 10_000] {
        fill(&store, count).await?;
        reads(&store, count).await?;
    }
    println!("disk: {:.1} MB", store.disk_size()? as f64 / 1e6);
    drop(store);
    let opened = Instant::now();
    let store = EmbeddedStore::open(&dir)?;
    println!("opened after a clean end: {:.1} ms", millis(opened));
    drop(store);
    Ok(())
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn fsyncs(path: &Path) -> std::io::Result<f64> {
    let mut file = File::create(path)?;
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < SECONDS {
        file.write_all(&[b'x'; 1500])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

/// Each writer replaces its own record, and appends to its own journal, again and again.
async fn writes(store: &Arc<EmbeddedStore>, writers: u32) -> f64 {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|n| {
            let (store, mut record) = (store.clone(), project(1_000_000 * writers + n));
            tokio::spawn(async move {
                let (mut count, mut seq) = (0u32, 0);
                let mut failed = store.create(&record).await.is_err();
                while begun.elapsed() < SECONDS && !failed {
                    record = next(&record);
                    seq += 4;
                    failed = store.replace(&record).await.is_err()
                        || store.append(&record.id, &batch(seq - 3..=seq)).await.is_err();
                    count += 2;
                }
                count
            })
        })
        .collect();
    let mut all = 0;
    for task in tasks {
        all += task.await.unwrap_or_default();
    }
    f64::from(all) / begun.elapsed().as_secs_f64()
}

async fn fill(store: &Arc<EmbeddedStore>, count: u32) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let of = format!("u{count}");
    for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
        let tasks: Vec<_> = chunk
            .iter()
            .map(|n| {
                let record = ProjectRecord { user: user(&of), ..project(count * 10 + n) };
                let store = store.clone();
                tokio::spawn(async move { store.create(&record).await })
            })
            .collect();
        for task in tasks {
            task.await??;
        }
    }
    println!("{count} projects made in {:.0} ms", millis(begun));
    Ok(())
}

/// The median and the 99th of a hundred, in microseconds.
fn shown(mut samples: Vec<f64>) -> String {
    samples.sort_by(f64::total_cmp);
    let at = |part: f64| samples.get((samples.len() as f64 * part) as usize).copied().unwrap_or_default();
    format!("median {:.0} µs, p99 {:.0} µs", at(0.5), at(0.99))
}

async fn reads(store: &EmbeddedStore, count: u32) -> Result<(), Box<dyn Error>> {
    let (mut pages, mut points) = (Vec::new(), Vec::new());
    for n in 0..2000 {
        let after = (count > 100).then(|| project_id(count * 10 + 60 + (n * 37) % (count - 60)));
        let query =
            ProjectQuery { user: user(&format!("u{count}")), name: None, phase: None, after, limit: 50 };
        let begun = Instant::now();
        store.list(&query).await?;
        pages.push(millis(begun) * 1000.0);
        let id = project_id(count * 10 + n % count);
        let begun = Instant::now();
        store.load(&id).await?;
        points.push(millis(begun) * 1000.0);
    }
    println!("{count:>6} projects: a page of at most 50: {}; one record: {}", shown(pages), shown(points));
    Ok(())
}
