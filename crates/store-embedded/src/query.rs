//! What each reading looks up, in one committed state.

use crate::batch;
use crate::error::{Trouble, unreadable};
use crate::head::{Head, record};
use crate::layout::{AGES, BATCHES, KEPT, KEYS, LAST, META, NAMES, PROJECTS, SESSIONS, TURNS, UNSETTLED};
use gaggle_core::port::{JournalPage, LinkCursor, ProjectQuery, TurnQuery};
use gaggle_core::record::{ProjectRecord, TurnRecord};
use gaggle_shared::{InstanceId, ProjectId, Seq, TurnId, UserId};
use redb::ReadTransaction;
use std::ops::Bound;

type Found<T> = Result<T, Trouble>;

pub(crate) fn instance(at: &ReadTransaction) -> Found<Option<InstanceId>> {
    let meta = at.open_table(META)?;
    let stored = meta.get("instance")?;
    stored.map(|id| InstanceId::parse(id.value()).map_err(|error| unreadable("instance", error))).transpose()
}

pub(crate) fn kept(at: &ReadTransaction) -> Found<Vec<(String, Vec<u8>)>> {
    let kept = at.open_table(KEPT)?;
    let read = |item: Result<(redb::AccessGuard<'_, &str>, redb::AccessGuard<'_, &[u8]>), _>| {
        let (name, bytes) = item?;
        Ok((name.value().to_owned(), bytes.value().to_owned()))
    };
    kept.range::<&str>(..)?.map(read).collect()
}

pub(crate) fn kept_under(at: &ReadTransaction, name: &str) -> Found<Option<Vec<u8>>> {
    Ok(at.open_table(KEPT)?.get(name)?.map(|bytes| bytes.value().to_owned()))
}

pub(crate) fn records(
    at: &ReadTransaction,
    after: Option<&ProjectId>,
    limit: usize,
) -> Found<Vec<ProjectRecord>> {
    let from = after.map_or(Bound::Unbounded, |id| Bound::Excluded(id.as_str()));
    let projects = at.open_table(PROJECTS)?;
    let found = projects.range::<&str>((from, Bound::Unbounded))?;
    found.take(limit).map(|item| record(item?.1.value())).collect()
}

/// The number of the last transaction.
pub(crate) fn commit(at: &ReadTransaction) -> Found<u64> {
    let meta = at.open_table(META)?;
    let stored = meta.get("commit")?;
    stored.map_or(Ok(0), |number| number.value().parse().map_err(|error| unreadable("commit", error)))
}

pub(crate) fn project(at: &ReadTransaction, id: &str) -> Found<Option<ProjectRecord>> {
    at.open_table(PROJECTS)?.get(id)?.map(|value| record(value.value())).transpose()
}

pub(crate) fn created_under(at: &ReadTransaction, user: &UserId, key: &str) -> Found<Option<ProjectRecord>> {
    let keys = at.open_table(KEYS)?;
    match keys.get((user.as_str(), key))? {
        Some(id) => project(at, id.value()),
        None => Ok(None),
    }
}

pub(crate) fn list(at: &ReadTransaction, query: &ProjectQuery) -> Found<Vec<ProjectRecord>> {
    let projects = at.open_table(PROJECTS)?;
    let mark = match &query.after {
        Some(after) => projects.get(after.as_str())?.map(|value| Head::read(value.value())).transpose()?,
        None => None,
    };
    let mark = mark.zip(query.after.as_ref()).map(|(head, id)| (head.age(), id.as_str()));
    // A mark that is forgotten: ids sort by time too.
    let lost = query.after.as_ref().filter(|_| mark.is_none());
    let wanted = |age: i128, id: &str, phase: u8| {
        query.phase.is_none_or(|wanted| wanted as u8 == phase)
            && mark.is_none_or(|mark| (age, id) < mark)
            && lost.is_none_or(|lost| id < lost.as_str())
    };
    let user = query.user.as_str();
    if let Some(name) = &query.name {
        let names = at.open_table(NAMES)?;
        let Some(id) = names.get((user, name.as_str()))? else { return Ok(Vec::new()) };
        let Some(value) = projects.get(id.value())? else { return Ok(Vec::new()) };
        let head = Head::read(value.value())?;
        let hit = query.limit > 0 && wanted(head.age(), id.value(), head.phase as u8);
        return if hit { Ok(vec![record(value.value())?]) } else { Ok(Vec::new()) };
    }
    let ages = at.open_table(AGES)?;
    let end = mark.map_or((user, i128::MAX, LAST), |(age, id)| (user, age, id));
    let mut found = Vec::new();
    for item in ages.range((user, i128::MIN, "")..end)?.rev() {
        if found.len() >= query.limit {
            break;
        }
        let (key, phase) = item?;
        let (_, age, id) = key.value();
        if wanted(age, id, phase.value())
            && let Some(value) = projects.get(id)?
        {
            found.push(record(value.value())?);
        }
    }
    Ok(found)
}

