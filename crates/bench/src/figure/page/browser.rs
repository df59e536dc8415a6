//! Runs `frontend/bench` and reads what it measured.

use crate::result::Figure;
use crate::stats::quantile;
use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::process::Stdio;
use tokio::process::Command;

/// Where the program is that drives the browser.
const FOLDER: &str = "frontend/bench";

/// Lets the browser measure one thing.
///
/// # Errors
/// It cannot, and says why on stderr.
pub(super) async fn measure<T: DeserializeOwned>(what: &str, options: &Value) -> Result<T> {
    eprintln!("--> {what}");
    let mut node = Command::new("node");
    node.args(["measure.mjs", what, &options.to_string()]).current_dir(FOLDER).kill_on_drop(true);
    let output = node.stdin(Stdio::null()).stderr(Stdio::inherit()).output().await;
    let output = output.context("cannot start node: run this through `cargo xtask bench`")?;
    ensure!(output.status.success(), "the browser could not measure {what}: {}", output.status);
    let text = String::from_utf8(output.stdout)?;
    let last = text.lines().last().with_context(|| format!("{what} was measured without a result"))?;
    serde_json::from_str(last).with_context(|| format!("{what} was measured, and is not understood"))
}

/// A frame at 60 a second. The browser dates frames in steps of 0.1 ms, so that those of 16.67 ms come as 16.6, 16.7 and
/// 16.8, and a page that does nothing has the last among them.
const FRAME: f64 = 16.8;
/// What the page may work for a frame.
const WORK: f64 = 16.0;

/// Frames of some seconds, in milliseconds.
#[derive(Debug, Deserialize)]
pub(super) struct Frames {
    /// From one to the next.
    times: Vec<f64>,
    /// CPU time of the page's main thread for each.
    work: Vec<f64>,
}

/// Adds the lines of frames: those of the page and those of what it is compared with, by round.
pub(super) fn frames(figure: &mut Figure, what: &str, [ours, theirs]: [&[Frames]; 2], baseline: &str) {
    let p95 = |of: fn(&Frames) -> &Vec<f64>| -> Vec<[f64; 2]> {
        let pairs = ours.iter().zip(theirs);
        pairs.map(|(ours, theirs)| [quantile(of(ours), 0.95), quantile(of(theirs), 0.95)]).collect()
    };
    let (times, work) = (p95(|frames| &frames.times), p95(|frames| &frames.work));
    let first = |pairs: &[[f64; 2]]| pairs.iter().map(|pair| pair[0]).collect();
    figure.plain(&format!("a frame while {what}, p95"), Some(FRAME), "ms", first(&times));
    figure.ratio(&format!("the same against {baseline}"), None, "ms", times);
    figure.plain(&format!("the page's work for a frame while {what}, p95"), Some(WORK), "ms", first(&work));
    for (name, rounds) in [(what.to_owned(), ours), (format!("{what}: {baseline}"), theirs)] {
        figure.keep(&format!("frame while {name}"), rounds.iter().flat_map(|one| one.times.iter().copied()));
        figure.keep(
            &format!("work for a frame while {name}"),
            rounds.iter().flat_map(|one| one.work.iter().copied()),
        );
    }
}
