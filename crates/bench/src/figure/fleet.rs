//! Ten thousand sleeping projects: listing, memory, restart.

use crate::http::Http;
use crate::parts::{Coin, Parts};
use crate::result::Figure;
use crate::stats::quantile;
use crate::world::World;
use anyhow::{Context as _, Result};
use rustix::process::Signal;
use serde_json::json;
use std::time::Instant;

const HOW: &str = "Two servers, one with 10 projects of Alice's and one with 10 000, all made over HTTP and asleep. \
    Pages are read over kept connections, in random order; in the large one from a random place of the list. A block is \
    100 requests of each kind, a pair its two 99th percentiles. Memory is VmRSS. A restart is timed from spawning the \
    server until a page with the newest project is there, in turns with the same of the small one.";

const SMALL: usize = 10;
const LIST: &str = "/api/users/alice/projects";

/// Measures it.
pub(crate) async fn measure(parts: &Parts) -> Result<Figure> {
    let mut figure = Figure::new("fleet", "Ten thousand projects", HOW);
    let large = parts.times(10_000, 2_000);
    let (mut few, mut many) = (World::start(parts).await?, World::start(parts).await?);
    let empty = many.resident()?;
    create(&few, SMALL).await?;
    let began = Instant::now();
    create(&many, large).await?;
    let rate = large as f64 / began.elapsed().as_secs_f64();
    let after_creating = many.resident()?;
    pages(parts, &mut figure, &few, &many, large).await?;
    let after_listing = many.resident()?;

    let (mut killed, mut ended, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    let mut coin = Coin::new();
    for round in 0..parts.times(10, 4) {
        let signal = if round % 2 == 0 { Signal::KILL } else { Signal::TERM };
        let (ours, theirs) = if coin.heads() {
            let ours = restart(&mut many, signal).await?;
            (ours, restart(&mut few, signal).await?)
        } else {
            let theirs = restart(&mut few, signal).await?;
            (restart(&mut many, signal).await?, theirs)
        };
        if signal == Signal::KILL { &mut killed } else { &mut ended }.push([ours, theirs]);
        memory.push(megabytes(many.resident()?));
    }
    let seconds = |pairs: &[[f64; 2]]| pairs.iter().map(|[ours, _]| ours / 1000.0).collect::<Vec<_>>();
    figure.plain(
        &format!("memory with {large} projects, after making and listing them"),
        Some(64.0),
        "MB",
        vec![megabytes(after_listing)],
    );
    figure.plain(&format!("memory with {large} projects, after a restart"), Some(64.0), "MB", memory);
    figure.plain("memory without projects", None, "MB", vec![megabytes(empty)]);
    figure.plain("memory right after making them", None, "MB", vec![megabytes(after_creating)]);
    figure.plain(&format!("restart with {large} projects after `kill -9`"), Some(2.0), "s", seconds(&killed));
    figure.plain(&format!("restart with {large} projects after SIGTERM"), Some(2.0), "s", seconds(&ended));
    figure.ratio(&format!("restart after `kill -9`, {large} projects against {SMALL}"), None, "ms", killed);
    figure.ratio(&format!("restart after SIGTERM, {large} projects against {SMALL}"), None, "ms", ended);
    figure.plain("projects made a second, 64 connections", None, "/s", vec![rate]);
    few.close().await?;
    many.close().await?;
    Ok(figure)
}

/// Makes `count` projects over kept connections.
pub(super) async fn create(world: &World, count: usize) -> Result<()> {
    let makers: Vec<_> = (0..64.min(count))
        .map(|first| {
            let address = world.address;
            tokio::spawn(async move {
                let mut http = Http::connect(address).await?;
                for n in (first..count).step_by(64) {
                    http.post(LIST, "", &json!({"name": format!("project {n:05}")})).await?.json(201)?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for maker in makers {
        maker.await??;
    }
    Ok(())
}

async fn pages(parts: &Parts, figure: &mut Figure, few: &World, many: &World, large: usize) -> Result<()> {
    let (mut few, mut many) = (few.http().await?, many.http().await?);
    let places = places(&mut many, large).await?;
    let (mut tens, mut fifties) = (Vec::new(), Vec::new());
    let mut coin = Coin::new();
    for block in 0..=parts.times(20, 6) {
        let mut took: [Vec<f64>; 3] = Default::default();
        for _ in 0..100 {
            let place = places.get(coin.below(places.len())).map_or("", String::as_str);
            let first = coin.below(3);
            for kind in (0..3).map(|n| (first + n) % 3) {
                let began = Instant::now();
                let (reply, expected) = match kind {
                    0 => (many.get(&format!("{LIST}?limit=10{place}"), "").await?, 10),
                    1 => (few.get(&format!("{LIST}?limit=10"), "").await?, 10),
                    _ => (many.get(&format!("{LIST}?limit=50{place}"), "").await?, 50),
                };
                took[kind].push(began.elapsed().as_secs_f64() * 1000.0);
                let items = reply.json(200)?["items"].as_array().map_or(0, Vec::len);
                anyhow::ensure!(items == expected, "a page of {items} instead of {expected}");
            }
        }
        let [ten, small, fifty] = &took;
        // The first block fills caches.
        if block > 0 {
            tens.push([quantile(ten, 0.99), quantile(small, 0.99)]);
            fifties.push([quantile(fifty, 0.99), quantile(small, 0.99)]);
            figure.keep("page of 10, large", ten.iter().copied());
            figure.keep("page of 10, small", small.iter().copied());
            figure.keep("page of 50, large", fifty.iter().copied());
        }
    }
    figure.ratio(
        &format!("a page of 10 of {large} projects against one of {SMALL}, p99"),
        Some(1.2),
        "ms",
        tens,
    );
    figure.ratio(
        &format!("a page of 50 of {large} projects against the 10 of {SMALL}, p99"),
        None,
        "ms",
        fifties,
    );
    Ok(())
}

/// Cursors all over the list, as they stand in a query; each has 50 projects after it.
async fn places(http: &mut Http, large: usize) -> Result<Vec<String>> {
    let mut places = vec![String::new()];
    let mut seen = 0;
    while seen + 100 <= large {
        let place = places.last().map_or("", String::as_str);
        let page = http.get(&format!("{LIST}?limit=50{place}"), "").await?.json(200)?;
        seen += page["items"].as_array().map_or(0, Vec::len);
        places.push(format!("&cursor={}", page["nextCursor"].as_str().context("the list ends early")?));
    }
    Ok(places)
}

/// Milliseconds from the spawn to the first right answer.
async fn restart(world: &mut World, signal: Signal) -> Result<f64> {
    let newest = newest(world).await?;
    world.end_server(signal).await?;
    let began = Instant::now();
    world.begin().await?;
    let answered = self::newest(world).await?;
    let took = began.elapsed();
    anyhow::ensure!(newest == answered, "a wrong answer after the restart");
    Ok(took.as_secs_f64() * 1000.0)
}

async fn newest(world: &World) -> Result<String> {
    let page = world.http().await?.get(&format!("{LIST}?limit=1"), "").await?.json(200)?;
    Ok(page["items"][0]["id"].as_str().context("no project")?.to_owned())
}

pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
