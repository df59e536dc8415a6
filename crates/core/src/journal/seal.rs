//! The end of what another server wrote. One that hung while its project was taken over may go on, and add what it had
//! in hand: later readers would see what earlier ones did not. So who takes over puts a seal under the very key that its
//! next batch has, over all seqs that it may still use. The store takes one of the two: what comes before the seal is
//! read by all, and what comes after it is refused, or lies below the seal, where nobody reads.

use crate::{
    port::{Batch, LinkCursor, Sealed, Store, StoreError},
    record::{Entry, ProjectRecord},
};
use gaggle_shared::Seq;

/// How often another batch may come first: one that streams adds twenty a second, a seal takes a few milliseconds.
const ATTEMPTS: usize = 20;

/// Nothing can come into a journal that ends here but what the record says happened: there is nothing to seal. So it is
/// of a project that rests, for its record gives the rest of its block back.
pub(crate) fn whole(record: &ProjectRecord, end: Seq) -> bool {
    let open = record.reserved.saturating_sub(end);
    // A deleted one's is erased, and erased once more when it is forgotten.
    record.tombstone.is_some() || open == missing(record, end).count() as u64
}

/// What the record says happened and is not in the journal.
fn missing(record: &ProjectRecord, end: Seq) -> impl Iterator<Item = &Entry> {
    record.outbox.iter().filter(move |entry| entry.event.seq > end)
}

/// Seals the journal of a project that was just taken over, if need be; gives its end. A server that dies before this
/// has done nothing, and the next one seals.
pub(crate) async fn seal(store: &dyn Store, record: &ProjectRecord) -> Result<(Seq, LinkCursor), StoreError> {
    for _ in 0..ATTEMPTS {
        let (end, cursor) = store.journal_end(&record.id).await?;
        if whole(record, end) {
            return Ok((end, cursor));
        }
        let sealed = Sealed { from: end + 1, to: record.reserved };
        let entries = missing(record, end).cloned().collect();
        match store.append(&record.id, &Batch { entries, cursor: None, sealed: Some(sealed) }).await {
            Ok(()) => return Ok((record.reserved, cursor)),
            // The other one's batch, or another's seal.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Unavailable("another server goes on writing the journal".into()))
}
