//! Records: each operation is one write of one document, conditional on what it replaces.

use crate::error::{is_duplicate, told};
use crate::head::{document, record, whole};
use crate::run::collect;
use gaggle_core::port::{ProjectQuery, StoreError};
use gaggle_core::record::ProjectRecord;
use gaggle_shared::ProjectId;
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};

type Table = Collection<Document>;

pub(crate) async fn create(table: &Table, record: &ProjectRecord) -> Result<(), StoreError> {
    match table.insert_one(document(record)?).await {
        Ok(_) => Ok(()),
        Err(error) if is_duplicate(&error) => Err(refused(table, record, true).await?),
        Err(error) => Err(told(&error)),
    }
}

pub(crate) async fn replace(table: &Table, record: &ProjectRecord) -> Result<(), StoreError> {
    let Some(before) = record.generation.checked_sub(1) else { return Err(StoreError::Conflict) };
    // A server that was superseded has a lower epoch; its write must not pass even if it guessed the generation.
    let expected = doc! {
        "_id": record.id.as_str(),
        "generation": whole(before),
        "epoch": { "$lte": whole(record.lease.epoch) },
    };
    match table.replace_one(expected, document(record)?).await {
        Ok(done) if done.matched_count == 1 => Ok(()),
        Ok(_) => Err(StoreError::Conflict),
        Err(error) if is_duplicate(&error) => Err(refused(table, record, false).await?),
        Err(error) => Err(told(&error)),
    }
}

/// Which rule a record breaks that a unique index has refused. A creation key comes before the name, since a
/// repeated call has both.
async fn refused(table: &Table, record: &ProjectRecord, new: bool) -> Result<StoreError, StoreError> {
    let mut rivals = Vec::new();
    if new {
        rivals.push(doc! { "_id": record.id.as_str() });
    }
    if let Some(entry) = &record.creation_key {
        rivals.push(doc! {
            "user": record.user.as_str(),
            "key": entry.key.as_str(),
            "_id": { "$ne": record.id.as_str() },
        });
    }
    for rival in rivals {
        if table.find_one(rival).projection(doc! { "_id": 1 }).await.map_err(|error| told(&error))?.is_some()
        {
            return Ok(StoreError::Conflict);
        }
    }
    Ok(StoreError::NameTaken)
}

pub(crate) async fn forget(table: &Table, project: &str, generation: u64) -> Result<(), StoreError> {
    let seen = doc! { "_id": project, "generation": whole(generation) };
    let done = table.delete_one(seen).await.map_err(|error| told(&error))?;
    if done.deleted_count == 1 || find(table, doc! { "_id": project }).await?.is_none() {
        return Ok(());
    }
    Err(StoreError::Conflict)
}

/// The record of the one document that is so.
pub(crate) async fn find(table: &Table, which: Document) -> Result<Option<ProjectRecord>, StoreError> {
    let found = table.find_one(which).await.map_err(|error| told(&error))?;
    found.as_ref().map(record).transpose()
}

pub(crate) async fn list(table: &Table, query: &ProjectQuery) -> Result<Vec<ProjectRecord>, StoreError> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let name = query.name.as_ref().map_or(Bson::from(doc! { "$exists": true }), Bson::from);
    let mut which = doc! { "user": query.user.as_str(), "name": name };
    if let Some(phase) = query.phase {
        which.insert("phase", phase.as_str());
    }
    if let Some(after) = &query.after {
        let after = after.as_str();
        let mark = table.find_one(doc! { "_id": after }).projection(doc! { "at": 1 }).await;
        let mark = mark.map_err(|error| told(&error))?;
        match mark.and_then(|mark| mark.get_i64("at").ok()) {
            Some(at) => which.insert(
                "$or",
                vec![doc! { "at": { "$lt": at } }, doc! { "at": at, "_id": { "$lt": after } }],
            ),
            // Forgotten meanwhile: ids sort by time too.
            None => which.insert("_id", doc! { "$lt": after }),
        };
    }
    let found = table.find(which).sort(doc! { "at": -1, "_id": -1 }).limit(limit(query.limit)).await;
    let found = collect(found.map_err(|error| told(&error))?).await?;
    found.iter().map(record).collect()
}

pub(crate) async fn unsettled(
    table: &Table,
    after: Option<&ProjectId>,
    most: usize,
) -> Result<Vec<ProjectId>, StoreError> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let mut which = doc! { "unsettled": true };
    which.extend(beyond(after));
    let found = table.find(which).projection(doc! { "_id": 1 }).sort(doc! { "_id": 1 }).limit(limit(most));
    ids(&collect(found.await.map_err(|error| told(&error))?).await?)
}

/// A tombstone has no name.
pub(crate) async fn living(table: &Table, among: &[ProjectId]) -> Result<Vec<ProjectId>, StoreError> {
    let among: Vec<&str> = among.iter().map(ProjectId::as_str).collect();
    let found = table
        .find(doc! { "_id": { "$in": among }, "name": { "$exists": true } })
        .projection(doc! { "_id": 1 });
    ids(&collect(found.await.map_err(|error| told(&error))?).await?)
}

fn ids(found: &[Document]) -> Result<Vec<ProjectId>, StoreError> {
    let parse = |document: &Document| {
        let id = document.get_str("_id").unwrap_or_default();
        ProjectId::parse(id).map_err(|error| StoreError::Corrupt(format!("project: {error}")))
    };
    found.iter().map(parse).collect()
}

pub(crate) async fn records(
    table: &Table,
    after: Option<&ProjectId>,
    most: usize,
) -> Result<Vec<ProjectRecord>, StoreError> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let found = table.find(beyond(after)).sort(doc! { "_id": 1 }).limit(limit(most)).await;
    let found = collect(found.map_err(|error| told(&error))?).await?;
    found.iter().map(record).collect()
}

fn beyond(after: Option<&ProjectId>) -> Document {
    after.map_or_else(Document::new, |after| doc! { "_id": { "$gt": after.as_str() } })
}

/// As MongoDB counts; 0 would mean no limit at all.
pub(crate) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
