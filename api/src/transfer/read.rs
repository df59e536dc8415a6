use super::{Counts, Line, VERSION};
use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use gaggle_core::{
    port::{Store, StoreError},
    record::{ProjectRecord, SCHEMA},
};
use std::{collections::HashMap, io::BufRead};

/// Reads all lines without storing anything: whether they can be read and none is missing.
///
/// # Errors
/// The first line that is not as it should be, with its number.
pub fn check(from: impl BufRead) -> Result<Counts> {
    let mut lines = Lines::of(from);
    while lines.next()?.is_some() {}
    lines.end()
}

/// Stores all lines. Unless `add`, the store must be empty; what is there already and equal is left as it is.
///
/// # Errors
/// Lines that cannot be read, a store that is not empty, a project that is there and differs, or the store.
pub async fn import(store: &dyn Store, from: impl BufRead, add: bool) -> Result<Counts> {
    let empty = store.records(None, 1).await?.is_empty() && store.kept().await?.is_empty();
    if !empty && !add {
        bail!("the store is not empty; --add adds to what is there");
    }
    let mut lines = Lines::of(from);
    // Of a project that is there nothing is written: its line, which comes last, says whether it differs.
    let mut there = HashMap::new();
    while let Some(line) = lines.next()? {
        let of = match &line {
            Line::Turn(turn) => Some(&turn.project),
            Line::Batch { project, .. } => Some(project),
            _ => None,
        };
        if let Some(project) = of {
            if !there.contains_key(project) {
                there.insert(project.clone(), store.load(project).await?.is_some());
            }
            if there.get(project).is_some_and(|there| *there) {
                continue;
            }
        }
        match line {
            Line::Gaggle { instance, .. } => {
                let stored = store.instance(instance.clone()).await?;
                if stored != instance && !add {
                    bail!("a server has used this store already, as another instance; --add adds to it");
                }
            }
            Line::Kept { name, base64 } => {
                let bytes = BASE64_STANDARD.decode(base64).with_context(|| format!("{name} is no base64"))?;
                store.keep(&name, &bytes).await?;
            }
            Line::Turn(turn) => store.put_turn(&turn).await?,
            Line::Batch { project, batch } => store
                .append(&project, &batch)
                .await
                .with_context(|| format!("the journal of project {project} at {}", batch.first()))?,
            Line::Project(record) => create(store, &record).await?,
            Line::End(_) => {}
        }
    }
    lines.end()
}

async fn create(store: &dyn Store, record: &ProjectRecord) -> Result<()> {
    let named = || format!("project {} of {} ({})", record.name, record.user, record.id);
    match store.create(record).await {
        Err(StoreError::Conflict) => match store.load(&record.id).await? {
            Some(there) if there == *record => Ok(()),
            Some(_) => bail!("{} is there already and differs", named()),
            None => bail!("{}: its creation key is used by another project", named()),
        },
        other => other.with_context(named),
    }
}

/// Lines with their rules: the header first, the count last.
struct Lines<R> {
    lines: std::io::Lines<R>,
    number: u64,
    seen: Counts,
    end: Option<Counts>,
}

impl<R: BufRead> Lines<R> {
    fn of(from: R) -> Self {
        Self { lines: from.lines(), number: 0, seen: Counts::default(), end: None }
    }

    fn next(&mut self) -> Result<Option<Line>> {
        let Some(text) = self.lines.next() else { return Ok(None) };
        self.number += 1;
        let at = || format!("line {}", self.number);
        let line = serde_json::from_str(&text.with_context(at)?).with_context(at)?;
        match &line {
            Line::Gaggle { version, schema, .. } if *version > VERSION || *schema > SCHEMA => {
                bail!("a newer version of Gaggle wrote this");
            }
            Line::Gaggle { .. } if self.number == 1 => {}
            _ if self.number == 1 => {
                bail!("this is no export of Gaggle: its first line must name the version")
            }
            _ if self.end.is_some() => bail!("line {} comes after the end", self.number),
            Line::Gaggle { .. } => bail!("line {} begins another export", self.number),
            Line::Kept { .. } => {}
            Line::Turn(_) => self.seen.turns += 1,
            Line::Batch { .. } => self.seen.batches += 1,
            Line::Project(_) => self.seen.projects += 1,
            Line::End(counts) => self.end = Some(*counts),
        }
        Ok(Some(line))
    }

    fn end(&self) -> Result<Counts> {
        match self.end {
            None => bail!("it is cut short: the line that counts the others is not there"),
            Some(end) if end != self.seen => {
                bail!("lines are missing: {end:?} were written, {:?} are here", self.seen)
            }
            Some(end) => Ok(end),
        }
    }
}
