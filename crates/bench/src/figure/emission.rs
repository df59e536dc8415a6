//! From the model's word to the reader, through Gaggle and without it.

use crate::goose::Bare;
use crate::parts::{Coin, Parts};
use crate::result::Figure;
use crate::sse::Sse;
use crate::stats::quantile;
use crate::world::World;
use anyhow::Result;
use gaggle_testkit::ScriptedModel;
use serde_json::Value;
use std::time::Instant;

const HOW: &str = "The model (in the benchmark's own process) puts into each word the moment at which it says it; the \
    reader, in the same process, subtracts that from the moment at which its read returned. *Ours*: model → Goose → \
    relay → server → server-sent events. *Baseline*: model → another Goose of the same kind → its ACP WebSocket, read \
    by the benchmark. A word every 5 ms. One pair is one turn of each; per pair the median and the 99th percentile of \
    its words are compared.";

/// Measures it.
pub(crate) async fn measure(parts: &Parts) -> Result<Figure> {
    let mut figure = Figure::new("emission", "From the model's word to the reader", HOW);
    let world = World::start(parts).await?;
    let project = world.project("emission").await?;
    world.activate(&project).await?;
    let mut sse = Sse::open(world.address, &project, 0, false).await?;
    let mut bare = Bare::start(parts, &world.model).await?;
    bare.session().await?;
    let (mut medians, mut lasts) = (Vec::new(), Vec::new());
    let mut coin = Coin::new();
    let words = parts.times(300, 200);
    for round in 0..=parts.times(20, 5) {
        let text = format!("@stamps {words} delay=5");
        let (ours, theirs) = if coin.heads() {
            let ours = through(&world, &project, &mut sse, &text).await?;
            (ours, directly(&mut bare, &world.model, &text).await?)
        } else {
            let theirs = directly(&mut bare, &world.model, &text).await?;
            (through(&world, &project, &mut sse, &text).await?, theirs)
        };
        anyhow::ensure!(
            ours.len() == words && theirs.len() == words,
            "{} and {} words",
            ours.len(),
            theirs.len()
        );
        // The first turn also makes titles and fills caches.
        if round > 0 {
            medians.push([quantile(&ours, 0.5), quantile(&theirs, 0.5)]);
            lasts.push([quantile(&ours, 0.99), quantile(&theirs, 0.99)]);
            figure.keep("gaggle", ours);
            figure.keep("goose", theirs);
        }
    }
    figure.extra("a word's way through Gaggle, median", Some(0.20), "ms", medians);
    figure.extra("a word's way through Gaggle, p99", Some(1.0), "ms", lasts);
    bare.end().await?;
    world.close().await?;
    Ok(figure)
}

/// Milliseconds of every word of one turn.
async fn through(world: &World, project: &str, sse: &mut Sse, text: &str) -> Result<Vec<f64>> {
    let turn = world.say(project, text).await?;
    let mut latencies = Vec::new();
    loop {
        let frame = sse.next().await?;
        let event: Value = serde_json::from_str(&frame.data)?;
        match frame.kind.as_str() {
            "message.delta" if event["role"] == "assistant" => {
                collect(&mut latencies, &world.model, event["text"].as_str().unwrap_or_default(), frame.at);
            }
            "turn.ended" if event["turn"]["id"] == turn.as_str() => return Ok(latencies),
            _ => {}
        }
    }
}

async fn directly(bare: &mut Bare, model: &ScriptedModel, text: &str) -> Result<Vec<f64>> {
    let mut latencies = Vec::new();
    bare.prompt(text, |piece, at| collect(&mut latencies, model, piece, at)).await?;
    Ok(latencies)
}

/// Adds the latency of each stamp in a piece that was read at this moment.
fn collect(latencies: &mut Vec<f64>, model: &ScriptedModel, piece: &str, at: Instant) {
    let read = model.age().saturating_sub(at.elapsed()).as_nanos() as f64;
    let stamps = piece.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    latencies.extend(stamps.map(|said| (read - said) / 1e6));
}
