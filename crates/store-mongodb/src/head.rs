use crate::pack::{pack, unpack};
use gaggle_core::port::StoreError;
use gaggle_core::record::ProjectRecord;
use gaggle_shared::Time;
use mongodb::bson::{Document, doc};

/// The document of a project: what is searched by, and its record.
///
/// `name` is missing in a tombstone and `key` where there is none, so that the unique indexes, which know only
/// documents that have them, leave room. `unsettled` is there only where it is true.
pub(crate) fn document(record: &ProjectRecord) -> Result<Document, StoreError> {
    let mut document = doc! {
        "_id": record.id.as_str(),
        "user": record.user.as_str(),
        "at": nanos(record.created_at),
        "phase": record.phase.phase().as_str(),
        "generation": whole(record.generation),
        "epoch": whole(record.lease.epoch),
        "record": pack(record)?,
    };
    if record.tombstone.is_none() {
        document.insert("name", record.name.as_str());
    }
    if let Some(entry) = &record.creation_key {
        document.insert("key", entry.key.as_str());
    }
    if record.unsettled() {
        document.insert("unsettled", true);
    }
    Ok(document)
}

/// The record in a project's document.
pub(crate) fn record(document: &Document) -> Result<ProjectRecord, StoreError> {
    unpack("project", document.get("record"))
}

/// Nanoseconds since 1970; years beyond 2262 are as good as 2262.
fn nanos(at: Time) -> i64 {
    let nanos = at.as_nanosecond();
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

/// BSON has signed numbers only. Ours count writes and events, and never come near the limit.
pub(crate) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
