//! Starting an agent, through Gaggle and by hand.

use crate::goose::Bare;
use crate::parts::{Coin, Parts};
use crate::result::Figure;
use crate::world::World;
use anyhow::Result;
use serde_json::json;
use std::time::Instant;

const HOW: &str = "*Ours*: `POST …/activate` on a project that never ran, until its 200. *Baseline*: spawning \
    `goose serve` in an empty folder with the same environment, until it has answered ACP `initialize` (its port tried \
    every millisecond). Both are ended before the next round. What is promised contains no session; how long the first \
    `session/new` takes on top is the third line.";

/// Measures it.
pub(crate) async fn measure(parts: &Parts) -> Result<Figure> {
    let mut figure = Figure::new("activate", "Starting an agent", HOW);
    let world = World::start(parts).await?;
    let (mut first, mut again, mut sessions) = (Vec::new(), Vec::new(), Vec::new());
    let mut coin = Coin::new();
    for round in 0..=parts.times(20, 6) {
        let project = world.project(&format!("round {round}")).await?;
        let (ours, theirs) = if coin.heads() {
            let ours = activate(&world, &project).await?;
            (ours, bare(parts, &world, &mut sessions).await?)
        } else {
            let theirs = bare(parts, &world, &mut sessions).await?;
            (activate(&world, &project).await?, theirs)
        };
        // The first reads 300 MB of Goose from the disk.
        if round > 0 {
            first.push([ours, theirs]);
        }
        if round > 0 && round % 2 == 0 {
            again.push([activate(&world, &project).await?, theirs]);
        }
    }
    figure.ratio("activate, the first time", Some(1.10), "ms", first);
    figure.ratio("activate, once more (a wake)", None, "ms", again);
    figure.plain("`session/new` of the bare Goose", None, "ms", sessions);
    world.close().await?;
    Ok(figure)
}

/// Milliseconds until it can chat; it is asleep again afterwards.
async fn activate(world: &World, project: &str) -> Result<f64> {
    let mut http = world.http().await?;
    let began = Instant::now();
    http.post(&format!("{project}/activate"), "", &json!({})).await?.json(200)?;
    let took = began.elapsed();
    http.post(&format!("{project}/deactivate"), "", &json!({})).await?.json(200)?;
    Ok(took.as_secs_f64() * 1000.0)
}

async fn bare(parts: &Parts, world: &World, sessions: &mut Vec<f64>) -> Result<f64> {
    let began = Instant::now();
    let mut bare = Bare::start(parts, &world.model).await?;
    let took = began.elapsed();
    let began = Instant::now();
    bare.session().await?;
    sessions.push(began.elapsed().as_secs_f64() * 1000.0);
    bare.end().await?;
    Ok(took.as_secs_f64() * 1000.0)
}
