//! What each write does to the tables. Each checks first and changes afterwards, so that one that is refused
//! has changed nothing and the others in its transaction are untouched.

use crate::batch::{self, Packed};
use crate::error::Trouble;
use crate::head::{Filed, Head};
use crate::layout::{LAST, Tables};
use crate::op::Op;
use gaggle_core::port::{LinkCursor, StoreError};
use gaggle_shared::Seq;
use redb::ReadableTable;

/// Whether anything was changed.
type Changed = bool;

pub(crate) fn apply(tables: &mut Tables<'_>, op: &Op) -> Result<Changed, Trouble> {
    match op {
        Op::Instance(proposal) => {
            if tables.meta.get("instance")?.is_some() {
                return Ok(false);
            }
            tables.meta.insert("instance", proposal.as_str())?;
            Ok(true)
        }
        Op::Keep { name, bytes } => {
            if tables.kept.get(name.as_str())?.is_some() {
                return Ok(false);
            }
            tables.kept.insert(name.as_str(), bytes.as_slice())?;
            Ok(true)
        }
        Op::Create(filed) => create(tables, filed),
        Op::Replace(filed) => replace(tables, filed),
        Op::Forget { project, generation } => forget(tables, project.as_str(), *generation),
        Op::Append { project, batch } => append(tables, project.as_str(), batch),
        Op::Compact { project, batch } => put(tables, project.as_str(), batch),
        Op::Trim { project, before } => trim(tables, project.as_str(), *before),
        Op::Turn { project, session, turn, json } => {
            let key = (project.as_str(), turn.as_str());
            if tables.turns.get(key)?.is_some_and(|stored| stored.value() == json.as_slice()) {
                return Ok(false);
            }
            tables.turns.insert(key, json.as_slice())?;
            tables.sessions.insert((project.as_str(), session.as_str(), turn.as_str()), ())?;
            Ok(true)
        }
        Op::Erase { project, session: Some(session) } => {
            erase_session(tables, project.as_str(), session.as_str())
        }
        Op::Erase { project, session: None } => erase(tables, project.as_str()),
        Op::Check => Ok(true),
    }
}

fn create(tables: &mut Tables<'_>, filed: &Filed) -> Result<Changed, Trouble> {
    if tables.projects.get(filed.id.as_str())?.is_some() {
        return Err(Trouble::Refused(StoreError::Conflict));
    }
    file(tables, filed, None)
}

fn replace(tables: &mut Tables<'_>, filed: &Filed) -> Result<Changed, Trouble> {
    let old = stored_head(tables, filed.id.as_str())?;
    match old {
        Some(old) if old.generation.checked_add(1) == Some(filed.head.generation) => {
            file(tables, filed, Some(&old))
        }
        _ => Err(Trouble::Refused(StoreError::Conflict)),
    }
}

fn forget(tables: &mut Tables<'_>, id: &str, generation: u64) -> Result<Changed, Trouble> {
    let Some(old) = stored_head(tables, id)? else { return Ok(false) };
    if old.generation != generation {
        return Err(Trouble::Refused(StoreError::Conflict));
    }
    unindex(tables, id, &old)?;
    tables.projects.remove(id)?;
    Ok(true)
}

fn stored_head(tables: &Tables<'_>, id: &str) -> Result<Option<Head>, Trouble> {
    tables.projects.get(id)?.map(|value| Head::read(value.value())).transpose()
}

/// Puts a record and its index entries in the place of the old ones.
fn file(tables: &mut Tables<'_>, filed: &Filed, old: Option<&Head>) -> Result<Changed, Trouble> {
    let (id, head) = (filed.id.as_str(), &filed.head);
    if let Some(key) = &head.key
        && tables.keys.get((head.user.as_str(), key.as_str()))?.is_some_and(|holder| holder.value() != id)
    {
        return Err(Trouble::Refused(StoreError::Conflict));
    }
    let name = (head.user.as_str(), head.name.as_str());
    if !head.dead && tables.names.get(name)?.is_some_and(|holder| holder.value() != id) {
        return Err(Trouble::Refused(StoreError::NameTaken));
    }
    let same = |old: &Head| Head { generation: head.generation, ..old.clone() } == *head;
    if !old.is_some_and(same) {
        if let Some(old) = old {
            unindex(tables, id, old)?;
        }
        index(tables, id, head)?;
    }
    tables.projects.insert(id, filed.value.as_slice())?;
    Ok(true)
}

fn index(tables: &mut Tables<'_>, id: &str, head: &Head) -> Result<(), Trouble> {
    if !head.dead {
        tables.names.insert((head.user.as_str(), head.name.as_str()), id)?;
        tables.ages.insert((head.user.as_str(), head.age(), id), head.phase as u8)?;
    }
    if let Some(key) = &head.key {
        tables.keys.insert((head.user.as_str(), key.as_str()), id)?;
    }
    if head.unsettled {
        tables.unsettled.insert(id, ())?;
    }
    Ok(())
}