pub(crate) fn unsettled(
    at: &ReadTransaction,
    after: Option<&ProjectId>,
    limit: usize,
) -> Found<Vec<ProjectId>> {
    let from = after.map_or(Bound::Unbounded, |id| Bound::Excluded(id.as_str()));
    let index = at.open_table(UNSETTLED)?;
    let parse = |id: &str| ProjectId::parse(id).map_err(|error| unreadable("project", error));
    index.range::<&str>((from, Bound::Unbounded))?.take(limit).map(|item| parse(item?.0.value())).collect()
}

pub(crate) fn living(at: &ReadTransaction, among: Vec<ProjectId>) -> Found<Vec<ProjectId>> {
    let projects = at.open_table(PROJECTS)?;
    let mut living = Vec::new();
    for id in among {
        if let Some(value) = projects.get(id.as_str())?
            && !Head::read(value.value())?.dead
        {
            living.push(id);
        }
    }
    Ok(living)
}

pub(crate) fn journal(at: &ReadTransaction, project: &str, after: Seq, bytes: usize) -> Found<JournalPage> {
    let batches = at.open_table(BATCHES)?;
    // The one that begins at or before `after` may reach beyond it.
    let start = batches.range((project, 0)..=(project, after))?.next_back().transpose()?;
    let start = start.map_or(0, |(key, _)| key.value().1);
    let mut page = JournalPage::default();
    let (mut seen, mut size) = (after, 0);
    for item in batches.range((project, start)..=(project, Seq::MAX))? {
        let (_, value) = item?;
        let last = batch::last(value.value());
        if last <= seen {
            continue;
        }
        let batch = batch::batch(value.value())?.after(std::mem::replace(&mut seen, last));
        let Some(batch) = batch else { continue };
        if size >= bytes && !page.batches.is_empty() {
            page.more = true;
            break;
        }
        size += batch::json(value.value()).len();
        page.batches.push(batch);
    }
    Ok(page)
}

pub(crate) fn journal_end(at: &ReadTransaction, project: &str) -> Found<(Seq, LinkCursor)> {
    let batches = at.open_table(BATCHES)?;
    let end = batches.range((project, 0)..=(project, Seq::MAX))?.next_back().transpose()?;
    Ok(end.map_or_else(Default::default, |(_, value)| {
        (batch::last(value.value()), batch::cursor(value.value()))
    }))
}

pub(crate) fn turn(at: &ReadTransaction, project: &str, turn: &TurnId) -> Found<Option<TurnRecord>> {
    at.open_table(TURNS)?.get((project, turn.as_str()))?.map(|value| turn_record(value.value())).transpose()
}

fn turn_record(value: &[u8]) -> Found<TurnRecord> {
    serde_json::from_slice(value).map_err(|error| unreadable("turn", error))
}

pub(crate) fn turns(at: &ReadTransaction, project: &str, query: &TurnQuery) -> Found<Vec<TurnRecord>> {
    let low = query.after.as_ref().map_or("", |id| id.as_str());
    let high = query.before.as_ref().map_or(LAST, |id| id.as_str());
    if low >= high {
        return Ok(Vec::new());
    }
    let turns = at.open_table(TURNS)?;
    if let Some(session) = &query.session {
        let sessions = at.open_table(SESSIONS)?;
        let session = session.as_str();
        let range = (Bound::Excluded((project, session, low)), Bound::Excluded((project, session, high)));
        let mut range = sessions.range::<(&str, &str, &str)>(range)?;
        let mut found = Vec::new();
        while found.len() < query.limit {
            let item = if query.oldest_first { range.next() } else { range.next_back() };
            let Some(item) = item else { break };
            if let Some(value) = turns.get((project, item?.0.value().2))? {
                found.push(turn_record(value.value())?);
            }
        }
        return Ok(found);
    }
    let range = (Bound::Excluded((project, low)), Bound::Excluded((project, high)));
    let mut range = turns.range::<(&str, &str)>(range)?;
    let mut found = Vec::new();
    while found.len() < query.limit {
        let item = if query.oldest_first { range.next() } else { range.next_back() };
        let Some(item) = item else { break };
        found.push(turn_record(item?.1.value())?);
    }
    Ok(found)
}
