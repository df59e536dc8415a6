use gaggle_core::port::{Batch, JournalPage, LinkCursor};
use gaggle_shared::Seq;
use std::collections::BTreeMap;

/// A project's journal in memory: batches by their first seq, each with the highest cursor up to it.
#[derive(Debug, Default)]
pub(super) struct Journal {
    batches: BTreeMap<Seq, (Batch, LinkCursor)>,
}

impl Journal {
    /// The batch under this seq.
    pub(super) fn get(&self, first: Seq) -> Option<&Batch> {
        self.batches.get(&first).map(|(batch, _)| batch)
    }

    pub(super) fn put(&mut self, batch: &Batch) {
        let first = batch.first();
        let before = self.batches.range(..=first).next_back().map(|(_, (_, cursor))| *cursor);
        let mut cursor = before.unwrap_or_default().max(batch.cursor.unwrap_or_default());
        self.batches.insert(first, (batch.clone(), cursor));
        for (_, running) in self.batches.range_mut(first..).map(|(_, kept)| kept) {
            cursor = cursor.max(*running);
            *running = cursor;
        }
    }

    pub(super) fn remove(&mut self, first: Seq) {
        self.batches.remove(&first);
    }

    /// First seqs of the batches that lie within, without the first of them all.
    pub(super) fn within(&self, first: Seq, last: Seq) -> Vec<Seq> {
        let within = self.batches.iter().filter(|(key, (batch, _))| **key > first && batch.last() <= last);
        within.map(|(key, _)| *key).collect()
    }

    /// First seqs of the batches that end below `before`, oldest first.
    pub(super) fn ended_below(&self, before: Seq) -> Vec<Seq> {
        self.batches.iter().filter(|(_, (batch, _))| batch.last() < before).map(|(first, _)| *first).collect()
    }

    pub(super) fn end(&self) -> (Seq, LinkCursor) {
        let seq = self.batches.values().map(|(batch, _)| batch.last()).max().unwrap_or_default();
        (seq, self.batches.values().map(|(_, cursor)| *cursor).max().unwrap_or_default())
    }

    pub(super) fn read(&self, after: Seq, bytes: usize) -> JournalPage {
        let mut page = JournalPage::default();
        let mut seen: Seq = 0;
        let mut size = 0;
        for (batch, _) in self.batches.values() {
            let left_over = batch.last() <= seen;
            let from = seen.max(after);
            seen = seen.max(batch.last());
            if left_over || batch.last() <= after {
                continue;
            }
            let Some(batch) = batch.clone().after(from) else { continue };
            if size >= bytes && !page.batches.is_empty() {
                page.more = true;
                break;
            }
            size += serde_json::to_vec(&batch.entries).map_or(0, |json| json.len());
            page.batches.push(batch);
        }
        page
    }
}
