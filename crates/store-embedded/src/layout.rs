//! The tables of the file. A change here is a new layout: raise [`LAYOUT`] and add a step to `migrate`.

use redb::{Table, TableDefinition, WriteTransaction};

/// The layout this build reads and writes.
pub(crate) const LAYOUT: u32 = 2;

/// Sorts after every id.
pub(crate) const LAST: &str = "\u{10ffff}";

/// `layout`, `instance` and `commit`, as text.
pub(crate) const META: TableDefinition<'_, &str, &str> = TableDefinition::new("meta");
/// Name → small bytes of the whole instance. Since layout 2.
pub(crate) const KEPT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("kept");
/// Project → its head and record, see `head`.
pub(crate) const PROJECTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("projects");
/// (user, nanoseconds of creation, project) → phase; without tombstones. Lists read it backwards.
pub(crate) const AGES: TableDefinition<'_, (&str, i128, &str), u8> = TableDefinition::new("ages");
/// (user, name) → project; without tombstones.
pub(crate) const NAMES: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("names");
/// (user, creation key) → project.
pub(crate) const KEYS: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("keys");
/// The projects that need an eye.
pub(crate) const UNSETTLED: TableDefinition<'_, &str, ()> = TableDefinition::new("unsettled");
/// (project, first seq) → batch, see `batch`.
pub(crate) const BATCHES: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("batches");
/// (project, turn) → the turn's record as JSON.
pub(crate) const TURNS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("turns");
/// (project, session, turn): the turns of a session.
pub(crate) const SESSIONS: TableDefinition<'_, (&str, &str, &str), ()> = TableDefinition::new("sessions");

/// All tables, open for writing.
#[derive(Debug)]
pub(crate) struct Tables<'t> {
    pub(crate) meta: Table<'t, &'static str, &'static str>,
    pub(crate) kept: Table<'t, &'static str, &'static [u8]>,
    pub(crate) projects: Table<'t, &'static str, &'static [u8]>,
    pub(crate) ages: Table<'t, (&'static str, i128, &'static str), u8>,
    pub(crate) names: Table<'t, (&'static str, &'static str), &'static str>,
    pub(crate) keys: Table<'t, (&'static str, &'static str), &'static str>,
    pub(crate) unsettled: Table<'t, &'static str, ()>,
    pub(crate) batches: Table<'t, (&'static str, u64), &'static [u8]>,
    pub(crate) turns: Table<'t, (&'static str, &'static str), &'static [u8]>,
    pub(crate) sessions: Table<'t, (&'static str, &'static str, &'static str), ()>,
}

impl<'t> Tables<'t> {
    /// Opens them, and makes those that are missing.
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::TableError> {
        Ok(Self {
            meta: transaction.open_table(META)?,
            kept: transaction.open_table(KEPT)?,
            projects: transaction.open_table(PROJECTS)?,
            ages: transaction.open_table(AGES)?,
            names: transaction.open_table(NAMES)?,
            keys: transaction.open_table(KEYS)?,
            unsettled: transaction.open_table(UNSETTLED)?,
            batches: transaction.open_table(BATCHES)?,
            turns: transaction.open_table(TURNS)?,
            sessions: transaction.open_table(SESSIONS)?,
        })
    }
}
