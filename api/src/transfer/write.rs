use super::{Counts, Line, VERSION};
use anyhow::{Context as _, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use gaggle_core::{
    port::{Batch, Store, TurnQuery},
    record::SCHEMA,
};
use gaggle_shared::{InstanceId, ProjectId, Time, TurnId};
use std::io::Write;

/// Records, and turns, that are read at once.
const AT_ONCE: usize = 50;
/// About so many bytes of a journal are read at once.
const BYTES: usize = 1024 * 1024;

/// Writes all that a store holds.
///
/// # Errors
/// The store, or the writer.
pub async fn export(store: &dyn Store, mut to: impl Write) -> Result<Counts> {
    let instance = store.instance(InstanceId::new(Time::UNIX_EPOCH, rand::random())).await?;
    let mut out = |line: &Line| -> Result<()> {
        serde_json::to_writer(&mut to, line)?;
        to.write_all(b"\n").context("cannot write")
    };
    out(&Line::Gaggle { version: VERSION, schema: SCHEMA, instance })?;
    for (name, bytes) in store.kept().await? {
        out(&Line::Kept { name, base64: BASE64_STANDARD.encode(bytes) })?;
    }
    let (mut counts, mut after) = (Counts::default(), None::<ProjectId>);
    loop {
        let records = store.records(after.as_ref(), AT_ONCE).await?;
        let Some(last) = records.last() else { break };
        after = Some(last.id.clone());
        for record in records {
            counts.turns += turns(store, &record.id, &mut out).await?;
            counts.batches += journal(store, &record.id, &mut out).await?;
            counts.projects += 1;
            out(&Line::Project(Box::new(record)))?;
        }
    }
    out(&Line::End(counts))?;
    to.flush().context("cannot write")?;
    Ok(counts)
}

async fn turns(
    store: &dyn Store,
    project: &ProjectId,
    out: &mut impl FnMut(&Line) -> Result<()>,
) -> Result<u64> {
    let (mut count, mut after) = (0, None::<TurnId>);
    loop {
        let query = TurnQuery { session: None, before: None, after, oldest_first: true, limit: AT_ONCE };
        let turns = store.turns(project, &query).await?;
        let Some(last) = turns.last() else { return Ok(count) };
        after = Some(last.turn.id.clone());
        for turn in turns {
            count += 1;
            out(&Line::Turn(Box::new(turn)))?;
        }
    }
}

/// A store may know a higher cursor than its batches tell (of batches that were joined): the last one gets it.
async fn journal(
    store: &dyn Store,
    project: &ProjectId,
    out: &mut impl FnMut(&Line) -> Result<()>,
) -> Result<u64> {
    let (_, end) = store.journal_end(project).await?;
    let (mut count, mut after) = (0, 0);
    loop {
        let page = store.read(project, after, BYTES).await?;
        let last = page.batches.len();
        for (at, mut batch) in (1..).zip(page.batches) {
            after = Batch::last(&batch);
            if at == last && !page.more && end != Default::default() {
                batch.cursor = batch.cursor.max(Some(end));
            }
            count += 1;
            out(&Line::Batch { project: project.clone(), batch })?;
        }
        if !page.more {
            return Ok(count);
        }
    }
}
