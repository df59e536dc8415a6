//! Ended turns: `{_id: "project/turn", project, session, turn}`.

use crate::error::told;
use crate::pack::{pack, unpack};
use crate::projects::limit;
use crate::run::collect;
use gaggle_core::port::{StoreError, TurnQuery};
use gaggle_core::record::TurnRecord;
use mongodb::Collection;
use mongodb::bson::{Document, doc};

type Table = Collection<Document>;

fn id(project: &str, turn: &str) -> String {
    format!("{project}/{turn}")
}

fn record(document: &Document) -> Result<TurnRecord, StoreError> {
    unpack("turn", document.get("turn"))
}

pub(crate) async fn put(table: &Table, turn: &TurnRecord) -> Result<(), StoreError> {
    let project = turn.project.as_str();
    let id = id(project, turn.turn.id.as_str());
    let document = doc! {
        "_id": &id,
        "project": project,
        "session": turn.turn.session_id.as_str(),
        "turn": pack(turn)?,
    };
    table.replace_one(doc! { "_id": id }, document).upsert(true).await.map_err(|error| told(&error))?;
    Ok(())
}

pub(crate) async fn one(table: &Table, project: &str, turn: &str) -> Result<Option<TurnRecord>, StoreError> {
    let found = table.find_one(doc! { "_id": id(project, turn) }).await.map_err(|error| told(&error))?;
    found.as_ref().map(record).transpose()
}

pub(crate) async fn many(
    table: &Table,
    project: &str,
    query: &TurnQuery,
) -> Result<Vec<TurnRecord>, StoreError> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let low = id(project, query.after.as_ref().map_or("", |turn| turn.as_str()));
    // '0' follows '/', so this is beyond all of the project's.
    let high = query.before.as_ref().map_or_else(|| format!("{project}0"), |turn| id(project, turn.as_str()));
    let mut which = doc! { "_id": { "$gt": low, "$lt": high } };
    if let Some(session) = &query.session {
        which.insert("project", project);
        which.insert("session", session.as_str());
    }
    let order = if query.oldest_first { 1 } else { -1 };
    let found = table.find(which).sort(doc! { "_id": order }).limit(limit(query.limit)).await;
    let found = collect(found.map_err(|error| told(&error))?).await?;
    found.iter().map(record).collect()
}

/// Those of one session, or all of them.
pub(crate) async fn erase(table: &Table, project: &str, session: Option<&str>) -> Result<(), StoreError> {
    let mut which = doc! { "project": project };
    if let Some(session) = session {
        which.insert("session", session);
    }
    table.delete_many(which).await.map_err(|error| told(&error))?;
    Ok(())
}
