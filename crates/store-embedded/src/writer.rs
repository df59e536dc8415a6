//! The one thread that writes: it takes all that waits into one transaction with one fsync.

use crate::apply::apply;
use crate::error::Trouble;
use crate::layout::Tables;
use crate::op::{Ask, Job, Op};
use crate::query;
use crate::shared::Shared;
use gaggle_core::port::StoreError;
use redb::Database;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::sync::mpsc;

/// At most so many writes in one transaction …
const GROUP: usize = 256;
/// … and about so many bytes.
const GROUP_BYTES: usize = 16 * 1024 * 1024;

/// Starts the thread. It ends once it is told to and nothing waits.
pub(crate) fn start(
    shared: Arc<Shared>,
    queue: mpsc::UnboundedReceiver<Ask>,
) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name("store-writer".into()).spawn(move || run(&shared, queue))
}

fn run(shared: &Shared, mut queue: mpsc::UnboundedReceiver<Ask>) {
    while let Some(ask) = if shared.is_ending() { queue.try_recv().ok() } else { queue.blocking_recv() } {
        let mut group = Vec::new();
        let mut bytes = 0;
        let mut next = Some(ask);
        while let Some(ask) = next {
            match ask {
                Ask::Write(job) => {
                    bytes += job.op.size();
                    group.push(job);
                }
                Ask::Heal | Ask::Wake => {}
                #[cfg(test)]
                Ask::Stall(until) => drop(until.recv()),
            }
            next = if group.len() < GROUP && bytes < GROUP_BYTES { queue.try_recv().ok() } else { None };
        }
        store(shared, group);
    }
}

/// Stores a group of writes and answers each.
fn store(shared: &Shared, group: Vec<Job>) {
    if shared.is_failing()
        && let Err(error) = shared.reopen()
    {
        return group.into_iter().for_each(|job| answer(job, Err(error.clone())));
    }
    let ops: Vec<&Op> = group.iter().map(|job| &job.op).collect();
    if ops.is_empty() {
        return;
    }
    let outcome = together(shared, &ops);
    match outcome {
        Ok(answers) => group.into_iter().zip(answers).for_each(|(job, result)| answer(job, result)),
        // Without room for all there may be room for some; and one that is too large must not fail the others.
        Err(StoreError::Full(_)) if group.len() > 1 => {
            for job in group {
                store(shared, vec![job]);
            }
        }
        Err(error) => group.into_iter().for_each(|job| answer(job, Err(error.clone()))),
    }
}

fn answer(job: Job, result: Result<(), StoreError>) {
    // Nobody waits any more: the write was made all the same.
    let _ = job.answer.send(result);
}

/// Stores a group in one transaction: an answer for each write, or the one error that nothing was stored for.
fn together(shared: &Shared, ops: &[&Op]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    let before = shared.read(query::commit)?;
    let failed = match shared.with(|database| transact(database, ops, before + 1)) {
        Ok(answers) => return Ok(answers),
        Err(failed) => failed.told(),
    };
    tracing::warn!(error = %failed, writes = ops.len(), "the store could not write");
    if !shared.is_failing() {
        return Err(failed);
    }
    // A failed transaction may have taken effect all the same; only the file knows.
    shared.reopen().map_err(unknown)?;
    match shared.read(query::commit) {
        Ok(now) if now == before => Err(failed),
        Ok(_) => Err(unknown(failed)),
        Err(error) => Err(unknown(error)),
    }
}

/// `Full` promises that nothing was changed. Where that is not known it is `Unavailable`.
fn unknown(error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(_) => error,
        other => StoreError::Unavailable(other.to_string()),
    }
}

type Answers = Vec<Result<(), StoreError>>;

fn transact(database: &Database, ops: &[&Op], number: u64) -> Result<Answers, Trouble> {
    let transaction = database.begin_write()?;
    let mut answers = Vec::with_capacity(ops.len());
    let mut changed = false;
    let mut tables = Tables::open(&transaction)?;
    for op in ops {
        match apply(&mut tables, op) {
            Ok(did) => {
                changed |= did;
                answers.push(Ok(()));
            }
            Err(Trouble::Refused(error)) => answers.push(Err(error)),
            Err(broken) => return Err(broken),
        }
    }
    if changed {
        tables.meta.insert("commit", number.to_string().as_str())?;
        drop(tables);
        transaction.commit()?;
    } else {
        drop(tables);
        transaction.abort()?;
    }
    Ok(answers)
}
