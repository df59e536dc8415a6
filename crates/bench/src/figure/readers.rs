//! A thousand readers of one project.

use crate::fanout::Fanout;
use crate::parts::{Coin, Parts};
use crate::result::Figure;
use crate::sse::Sse;
use crate::stats::quantile;
use crate::world::World;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const HOW: &str = "999 readers of one project's events in the benchmark's process, and one more that never reads: \
    its connection is full before the measuring begins. Each round is a turn of the real Goose, a word every 50 ms. For \
    every event the lag of a reader is the time since the first of them had it. *Baseline*: a process that does nothing \
    but write events of the same size at the same pace to 999 sockets; the same reading program reads them. It shows how much \
    of the lag is a thousand system calls on each side of this machine.";

const READERS: usize = 999;
const WORDS: usize = 60;

/// Between two events, here and in the baseline.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// What each reader had of a round.
type Receipts = Vec<(u64, Instant)>;

/// Measures it.
pub(crate) async fn measure(parts: &Parts) -> Result<Figure> {
    let mut figure = Figure::new("readers", "A thousand readers, one of them stalled", HOW);
    let world = World::start(parts).await?;
    let project = world.project("read").await?;
    world.activate(&project).await?;
    let stalled = Sse::open(world.address, &project, 0, true).await?;
    let mut witness = Sse::open(world.address, &project, 0, false).await?;
    // More than the system keeps for a connection that is not read.
    world.say(&project, "@words 30000").await?;
    let mut written = 0;
    let cursor = loop {
        let frame = witness.next().await?;
        written += frame.data.len();
        if frame.kind == "turn.ended" {
            break frame.seq;
        }
    };
    let kept = stalled.unread()?;
    drop(witness);

    let rounds = parts.times(6, 2);
    let mut ours = Crowd::gather(world.address, &project, cursor).await?;
    let mut fanout = Fanout::start().await?;
    let mut theirs = Crowd::gather(fanout.address, "", 0).await?;
    let (mut pairs, mut medians) = (Vec::new(), Vec::new());
    let mut coin = Coin::new();
    for round in 0..=rounds {
        let heads = coin.heads();
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for first in [true, false] {
            if first == heads {
                world.say(&project, &format!("@words {WORDS} delay={}", PAUSE.as_millis())).await?;
                here = ours.round().await?;
            } else {
                fanout.round(WORDS).await?;
                there = theirs.round().await?;
            }
        }
        if round > 0 {
            let (here, there) = (lags(&here), lags(&there));
            pairs.push([quantile(&here, 0.99), quantile(&there, 0.99)]);
            medians.push([quantile(&here, 0.5), quantile(&there, 0.5)]);
            figure.keep("gaggle, every 97th", here.into_iter().step_by(97));
            figure.keep("fan-out, every 97th", there.into_iter().step_by(97));
        }
    }
    figure.plain(
        "lag behind the first of 999 readers, p99",
        Some(10.0),
        "ms",
        pairs.iter().map(|pair| pair[0]).collect(),
    );
    figure.ratio("the same against bare writing to 999 sockets", None, "ms", pairs);
    figure.ratio("its median against bare writing", None, "ms", medians);
    let lost = ours.gone();
    figure.count("readers that were cut off or reset", Some(0.0), lost, READERS);
    figure.plain(
        "events offered to the stalled one before the rounds",
        None,
        "MB",
        vec![written as f64 / 1e6],
    );
    figure.plain("of these, what the system took for it", None, "MB", vec![kept as f64 / 1e6]);
    drop((ours, theirs, fanout, stalled));
    world.close().await?;
    Ok(figure)
}

/// Many readers. Dropped, they leave.
#[derive(Debug)]
struct Crowd {
    tasks: Vec<JoinHandle<Result<()>>>,
    rounds: mpsc::Receiver<Receipts>,
}

impl Crowd {
    async fn gather(address: SocketAddr, path: &str, cursor: u64) -> Result<Self> {
        let (sender, rounds) = mpsc::channel(READERS);
        let mut tasks = Vec::new();
        for _ in 0..READERS {
            let (sse, sender) = (Sse::open(address, path, cursor, false).await?, sender.clone());
            tasks.push(tokio::spawn(read(sse, sender)));
        }
        Ok(Self { tasks, rounds })
    }

    /// What all of them had, once all of them have seen the end of the turn.
    async fn round(&mut self) -> Result<Vec<Receipts>> {
        let mut all = Vec::new();
        while all.len() < READERS {
            let next = tokio::time::timeout(Duration::from_secs(60), self.rounds.recv());
            all.push(
                next.await
                    .with_context(|| format!("only {} readers saw the end", all.len()))?
                    .context("all gone")?,
            );
        }
        Ok(all)
    }

    fn gone(&self) -> usize {
        self.tasks.iter().filter(|task| task.is_finished()).count()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn read(mut sse: Sse, rounds: mpsc::Sender<Receipts>) -> Result<()> {
    let mut receipts = Vec::new();
    loop {
        let frame = sse.next().await?;
        anyhow::ensure!(frame.kind != "reset", "reset");
        receipts.push((frame.seq, frame.at));
        if frame.kind == "turn.ended" {
            rounds.send(std::mem::take(&mut receipts)).await?;
        }
    }
}

/// Milliseconds of every reader and event behind the first reader that had it.
fn lags(all: &[Receipts]) -> Vec<f64> {
    let mut first: BTreeMap<u64, Instant> = BTreeMap::new();
    for (seq, at) in all.iter().flatten() {
        first.entry(*seq).and_modify(|first| *first = (*first).min(*at)).or_insert(*at);
    }
    let lag = |(seq, at): &(u64, Instant)| {
        first.get(seq).map(|first| at.duration_since(*first).as_secs_f64() * 1000.0)
    };
    all.iter().flatten().filter_map(lag).collect()
}

#[cfg(test)]
mod tests {
    use super::lags;
    use std::time::{Duration, Instant};

    #[test]
    fn lag_counts_from_the_first_who_had_the_event() {
        let now = Instant::now();
        let later = now + Duration::from_millis(4);
        let mut lags = lags(&[vec![(1, later), (2, later)], vec![(1, now), (2, later)]]);
        lags.sort_by(f64::total_cmp);
        assert_eq!(lags, [0.0, 0.0, 0.0, 4.0]);
    }
}
