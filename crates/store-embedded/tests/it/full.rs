//! A disk that is full for a while, for real: a small file system, and a limit on the size of files.

use crate::child;
use gaggle_core::port::{Store, StoreError};
use gaggle_shared::Seq;
use gaggle_store_embedded::EmbeddedStore;
use gaggle_testkit::store::sample::{entry, next, project};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Makes the disk full, and empty again.
trait Disk {
    fn fill(&self, dir: &Path);
    fn free(&self, dir: &Path);
}

struct SmallFileSystem;

impl Disk for SmallFileSystem {
    fn fill(&self, dir: &Path) {
        let mut ballast = fs::File::create(dir.join("ballast")).unwrap();
        let mut size = 0;
        while ballast.write_all(&[7; 4096]).is_ok() {
            size += 4096;
        }
        // Some room is left, so that some writes fit.
        ballast.set_len(size - 300_000).unwrap();
    }

    fn free(&self, dir: &Path) {
        fs::remove_file(dir.join("ballast")).unwrap();
    }
}

struct SizeLimit;

impl Disk for SizeLimit {
    fn fill(&self, dir: &Path) {
        let now = fs::metadata(dir.join("gaggle.redb")).unwrap().len();
        let limit = Rlimit { current: Some(now), ..getrlimit(Resource::Fsize) };
        setrlimit(Resource::Fsize, limit).unwrap();
    }

    fn free(&self, _: &Path) {
        let limit = getrlimit(Resource::Fsize);
        setrlimit(Resource::Fsize, Rlimit { current: limit.maximum, ..limit }).unwrap();
    }
}

/// Writes until it is full, reads meanwhile, frees, and counts.
async fn scenario(dir: &Path, disk: &dyn Disk) {
    let mut store = EmbeddedStore::open(dir).unwrap();
    let mut record = project(1);
    store.create(&record).await.unwrap();
    let mut stored: Vec<Seq> = Vec::new();
    for round in 0..3 {
        let (mut refused, mut unknown) = (0, Vec::new());
        disk.fill(dir);
        for n in 1..=200 {
            let seq = round * 1000 + n;
            let size = if n % 2 == 0 { 100 } else { 40_000 };
            let batch = gaggle_core::port::Batch::new(vec![entry(seq, &"x".repeat(size))], None);
            let asked = Instant::now();
            match store.append(&record.id, &batch).await {
                Ok(()) => stored.push(seq),
                Err(StoreError::Full(_)) => refused += 1,
                // The disk was full once the write was made: then it is not known whether it is safe.
                Err(StoreError::Unavailable(why)) if why.contains("store is full") => unknown.push(seq),
                Err(other) => panic!("a full disk is told as {other:?}"),
            }
            assert!(asked.elapsed() < Duration::from_secs(5));
            // Reading goes on.
            assert_eq!(store.load(&record.id).await, Ok(Some(record.clone())));
            if refused > 20 {
                break;
            }
        }
        println!("round {round}: {} stored, {refused} refused", stored.len());
        assert!(refused > 0, "the disk was never full");
        assert!(unknown.len() <= 2, "{unknown:?}");
        let there = seqs(&store, &record.id).await;
        stored.extend(unknown.into_iter().filter(|seq| there.contains(seq)));
        stored.sort_unstable();
        assert_eq!(seqs(&store, &record.id).await, stored, "while it is full");
        if round == 1 {
            // A server that starts on a full disk can read.
            drop(store);
            store = EmbeddedStore::open(dir).unwrap();
            assert_eq!(seqs(&store, &record.id).await, stored, "opened while it is full");
        }
        disk.free(dir);
        assert_eq!(store.check().await, Ok(()), "it heals");
        record = next(&record);
        assert_eq!(store.replace(&record).await, Ok(()));
        assert_eq!(seqs(&store, &record.id).await, stored, "what was refused is not there, what was not is");
        assert_eq!(store.trim(&record.id, Seq::MAX).await, Ok(()));
        stored.clear();
    }
    drop(store);
    let store = EmbeddedStore::open(dir).unwrap();
    assert_eq!(store.load(&record.id).await, Ok(Some(record)));
    println!("scenario done");
}

async fn seqs(store: &EmbeddedStore, project: &gaggle_shared::ProjectId) -> Vec<Seq> {
    let page = store.read(project, 0, usize::MAX).await.unwrap();
    page.batches.iter().flat_map(|batch| &batch.entries).map(|entry| entry.event.seq).collect()
}

#[tokio::test]
#[ignore = "run by a_full_file_system_heals"]
async fn child_on_a_small_file_system() {
    scenario(&child::dir(), &SmallFileSystem).await;
}

#[tokio::test]
#[ignore = "run by a_file_at_its_limit_heals"]
async fn child_under_a_limit() {
    scenario(&child::dir(), &SizeLimit).await;
}

fn run(mut command: Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("scenario done"), "{said}\n{complained}");
}

#[test]
fn a_file_at_its_limit_heals() {
    let dir = tempfile::tempdir().unwrap();
    run(child::command("full::child_under_a_limit", dir.path()));
}

/// In a mount namespace of its own, so that nothing is left behind.
#[test]
fn a_full_file_system_heals() {
    let dir = tempfile::tempdir().unwrap();
    let may = |flags: &str| {
        let script = "mount -t tmpfs -o size=1m tmpfs \"$0\"";
        let tried = Command::new("unshare").args([flags, "sh", "-c", script]).arg(dir.path()).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    let Some(flags) = ["-m", "-rm"].into_iter().find(|flags| may(flags)) else {
        eprintln!("this user may not mount: only the limit on the size of files is tested here");
        return;
    };
    let child = child::command("full::child_on_a_small_file_system", dir.path());
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs -o size=4m tmpfs \"$0\" && exec \"$@\"";
    command.args([flags, "sh", "-c", script]).arg(dir.path()).arg(child.get_program()).args(child.get_args());
    command.env("STORE_DIR", dir.path());
    run(command);
}
