//! Journals: one document per batch, `{_id: "project/first", project, first, last, cursor?, batch}`; numbers in `_id`
//! and `cursor` are hexadecimal with leading zeros, so that they sort.
//!
//! Where an operation changes several documents, what comes first leaves nothing but left-overs that reading skips.

use crate::error::{is_duplicate, told};
use crate::head::whole;
use crate::layout::SPAN;
use crate::pack::{pack, unpack};
use crate::run::collect;
use futures_util::TryStreamExt as _;
use gaggle_core::port::{Batch, JournalPage, LinkCursor, StoreError};
use gaggle_shared::Seq;
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use mongodb::options::Hint;

type Table = Collection<Document>;

/// Documents that the server sends at once while a journal is read.
const AT_ONCE: u32 = 16;

/// How often a reading begins again because the journal was being compacted under it.
const READINGS: usize = 8;

fn id(project: &str, first: Seq) -> String {
    format!("{project}/{first:016x}")
}

fn document(project: &str, batch: &Batch, cursor: Option<String>) -> Result<Document, StoreError> {
    let mut document = doc! {
        "_id": id(project, batch.first()),
        "project": project,
        "first": whole(batch.first()),
        "last": whole(batch.last()),
        "batch": pack(batch)?,
    };
    if let Some(cursor) = cursor {
        document.insert("cursor", cursor);
    }
    Ok(document)
}

fn stored(document: &Document) -> Result<Batch, StoreError> {
    unpack("journal", document.get("batch"))
}

fn shown(cursor: LinkCursor) -> String {
    format!("{:016x}{:016x}", cursor.incarnation, cursor.frame)
}

fn cursor(text: &str) -> Option<LinkCursor> {
    let number = |text: Option<&str>| u64::from_str_radix(text?, 16).ok();
    Some(LinkCursor { incarnation: number(text.get(..16))?, frame: number(text.get(16..))? })
}

fn by_span() -> Hint {
    Hint::Name(SPAN.to_owned())
}

/// First and last seq of a batch's document.
fn span(document: &Document) -> (i64, i64) {
    let number = |name| document.get_i64(name).unwrap_or_default();
    (number("first"), number("last"))
}

pub(crate) async fn append(table: &Table, project: &str, batch: &Batch) -> Result<(), StoreError> {
    match table.insert_one(document(project, batch, batch.cursor.map(shown))?).await {
        Ok(_) => Ok(()),
        Err(error) if is_duplicate(&error) => {
            let there = table.find_one(doc! { "_id": id(project, batch.first()) }).await;
            match there.map_err(|error| told(&error))?.as_ref().map(stored).transpose()? {
                Some(there) if there == *batch => Ok(()),
                _ => Err(StoreError::Conflict),
            }
        }
        Err(error) => Err(told(&error)),
    }
}

/// Reads a page. Several documents are not read at one instant: if a compaction went on meanwhile, what was seen may
/// be neither the old nor the new, so it is compared with what is there afterwards, and read again if it differs.
pub(crate) async fn read(
    table: &Table,
    project: &str,
    after: Seq,
    bytes: usize,
) -> Result<JournalPage, StoreError> {
    for _ in 0..READINGS {
        let (page, seen) = read_once(table, project, after, bytes).await?;
        if seen.is_empty() || seen == spans(table, project, after, &seen).await? {
            return Ok(page);
        }
    }
    Err(StoreError::Unavailable("the journal changes too fast to be read".into()))
}

/// A page, and the spans of all documents that were looked at, in their order.
async fn read_once(
    table: &Table,
    project: &str,
    after: Seq,
    bytes: usize,
) -> Result<(JournalPage, Vec<(i64, i64)>), StoreError> {
    let reach = doc! { "project": project, "last": { "$gt": whole(after) } };
    let found = table.find(reach).sort(doc! { "first": 1 }).hint(by_span()).batch_size(AT_ONCE).await;
    let mut found = found.map_err(|error| told(&error))?;
    let mut page = JournalPage::default();
    let (mut spans, mut seen, mut size) = (Vec::new(), after, 0);
    while let Some(document) = found.try_next().await.map_err(|error| told(&error))? {
        let (first, last) = span(&document);
        spans.push((first, last));
        let last = u64::try_from(last).unwrap_or_default();
        if last <= seen {
            continue;
        }
        let Some(batch) = stored(&document)?.after(std::mem::replace(&mut seen, last)) else { continue };
        if size >= bytes && !page.batches.is_empty() {
            page.more = true;
            break;
        }
        size += weight(&document);
        page.batches.push(batch);
    }
    Ok((page, spans))
}

