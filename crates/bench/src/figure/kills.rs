//! Turns whose server is killed again and again.

use crate::parts::Parts;
use crate::result::Figure;
use crate::sse::Sse;
use crate::world::World;
use anyhow::{Context as _, Result};
use gaggle_shared::transcript::{Answer, Applied};
use gaggle_shared::{Event, EventBody};
use gaggle_testkit::model::words;
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::time::Instant;

const HOW: &str = "A reader with a cursor follows a turn of the real Goose, a word every 5 ms, while the server is \
    killed (`kill -9`) and started again, at places spread over the turn. Words that never came, or came twice in the \
    text made of the events, are counted; so are events whose seq the reader had already, gaps, resets, and turns that \
    did not end as `end_turn`. The turn as it is stored is compared too.";

const PER_TURN: usize = 20;
const WORDS: usize = 600;

/// What went wrong, summed up.
#[derive(Debug, Default)]
struct Faults {
    words: usize,
    events: usize,
    turns: usize,
    stored: usize,
}

/// Measures it.
pub(crate) async fn measure(parts: &Parts) -> Result<Figure> {
    let mut figure = Figure::new("kills", "Words lost or doubled over server kills", HOW);
    let mut world = World::start(parts).await?;
    let project = world.project("killed").await?;
    world.activate(&project).await?;
    let turns = parts.times(100, 20) / PER_TURN;
    let (mut faults, mut away) = (Faults::default(), Vec::new());
    let mut cursor = 0;
    for _ in 0..turns {
        cursor = turn(&mut world, &project, cursor, &mut faults, &mut away).await?;
    }
    let kills = turns * PER_TURN;
    figure.count(
        &format!("words lost or doubled for the reader, {kills} kills"),
        Some(0.0),
        faults.words,
        turns * WORDS,
    );
    figure.count("words lost or doubled in the stored turn", Some(0.0), faults.stored, turns * WORDS);
    figure.count("turns that did not end well", Some(0.0), faults.turns, turns);
    figure.count("repeated events, gaps and resets", Some(0.0), faults.events, kills);
    figure.plain("from a kill until the reader is connected again", None, "ms", away);
    world.close().await?;
    Ok(figure)
}

/// One turn with its kills; the cursor after it.
async fn turn(
    world: &mut World,
    project: &str,
    mut cursor: u64,
    faults: &mut Faults,
    away: &mut Vec<f64>,
) -> Result<u64> {
    // The model stands before the last word until the killing is over.
    let turn = world.say(project, &format!("@words {WORDS} delay=5 hold={}", WORDS - 1)).await?;
    let mut sse = Sse::open(world.address, project, cursor, false).await?;
    let (mut answer, mut kills) = (Answer::default(), 0);
    let ended = loop {
        if kills < PER_TURN && answer.text().split_whitespace().count() >= kills * WORDS / (PER_TURN + 1) {
            let began = Instant::now();
            world.end_server(Signal::KILL).await?;
            world.begin().await?;
            sse = Sse::open(world.address, project, cursor, false).await?;
            away.push(began.elapsed().as_secs_f64() * 1000.0);
            kills += 1;
            if kills == PER_TURN {
                world.model.release();
            }
        }
        // What the dead server had sent is not read: the cursor says so.
        let frame = sse.next().await.with_context(|| format!("after kill {kills}"))?;
        if frame.seq <= cursor || frame.kind == "reset" {
            faults.events += 1;
        }
        cursor = frame.seq;
        let event: Event = serde_json::from_str(&frame.data)?;
        if event.body.turn_id().is_none_or(|id| id.as_str() != turn) {
            continue;
        }
        if answer.apply(&event.body) == Applied::Gap {
            faults.events += 1;
        }
        if let EventBody::TurnEnded { turn } = event.body {
            break turn;
        }
    };
    let stored = serde_json::to_value(&ended)?;
    faults.words += wrong(&answer.text());
    faults.stored += wrong(stored["text"].as_str().unwrap_or_default());
    faults.turns += usize::from(stored["stopReason"] != "end_turn");
    Ok(cursor)
}

/// How many words are missing, doubled, foreign or out of order.
fn wrong(text: &str) -> usize {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    text.split_whitespace().for_each(|word| *count.entry(word).or_default() += 1);
    let expected = words(WORDS);
    let missing_or_doubled: usize =
        expected.split(' ').map(|word| count.remove(word).unwrap_or_default().abs_diff(1)).sum();
    let wrong = missing_or_doubled + count.values().sum::<usize>();
    wrong.max(usize::from(text.trim() != expected))
}

#[cfg(test)]
mod tests {
    use super::{WORDS, wrong};
    use gaggle_testkit::model::words;

    #[test]
    fn every_kind_of_wrong_word_counts() {
        let right = words(WORDS);
        assert_eq!(wrong(&right), 0);
        assert_eq!(wrong(&right.replace(" w7 ", " ")), 1, "missing");
        assert_eq!(wrong(&right.replace(" w7 ", " w7 w7 ")), 1, "doubled");
        assert_eq!(wrong(&right.replace(" w7 ", " w7w ")), 2, "missing and foreign");
        assert_eq!(wrong(&right.replace(" w7 w8 ", " w8 w7 ")), 1, "out of order");
    }
}