fn unindex(tables: &mut Tables<'_>, id: &str, head: &Head) -> Result<(), Trouble> {
    if !head.dead {
        tables.names.remove((head.user.as_str(), head.name.as_str()))?;
        tables.ages.remove((head.user.as_str(), head.age(), id))?;
    }
    if let Some(key) = &head.key {
        tables.keys.remove((head.user.as_str(), key.as_str()))?;
    }
    if head.unsettled {
        tables.unsettled.remove(id)?;
    }
    Ok(())
}

fn append(tables: &mut Tables<'_>, project: &str, batch: &Packed) -> Result<Changed, Trouble> {
    if let Some(stored) = tables.batches.get((project, batch.first))? {
        let same = batch::json(stored.value()) == batch.json();
        return if same { Ok(false) } else { Err(Trouble::Refused(StoreError::Conflict)) };
    }
    let reach = before(tables, project, batch.first)?.map_or(0, |(last, _)| last);
    if reach >= batch.last {
        return Ok(false);
    }
    let covered = starts(tables, project, batch.first, batch.last, |last| last <= batch.last)?;
    put_over(tables, project, batch, &covered)
}

/// Puts a batch in the place of all that lie within it.
fn put(tables: &mut Tables<'_>, project: &str, batch: &Packed) -> Result<Changed, Trouble> {
    let within = starts(tables, project, batch.first, batch.last, |last| last <= batch.last)?;
    if within.first() != Some(&batch.first) {
        return Err(Trouble::Refused(StoreError::Conflict));
    }
    put_over(tables, project, batch, &within)
}

fn put_over(
    tables: &mut Tables<'_>,
    project: &str,
    batch: &Packed,
    gone: &[Seq],
) -> Result<Changed, Trouble> {
    let earlier = before(tables, project, batch.first)?.map_or(LinkCursor::default(), |(_, cursor)| cursor);
    let mut highest = earlier;
    for first in gone {
        if let Some(old) = tables.batches.remove((project, *first))? {
            highest = highest.max(batch::cursor(old.value()));
        }
    }
    let value = batch.value_after(highest);
    tables.batches.insert((project, batch.first), value.as_slice())?;
    raise_cursors(tables, project, batch.first, batch::cursor(&value))?;
    Ok(true)
}

/// Sees to it that later batches know this cursor too. There are none, as a rule.
fn raise_cursors(
    tables: &mut Tables<'_>,
    project: &str,
    first: Seq,
    cursor: LinkCursor,
) -> Result<(), Trouble> {
    let mut lower = Vec::new();
    for item in tables.batches.range((project, first.saturating_add(1))..=(project, Seq::MAX))? {
        let (key, value) = item?;
        if batch::cursor(value.value()) >= cursor {
            break;
        }
        lower.push((key.value().1, batch::with_cursor(value.value(), cursor)));
    }
    for (first, value) in lower {
        tables.batches.insert((project, first), value.as_slice())?;
    }
    Ok(())
}

/// The reach and cursor of the batch before this seq.
fn before(tables: &Tables<'_>, project: &str, first: Seq) -> Result<Option<(Seq, LinkCursor)>, Trouble> {
    let found = tables.batches.range((project, 0)..(project, first))?.next_back().transpose()?;
    Ok(found.map(|(_, value)| (batch::last(value.value()), batch::cursor(value.value()))))
}

/// The first seqs of the batches that begin within and whose last seq is as wanted.
fn starts(
    tables: &Tables<'_>,
    project: &str,
    first: Seq,
    last: Seq,
    wanted: impl Fn(Seq) -> bool,
) -> Result<Vec<Seq>, Trouble> {
    let mut found = Vec::new();
    for item in tables.batches.range((project, first)..=(project, last))? {
        let (key, value) = item?;
        if wanted(batch::last(value.value())) {
            found.push(key.value().1);
        }
    }
    Ok(found)
}

fn trim(tables: &mut Tables<'_>, project: &str, before: Seq) -> Result<Changed, Trouble> {
    let mut gone = Vec::new();
    for item in tables.batches.range((project, 0)..(project, before))? {
        let (key, value) = item?;
        if batch::last(value.value()) >= before {
            break;
        }
        gone.push(key.value().1);
    }
    for first in &gone {
        tables.batches.remove((project, *first))?;
    }
    Ok(!gone.is_empty())
}

fn erase_session(tables: &mut Tables<'_>, project: &str, session: &str) -> Result<Changed, Trouble> {
    let mut gone = Vec::new();
    for item in tables.sessions.range((project, session, "")..=(project, session, LAST))? {
        gone.push(item?.0.value().2.to_owned());
    }
    for turn in &gone {
        tables.turns.remove((project, turn.as_str()))?;
        tables.sessions.remove((project, session, turn.as_str()))?;
    }
    Ok(!gone.is_empty())
}

fn erase(tables: &mut Tables<'_>, project: &str) -> Result<Changed, Trouble> {
    let mut gone = 0usize;
    let mut drop_it = || {
        gone += 1;
        false
    };
    tables.turns.retain_in((project, "")..=(project, LAST), |_, _| drop_it())?;
    tables.sessions.retain_in((project, "", "")..=(project, LAST, LAST), |_, ()| drop_it())?;
    tables.batches.retain_in((project, 0)..=(project, Seq::MAX), |_, _| drop_it())?;
    Ok(gone > 0)
}
