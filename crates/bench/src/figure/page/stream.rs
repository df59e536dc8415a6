//! Frames while words stream.

use super::browser::{self, Frames};
use crate::parts::Parts;
use crate::result::Figure;
use crate::world::World;
use anyhow::Result;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Measured {
    /// By round: of the page, and of an empty animation.
    ours: Vec<Frames>,
    empty: Vec<Frames>,
    /// Words a second that were shown.
    rate: Vec<f64>,
}

/// Measures it.
///
/// # Errors
/// A turn does not stream.
pub(super) async fn measure(parts: &Parts, figure: &mut Figure) -> Result<()> {
    let world = World::start(parts).await?;
    let project = world.project("stream").await?;
    world.activate(&project).await?;
    let options = json!({
        "gaggle": format!("http://{}", world.address),
        "project": project.rsplit('/').next(),
        "rounds": parts.times(8, 2),
        "seconds": 5,
    });
    let Measured { ours, empty, rate } = browser::measure("stream", &options).await?;
    world.close().await?;
    browser::frames(figure, "200 words a second stream", [&ours, &empty], "an empty animation");
    figure.plain("words a second that were shown", None, "/s", rate);
    Ok(())
}
