//! Memory over an hour of streaming.

use super::browser;
use crate::parts::Parts;
use crate::result::Figure;
use crate::stats::median;
use crate::world::World;
use anyhow::Result;
use serde::Deserialize;
use serde_json::json;

/// How much more the page may hold in the last quarter than in the first.
const GROWTH: f64 = 1.1;

#[derive(Deserialize)]
struct Measured {
    moments: Vec<Moment>,
}

/// Bytes after a turn, once its garbage was collected.
#[derive(Deserialize)]
struct Moment {
    /// Of scripts.
    heap: f64,
    /// Of the document.
    dom: f64,
    /// Of the page's program: what it was given, which it never gives back.
    wasm: f64,
    /// Said so far.
    text: f64,
    /// Elements of the document.
    nodes: f64,
}

/// Measures it.
///
/// # Errors
/// A turn is not shown.
pub(super) async fn measure(parts: &Parts, figure: &mut Figure) -> Result<()> {
    let world = World::start(parts).await?;
    let project = world.project("hour").await?;
    let options = json!({
        "gaggle": format!("http://{}", world.address),
        "rounds": 1,
        "project": project.rsplit('/').next(),
        "turns": parts.times(60, 12),
        "words": 12_000,
    });
    let Measured { moments } = browser::measure("hour", &options).await?;
    world.close().await?;
    let all = |of: fn(&Moment) -> f64| moments.iter().map(of).collect::<Vec<_>>();
    let rest = all(|moment| (moment.heap + moment.dom + moment.wasm - moment.text) / 1e6);
    let quarter = rest.len() / 4;
    let (first, last) = (median(&rest[..quarter]), median(&rest[rest.len() - quarter..]));
    let text = moments.last().map_or(0.0, |last| last.text / 1e6);
    figure.ratio(
        "memory in the last quarter of an hour of streaming against the first, less the text",
        Some(GROWTH),
        "MB",
        vec![[last, first]],
    );
    figure.plain("text of that hour", None, "MB", vec![text]);
    for (name, values) in [
        ("scripts, bytes after each turn of the hour", all(|moment| moment.heap)),
        ("document, bytes", all(|moment| moment.dom)),
        ("program, bytes", all(|moment| moment.wasm)),
        ("text so far, bytes", all(|moment| moment.text)),
        ("elements of the document", all(|moment| moment.nodes)),
    ] {
        figure.keep(name, values);
    }
    Ok(())
}
