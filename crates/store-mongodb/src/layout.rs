//! Collections, indexes and the version of both. A change here that older builds cannot live with is a new layout:
//! raise [`LAYOUT`] and migrate in [`Tables::prepare`].

use crate::error::told;
use gaggle_core::port::StoreError;
use mongodb::bson::{Document, doc};
use mongodb::options::{
    Acknowledgment, DatabaseOptions, IndexOptions, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection, Database, IndexModel};
use std::time::Duration;

/// The layout this build reads and writes.
///
/// 2: journals have seals, which builds before cannot read.
const LAYOUT: i32 = 2;

/// The oldest wire version that is taken: MongoDB 5.0.
const WIRE: i32 = 13;

/// How long a majority may take to confirm a write.
const CONFIRMED: Duration = Duration::from_secs(5);

/// The name of the index that batches are read by. It holds all that is asked of them but their entries.
pub(crate) const SPAN: &str = "span";

/// The collections.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    database: Database,
    /// `instance`, `layout` and `check`.
    pub(crate) meta: Collection<Document>,
    /// `{_id: name, value: bytes}`
    pub(crate) kept: Collection<Document>,
    /// See `head`.
    pub(crate) projects: Collection<Document>,
    /// See `journal`.
    pub(crate) batches: Collection<Document>,
    /// See `turns`.
    pub(crate) turns: Collection<Document>,
}

impl Tables {
    /// The collections of a database. Asks nobody.
    pub(crate) fn of(client: &Client, database: &str) -> Self {
        let durable =
            WriteConcern::builder().w(Acknowledgment::Majority).w_timeout(CONFIRMED).journal(true).build();
        let options = DatabaseOptions::builder()
            .write_concern(durable)
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
            .build();
        let database = client.database_with_options(database, options);
        Self {
            meta: database.collection("meta"),
            kept: database.collection("kept"),
            projects: database.collection("projects"),
            batches: database.collection("batches"),
            turns: database.collection("turns"),
            database,
        }
    }

    /// Looks at the server, checks the layout, and makes the indexes that are missing.
    pub(crate) async fn prepare(&self) -> Result<(), StoreError> {
        let hello = self.database.run_command(doc! { "hello": 1 }).await.map_err(|error| told(&error))?;
        if hello.get_i32("maxWireVersion").is_ok_and(|version| version < WIRE) {
            return Err(StoreError::Unavailable("it is too old: MongoDB 5.0 or newer is needed".into()));
        }
        self.check_layout().await?;
        self.make_indexes().await.map_err(|error| told(&error))
    }

    async fn check_layout(&self) -> Result<(), StoreError> {
        let stored = crate::kept::first(&self.meta, "layout", LAYOUT.into()).await?;
        match stored.as_i32() {
            Some(LAYOUT) => Ok(()),
            // What is there is as it was: only what comes is new.
            Some(1) => {
                let next = doc! { "$set": { "value": LAYOUT } };
                let raised = self.meta.update_one(doc! { "_id": "layout", "value": 1 }, next).await;
                raised.map(|_| ()).map_err(|error| told(&error))
            }
            Some(newer) if newer > LAYOUT => Err(StoreError::Corrupt(format!(
                "a newer version of Gaggle wrote this database (layout {newer}; this one knows up to {LAYOUT})"
            ))),
            _ => Err(StoreError::Corrupt(format!("its layout is {stored}, which is none of ours"))),
        }
    }

    async fn make_indexes(&self) -> Result<(), mongodb::error::Error> {
        let has = |field: &str| doc! { field: { "$exists": true } };
        self.projects
            .create_indexes([
                index("name", doc! { "user": 1, "name": 1 }, true, Some(has("name"))),
                index("key", doc! { "user": 1, "key": 1 }, true, Some(has("key"))),
                index("age", doc! { "user": 1, "at": -1, "_id": -1 }, false, None),
                index("unsettled", doc! { "unsettled": 1, "_id": 1 }, false, Some(has("unsettled"))),
            ])
            .await?;
        let span = doc! { "project": 1, "first": 1, "last": 1, "cursor": 1 };
        self.batches.create_index(index(SPAN, span, false, None)).await?;
        let session = doc! { "project": 1, "session": 1, "_id": 1 };
        self.turns.create_index(index("session", session, false, None)).await?;
        Ok(())
    }
}

fn index(name: &str, keys: Document, unique: bool, only: Option<Document>) -> IndexModel {
    let options = IndexOptions::builder()
        .name(name.to_owned())
        .unique(unique.then_some(true))
        .partial_filter_expression(only)
        .build();
    IndexModel::builder().keys(keys).options(options).build()
}