/// About the bytes of a document's batch.
fn weight(document: &Document) -> usize {
    use mongodb::bson::Bson::{Binary, String};
    match document.get("batch") {
        Some(String(json)) => json.len(),
        Some(Binary(binary)) => binary.bytes.len(),
        _ => 0,
    }
}

/// What is there now where these were seen.
async fn spans(
    table: &Table,
    project: &str,
    after: Seq,
    seen: &[(i64, i64)],
) -> Result<Vec<(i64, i64)>, StoreError> {
    let end = seen.last().map_or(0, |(first, _)| *first);
    let reach = doc! { "project": project, "first": { "$lte": end }, "last": { "$gt": whole(after) } };
    let found = table
        .find(reach)
        .projection(doc! { "_id": 0, "first": 1, "last": 1 })
        .sort(doc! { "first": 1 })
        .hint(by_span())
        .await;
    let found = collect(found.map_err(|error| told(&error))?).await?;
    Ok(found.iter().map(span).collect())
}

/// The highest seq and cursor of the batches that are so.
async fn end_of(table: &Table, which: Document) -> Result<(Seq, Option<String>), StoreError> {
    let highest = doc! { "_id": null, "last": { "$max": "$last" }, "cursor": { "$max": "$cursor" } };
    let found = table
        .aggregate([doc! { "$match": which }, doc! { "$group": highest }])
        .hint(by_span())
        .await
        .map_err(|error| told(&error))?;
    let found = collect(found).await?;
    let Some(end) = found.first() else { return Ok((0, None)) };
    let last = u64::try_from(end.get_i64("last").unwrap_or_default()).unwrap_or_default();
    Ok((last, end.get_str("cursor").ok().map(str::to_owned)))
}

pub(crate) async fn end(table: &Table, project: &str) -> Result<(Seq, LinkCursor), StoreError> {
    let (last, highest) = end_of(table, doc! { "project": project }).await?;
    let highest = highest.map(|text| {
        cursor(&text).ok_or_else(|| StoreError::Corrupt(format!("journal: {text} is no cursor")))
    });
    Ok((last, highest.transpose()?.unwrap_or_default()))
}

/// The new one first; then what it stands for. Each only over what it stands for wholly: a server that was superseded
/// between its reading and this must not put what it read over what is more, nor bring back what was dropped.
pub(crate) async fn compact(table: &Table, project: &str, batch: &Batch) -> Result<(), StoreError> {
    let (first, last) = (whole(batch.first()), whole(batch.last()));
    let within =
        doc! { "project": project, "first": { "$gte": first, "$lte": last }, "last": { "$lte": last } };
    let (_, before) = end_of(table, within).await?;
    let cursor = batch.cursor.map(shown).max(before);
    let document = document(project, batch, cursor)?;
    let which = doc! { "_id": id(project, batch.first()), "last": { "$lte": last } };
    let done = table.replace_one(which, document).await.map_err(|error| told(&error))?;
    if done.matched_count == 0 {
        return Err(StoreError::Conflict);
    }
    let old = doc! { "project": project, "first": { "$gt": first, "$lte": last }, "last": { "$lte": last } };
    table.delete_many(old).hint(by_span()).await.map_err(|error| told(&error))?;
    Ok(())
}

/// The index is followed upwards, so the oldest go first.
pub(crate) async fn trim(table: &Table, project: &str, before: Seq) -> Result<(), StoreError> {
    let before = whole(before);
    let below = doc! { "project": project, "first": { "$lt": before }, "last": { "$lt": before } };
    table.delete_many(below).hint(by_span()).await.map_err(|error| told(&error))?;
    Ok(())
}

pub(crate) async fn erase(table: &Table, project: &str) -> Result<(), StoreError> {
    table.delete_many(doc! { "project": project }).await.map_err(|error| told(&error))?;
    Ok(())
}
