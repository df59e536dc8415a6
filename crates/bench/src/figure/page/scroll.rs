//! Frames while long lists scroll.

use super::browser::{self, Frames};
use crate::figure::fleet::create;
use crate::parts::Parts;
use crate::result::Figure;
use crate::world::World;
use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Pixels a second: of somebody who reads on, and of somebody who flies over it.
const PACES: [(&str, u64); 2] = [("at 2000 px/s", 2_000), ("at 20 000 px/s", 20_000)];

#[derive(Deserialize)]
struct Measured {
    /// By round: of the page, and of the same elements without a program.
    ours: Vec<Frames>,
    still: Vec<Frames>,
}

/// Measures it.
///
/// # Errors
/// A list is not shown.
pub(super) async fn measure(parts: &Parts, figure: &mut Figure) -> Result<()> {
    let world = World::start(parts).await?;
    let many = parts.times(10_000, 2_000);
    create(&world, many).await?;
    let project = world.project("long").await?;
    let session = world.http().await?.get(&project, "").await?.json(200)?["defaultSessionId"].clone();
    let options = json!({
        "gaggle": format!("http://{}", world.address),
        "project": project.rsplit('/').next(),
        "session": session.as_str().context("no session")?,
        "views": ["rows", "cards", "messages"],
        "paces": PACES.iter().map(|(name, pace)| ((*name).to_owned(), json!(pace))).collect::<serde_json::Map<_, Value>>(),
        "rounds": parts.times(5, 1),
        "seconds": 3,
    });
    let measured: BTreeMap<String, Measured> = browser::measure("scroll", &options).await?;
    world.close().await?;
    for (view, name) in
        [("rows", "projects as rows"), ("cards", "projects as cards"), ("messages", "messages")]
    {
        let many = if view == "messages" { 10_000 } else { many };
        for (pace, _) in PACES {
            let Measured { ours, still } =
                measured.get(&format!("{view} {pace}")).with_context(|| format!("no {view} {pace}"))?;
            browser::frames(
                figure,
                &format!("{many} {name} scroll {pace}"),
                [ours, still],
                "a still page of equal elements",
            );
        }
    }
    Ok(())
}
