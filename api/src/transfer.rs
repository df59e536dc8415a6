//! Everything of a store as JSON lines, and back: what `gaggle export` writes and `gaggle import` reads.
//!
//! The first line names the version; the last one counts what came before it, so that a file that was cut short is
//! known. A project's own line comes after its turns and batches: only with it does the project exist, so that an
//! import which was cut short leaves no half of one, and can be repeated.

mod read;
mod write;

pub use read::{check, import};
pub use write::export;

use gaggle_core::{
    port::Batch,
    record::{ProjectRecord, TurnRecord},
};
use gaggle_shared::{InstanceId, ProjectId};
use serde::{Deserialize, Serialize};

/// The version of the format.
const VERSION: u32 = 1;

/// What was moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Projects, with those that were deleted within a day.
    pub projects: u64,
    /// Ended turns.
    pub turns: u64,
    /// Runs of journal entries.
    pub batches: u64,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// The first.
    Gaggle {
        version: u32,
        /// Of the records: `gaggle_core::record::SCHEMA`.
        schema: u32,
        instance: InstanceId,
    },
    /// Bytes of the whole instance.
    Kept {
        name: String,
        base64: String,
    },
    Turn(Box<TurnRecord>),
    Batch {
        project: ProjectId,
        batch: Batch,
    },
    Project(Box<ProjectRecord>),
    /// The last.
    End(Counts),
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_core::port::{Store, TurnQuery};
    use gaggle_testkit::store::{
        MemoryStore,
        sample::{batch, next, project, time, tombstone, turn, up_to},
    };

    async fn full() -> MemoryStore {
        let store = MemoryStore::new();
        store.instance(InstanceId::new(time(1), [7; 10])).await.unwrap();
        store.keep("agent.tls", &[0, 255, 1]).await.unwrap();
        for n in 1..=3 {
            let record = project(n);
            store.create(&record).await.unwrap();
            store.append(&record.id, &up_to(batch([1, 2]), 1, 9)).await.unwrap();
            store.append(&record.id, &batch([5])).await.unwrap();
            for k in 1..=120 {
                store.put_turn(&turn(&record.id, k, 1)).await.unwrap();
            }
        }
        store.replace(&next(&project(1))).await.unwrap();
        store.replace(&tombstone(&project(2))).await.unwrap();
        store
    }

    async fn text(store: &MemoryStore) -> Vec<u8> {
        let mut text = Vec::new();
        export(store, &mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn what_is_imported_is_what_was_exported() {
        let (from, to) = (full().await, MemoryStore::new());
        let exported = text(&from).await;
        let counts = check(exported.as_slice()).unwrap();
        assert_eq!(counts, Counts { projects: 3, turns: 360, batches: 6 });
        assert_eq!(import(&to, exported.as_slice(), false).await.unwrap(), counts);
        assert_eq!(to.records(None, 9).await, from.records(None, 9).await);
        assert_eq!(to.kept().await, from.kept().await);
        for n in 1..=3 {
            let id = project(n).id;
            assert_eq!(
                to.read(&id, 0, usize::MAX).await,
                from.read(&id, 0, usize::MAX).await.map(|mut page| {
                    // The end's cursor goes with the last batch, wherever it came from.
                    page.batches.last_mut().unwrap().cursor = page.batches[0].cursor;
                    page
                })
            );
            assert_eq!(to.journal_end(&id).await, from.journal_end(&id).await);
            let all = TurnQuery { session: None, before: None, after: None, oldest_first: true, limit: 999 };
            assert_eq!(to.turns(&id, &all).await, from.turns(&id, &all).await);
        }
        let other = InstanceId::new(time(2), [8; 10]);
        assert_eq!(to.instance(other.clone()).await, from.instance(other).await);
    }

    #[tokio::test]
    async fn a_store_that_is_not_empty_is_refused_unless_told() {
        let (from, to) = (full().await, MemoryStore::new());
        let exported = text(&from).await;
        to.create(&project(9)).await.unwrap();
        let refused = import(&to, exported.as_slice(), false).await.unwrap_err().to_string();
        assert!(refused.contains("not empty"), "{refused}");
        import(&to, exported.as_slice(), true).await.unwrap();
        import(&to, exported.as_slice(), true).await.unwrap();
        assert_eq!(to.records(None, 9).await.unwrap().len(), 4);
        // What is there and differs is never overwritten, nor are its turns and its journal.
        let id = project(3).id;
        to.replace(&next(&project(3))).await.unwrap();
        to.erase(&id, None).await.unwrap();
        let refused = import(&to, exported.as_slice(), true).await.unwrap_err().to_string();
        assert!(refused.contains("project 3"), "{refused}");
        let all = TurnQuery { session: None, before: None, after: None, oldest_first: true, limit: 999 };
        assert_eq!(to.turns(&id, &all).await, Ok(Vec::new()));
        assert_eq!(to.read(&id, 0, usize::MAX).await.unwrap().batches, []);
    }

    #[tokio::test]
    async fn what_is_cut_short_or_newer_is_refused() {
        let exported = text(&full().await).await;
        let shown = String::from_utf8(exported).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        let cut = lines[..lines.len() - 1].join("\n");
        assert!(check(cut.as_bytes()).unwrap_err().to_string().contains("cut short"));
        let newer = shown.replacen("\"version\":1", "\"version\":2", 1);
        assert!(check(newer.as_bytes()).unwrap_err().to_string().contains("newer"));
        let mut less = lines.clone();
        less.remove(3);
        assert!(check(less.join("\n").as_bytes()).unwrap_err().to_string().contains("missing"));
        assert!(check(&b""[..]).is_err() && check(&b"{}"[..]).is_err());
    }
}
