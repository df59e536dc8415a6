//! The first look at the fleet: its weight, and when it can be used.

use super::browser;
use crate::figure::fleet::create;
use crate::parts::Parts;
use crate::result::Figure;
use crate::world::World;
use anyhow::Result;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Measured {
    /// Bytes by the file's name.
    files: BTreeMap<String, f64>,
    /// Milliseconds, ours first: without a cache, with one, over a slow network.
    cold: Vec<[f64; 2]>,
    kept: Vec<[f64; 2]>,
    slow: Vec<[f64; 2]>,
}

/// Measures it.
///
/// # Errors
/// The page is not shown.
pub(super) async fn measure(parts: &Parts, figure: &mut Figure) -> Result<()> {
    let world = World::start(parts).await?;
    create(&world, 100).await?;
    let options = json!({ "gaggle": format!("http://{}", world.address), "rounds": parts.times(20, 4) });
    let measured: Measured = browser::measure("first", &options).await?;
    world.close().await?;
    let weight = measured.files.values().sum::<f64>() / 1000.0;
    figure.plain("transferred up to the fleet view", Some(250.0), "KB", vec![weight]);
    let what = "interactive, against a React page with the same list";
    for (pairs, goal, how) in [
        (measured.cold, Some(1.25), ""),
        (measured.kept, None, ", with a cache"),
        (measured.slow, None, ", without one at 10 Mbit/s and 40 ms"),
    ] {
        figure.keep(&format!("interactive{how}"), pairs.iter().map(|pair| pair[0]));
        figure.keep(&format!("React{how}"), pairs.iter().map(|pair| pair[1]));
        figure.ratio(&format!("{what}{how}"), goal, "ms", pairs);
    }
    Ok(())
}
