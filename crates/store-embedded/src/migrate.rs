use crate::error::OpenError;
use crate::layout::{KEPT, META, Tables};
use redb::{Database, ReadableTable, WriteTransaction};
use std::path::Path;

/// Brings a file from one layout to the next.
pub(crate) type Step = fn(&WriteTransaction) -> Result<(), redb::Error>;

/// `STEPS[n]` leads from layout `n + 1` to `n + 2`.
pub(crate) const STEPS: &[Step] = &[make_kept];

/// Layout 2 has a table for what the instance keeps. A reader does not make tables, so it is made here.
fn make_kept(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(KEPT)?;
    Ok(())
}

/// Brings the file to the layout of this build: each step in one transaction with the note that it was taken.
/// A new file gets all tables.
pub(crate) fn migrate(database: &Database, path: &Path, steps: &[Step]) -> Result<(), OpenError> {
    let known = steps.len() as u32 + 1;
    loop {
        match once(database, steps)
            .map_err(|source| OpenError::Broken { path: path.to_owned(), source: source.into() })?
        {
            At::Here => return Ok(()),
            At::Moved => {}
            At::Beyond(found) => return Err(OpenError::Newer { path: path.to_owned(), found, known }),
        }
    }
}

enum At {
    Here,
    Moved,
    Beyond(u32),
}

fn once(database: &Database, steps: &[Step]) -> Result<At, redb::Error> {
    let known = steps.len() as u32 + 1;
    let transaction = database.begin_write()?;
    let stored = transaction.open_table(META)?.get("layout")?.map(|text| text.value().parse::<u32>());
    let layout = match stored {
        None => {
            drop(Tables::open(&transaction)?);
            known
        }
        Some(Err(error)) => return Err(redb::Error::Corrupted(format!("layout: {error}"))),
        Some(Ok(layout)) if layout == known => return Ok(At::Here),
        Some(Ok(layout)) => match (layout as usize).checked_sub(1).and_then(|at| steps.get(at)) {
            None => return Ok(At::Beyond(layout)),
            Some(step) => {
                step(&transaction)?;
                layout + 1
            }
        },
    };
    transaction.open_table(META)?.insert("layout", layout.to_string().as_str())?;
    transaction.commit()?;
    tracing::info!(layout, "the store has a new layout");
    Ok(At::Moved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::LAYOUT;
    use redb::{ReadableDatabase, TableDefinition, backends::InMemoryBackend};

    const NOTES: TableDefinition<'_, &str, &str> = TableDefinition::new("notes");

    fn empty() -> Database {
        redb::Builder::new().create_with_backend(InMemoryBackend::new()).unwrap()
    }

    fn layout(database: &Database) -> String {
        let meta = database.begin_read().unwrap().open_table(META).unwrap();
        meta.get("layout").unwrap().unwrap().value().to_owned()
    }

    fn note(transaction: &WriteTransaction, text: &str) -> Result<(), redb::Error> {
        let mut notes = transaction.open_table(NOTES)?;
        let sofar = notes.get("taken")?.map_or_else(String::new, |value| value.value().to_owned());
        notes.insert("taken", format!("{sofar}{text}").as_str())?;
        Ok(())
    }

    fn taken(database: &Database) -> String {
        let notes = database.begin_read().unwrap().open_table(NOTES).unwrap();
        notes.get("taken").unwrap().unwrap().value().to_owned()
    }

    fn migrate(database: &Database, steps: &[Step]) -> Result<(), OpenError> {
        super::migrate(database, Path::new("test"), steps)
    }

    #[test]
    fn this_builds_steps_lead_to_its_layout() {
        assert_eq!(STEPS.len() as u32 + 1, LAYOUT);
    }

    #[test]
    fn a_file_of_the_first_layout_can_keep_things() {
        let database = empty();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(META).unwrap().insert("layout", "1").unwrap();
        transaction.commit().unwrap();
        migrate(&database, STEPS).unwrap();
        assert_eq!(layout(&database), "2");
        assert!(database.begin_read().unwrap().open_table(KEPT).is_ok());
    }

    #[test]
    fn a_new_file_takes_no_steps() {
        let database = empty();
        migrate(&database, &[|_| panic!("not for a new file")]).unwrap();
        assert_eq!(layout(&database), "2");
    }

    #[test]
    fn an_old_file_takes_each_step_once_and_in_order() {
        let database = empty();
        migrate(&database, &[]).unwrap();
        let steps: [Step; 2] = [|t| note(t, "one "), |t| note(t, "two ")];
        migrate(&database, &steps[..1]).unwrap();
        assert_eq!((layout(&database), taken(&database)), ("2".into(), "one ".into()));
        migrate(&database, &steps).unwrap();
        migrate(&database, &steps).unwrap();
        assert_eq!((layout(&database), taken(&database)), ("3".into(), "one two ".into()));
    }

    #[test]
    fn a_step_that_fails_changes_nothing_and_is_taken_again() {
        let database = empty();
        migrate(&database, &[]).unwrap();
        let fails: Step = |t| {
            note(t, "half ")?;
            Err(redb::Error::Corrupted("no".into()))
        };
        let failed = migrate(&database, &[|t| note(t, "one "), fails]);
        assert!(matches!(failed, Err(OpenError::Broken { .. })), "{failed:?}");
        assert_eq!((layout(&database), taken(&database)), ("2".into(), "one ".into()));
        migrate(&database, &[|t| note(t, "one "), |t| note(t, "two ")]).unwrap();
        assert_eq!(taken(&database), "one two ");
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let database = empty();
        migrate(&database, &[|_| Ok(()), |_| Ok(())]).unwrap();
        let refused = migrate(&database, &[]);
        assert!(matches!(refused, Err(OpenError::Newer { found: 3, known: 1, .. })), "{refused:?}");
        assert_eq!(layout(&database), "3");
    }
}
