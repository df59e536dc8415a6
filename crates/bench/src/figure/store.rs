//! Writes of the embedded store against one fsync for each.

use crate::parts::{Coin, Parts};
use crate::result::Figure;
use anyhow::Result;
use gaggle_core::port::Store as _;
use gaggle_store_embedded::EmbeddedStore;
use gaggle_testkit::store::sample::{batch, next, project};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const HOW: &str = "Acknowledged writes a second: each writer replaces its own record and appends to its own journal, \
    again and again, for 0.5 s. *Baseline*: appending 1.5 kB to a file and `fdatasync`, one after the other, for 0.5 s, \
    right before or after. Ours above 1 means that writes share an fsync. A round measures all three in random order.";

const SPAN: Duration = Duration::from_millis(500);
const WRITERS: [u32; 3] = [1, 8, 64];

/// Measures it.
pub(crate) async fn measure(parts: &Parts) -> Result<Figure> {
    let mut figure = Figure::new("store", "The embedded store's writes", HOW);
    let folder = parts.folder()?;
    let store = Arc::new(EmbeddedStore::open(&folder.path().join("store"))?);
    let mut pairs: [Vec<[f64; 2]>; 3] = Default::default();
    let mut coin = Coin::new();
    for round in 0..parts.times(9, 3) {
        let first = coin.below(WRITERS.len());
        for kind in (0..WRITERS.len()).map(|n| (first + n) % WRITERS.len()) {
            let plain = folder.path().join("plain");
            // Apart for every run: records of their own.
            let base = 1_000_000 * (1 + round as u32 * 4 + kind as u32);
            let (ours, theirs) = if coin.heads() {
                let ours = writes(&store, base, WRITERS[kind]).await?;
                (ours, fsyncs(&plain)?)
            } else {
                let theirs = fsyncs(&plain)?;
                (writes(&store, base, WRITERS[kind]).await?, theirs)
            };
            pairs[kind].push([ours, theirs]);
        }
    }
    for (writers, pairs) in WRITERS.iter().zip(pairs) {
        figure.ratio(&format!("{writers} writer{}", if *writers == 1 { "" } else { "s" }), None, "/s", pairs);
    }
    Ok(figure)
}

fn fsyncs(path: &Path) -> Result<f64> {
    let mut file = File::create(path)?;
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < SPAN {
        file.write_all(&[b'x'; 1500])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

async fn writes(store: &Arc<EmbeddedStore>, base: u32, writers: u32) -> Result<f64> {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|n| {
            let (store, mut record) = (Arc::clone(store), project(base + n));
            tokio::spawn(async move {
                let (mut count, mut seq) = (0u32, 0);
                store.create(&record).await?;
                while begun.elapsed() < SPAN {
                    record = next(&record);
                    seq += 4;
                    store.replace(&record).await?;
                    store.append(&record.id, &batch(seq - 3..=seq)).await?;
                    count += 2;
                }
                anyhow::Ok(count)
            })
        })
        .collect();
    let mut all = 0;
    for task in tasks {
        all += task.await??;
    }
    Ok(f64::from(all) / begun.elapsed().as_secs_f64())
}
