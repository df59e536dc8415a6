//! `kill -9` of a process that writes: what it was told is stored, is.

use crate::child;
use gaggle_core::port::Store;
use gaggle_core::record::ProjectRecord;
use gaggle_shared::Seq;
use gaggle_store_embedded::EmbeddedStore;
use gaggle_testkit::store::sample::{batch, name, next, project, project_id, turn, turn_id};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

const WRITERS: u32 = 6;
const KILLS: u32 = 25;

/// Writes for ever: each writer its own project, journal and turns, and says so once each is acknowledged.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by nothing_acknowledged_is_lost"]
async fn child_writes() {
    let store = Arc::new(EmbeddedStore::open(&child::dir()).unwrap());
    let writers = (1..=WRITERS).map(|n| tokio::spawn(write_for_ever(store.clone(), n)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

async fn write_for_ever(store: Arc<EmbeddedStore>, n: u32) {
    let mut record = match store.load(&project_id(n)).await.unwrap() {
        Some(record) => record,
        None => {
            store.create(&project(n)).await.unwrap();
            project(n)
        }
    };
    let mut seq = store.journal_end(&record.id).await.unwrap().0;
    loop {
        let generation = record.generation + 1;
        let renamed = name(&format!("{n} at {generation}"));
        record = ProjectRecord { name: renamed, summary: "s".repeat(5000), ..next(&record) };
        store.replace(&record).await.unwrap();
        say(&format!("{n} record {generation}"));
        store.append(&record.id, &batch([seq + 1, seq + 2])).await.unwrap();
        seq += 2;
        say(&format!("{n} journal {seq}"));
        store.put_turn(&turn(&record.id, generation as u32, 1)).await.unwrap();
        say(&format!("{n} turn {generation}"));
        if generation % 10 == 0 {
            store.compact(&record.id, &batch([seq - 9, seq])).await.unwrap();
        }
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// The highest number that was acknowledged, by writer and kind.
type Acknowledged = BTreeMap<(u32, String), u64>;

fn write_and_kill(dir: &Path, lines: usize, acknowledged: &mut Acknowledged) {
    let mut child = child::command("killed::child_writes", dir).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut note = |line: String| {
        let mut words = line.split(' ');
        let (Some(n), Some(kind), Some(number), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return false;
        };
        let (Ok(n), Ok(number)) = (n.parse::<u32>(), number.parse()) else { return false };
        acknowledged.insert((n, kind.to_owned()), number);
        true
    };
    let mut count = 0;
    while count < lines {
        let line = said.next().expect("the child ended by itself").unwrap();
        count += usize::from(note(line));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What was said before death counts too; the last line may be cut short.
    let rest: Vec<_> = said.map_while(Result::ok).collect();
    let whole = rest.len().saturating_sub(1);
    rest.into_iter().take(whole).for_each(|line| {
        note(line);
    });
}

async fn verify(dir: &Path, acknowledged: &Acknowledged) {
    let store = EmbeddedStore::open(dir).unwrap();
    for ((n, kind), number) in acknowledged {
        let id = project_id(*n);
        let found: u64 = match kind.as_str() {
            "record" => {
                let record = store.load(&id).await.unwrap().unwrap();
                assert_eq!(record.name, name(&format!("{n} at {}", record.generation)));
                record.generation
            }
            "journal" => {
                let page = store.read(&id, 0, usize::MAX).await.unwrap();
                let ends: Vec<Seq> = page.batches.iter().map(gaggle_core::port::Batch::last).collect();
                assert!(ends.is_sorted(), "{ends:?}");
                assert_eq!(store.journal_end(&id).await.unwrap().0, ends.last().copied().unwrap_or_default());
                ends.last().copied().unwrap_or_default()
            }
            _ => {
                let latest = turn_id(*number as u32);
                u64::from(store.turn(&id, &latest).await.unwrap().is_some()) * number
            }
        };
        assert!(found >= *number, "writer {n}: {kind} {number} was acknowledged, {found} is there");
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = Acknowledged::new();
    let (mut slowest, mut random) = (0, 0x2545_f491_4f6c_dd1d_u64);
    for _ in 0..KILLS {
        // xorshift: the same moments in every run, as far as the machine allows.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        write_and_kill(dir.path(), 1 + (random % 120) as usize, &mut acknowledged);
        let asked = Instant::now();
        verify(dir.path(), &acknowledged).await;
        slowest = slowest.max(asked.elapsed().as_millis());
    }
    assert_eq!(acknowledged.len(), 3 * WRITERS as usize);
    println!("{KILLS} kills, opened and verified within {slowest} ms: {acknowledged:?}");
}
