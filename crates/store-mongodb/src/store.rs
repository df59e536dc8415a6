use crate::address::MongoAddress;
use crate::error::told;
use crate::layout::Tables;
use crate::run::Runner;
use crate::{journal, kept, projects, turns};
use async_trait::async_trait;
use gaggle_core::port::{Batch, JournalPage, LinkCursor, ProjectQuery, Store, StoreError, TurnQuery};
use gaggle_core::record::{ProjectRecord, TurnRecord};
use gaggle_shared::{InstanceId, ProjectId, Seq, SessionId, TurnId, UserId};
use mongodb::Client;
use mongodb::bson::doc;

/// A store in a database of a MongoDB.
///
/// The driver finds the server again by itself when it was away; meanwhile calls end as `Unavailable` within 5 s.
#[derive(Debug)]
pub struct MongoStore {
    tables: Tables,
    runner: Runner,
}

impl MongoStore {
    /// Connects, checks what is there, and makes the indexes that are missing.
    ///
    /// # Errors
    /// `Unavailable` if it cannot be reached, within 5 s; `Corrupt` if a newer version wrote it.
    pub async fn open(address: &MongoAddress) -> Result<Self, StoreError> {
        let runner = Runner::new(address.clone());
        let place = address.clone();
        let tables = runner
            .run(async move {
                let options = place.options().await.map_err(|error| told(&error))?;
                let client = Client::with_options(options).map_err(|error| told(&error))?;
                let tables = Tables::of(&client, place.database());
                tables.prepare().await?;
                Ok(tables)
            })
            .await?;
        tracing::debug!(%address, "the store is open");
        Ok(Self { tables, runner })
    }
}

#[async_trait]
impl Store for MongoStore {
    async fn instance(&self, proposal: InstanceId) -> Result<InstanceId, StoreError> {
        let meta = self.tables.meta.clone();
        let first = async move { kept::first(&meta, "instance", proposal.as_str().into()).await };
        let stored = self.runner.run(first).await?;
        let text = stored.as_str().unwrap_or_default();
        InstanceId::parse(text).map_err(|error| StoreError::Corrupt(format!("instance: {error}")))
    }

    async fn keep(&self, name: &str, proposal: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (table, name, bytes) = (self.tables.kept.clone(), name.to_owned(), kept::bytes(proposal));
        self.runner
            .run(async move {
                let stored = kept::first(&table, &name, bytes).await?;
                kept::read(&name, Some(stored))
            })
            .await
    }

    async fn kept(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let table = self.tables.kept.clone();
        self.runner.run(async move { kept::all(&table).await }).await
    }

    async fn records(
        &self,
        after: Option<&ProjectId>,
        limit: usize,
    ) -> Result<Vec<ProjectRecord>, StoreError> {
        let (table, after) = (self.tables.projects.clone(), after.cloned());
        self.runner.run(async move { projects::records(&table, after.as_ref(), limit).await }).await
    }

    async fn create(&self, record: &ProjectRecord) -> Result<(), StoreError> {
        let (table, record) = (self.tables.projects.clone(), record.clone());
        self.runner.run(async move { projects::create(&table, &record).await }).await
    }

    async fn load(&self, project: &ProjectId) -> Result<Option<ProjectRecord>, StoreError> {
        let (table, which) = (self.tables.projects.clone(), doc! { "_id": project.as_str() });
        self.runner.run(async move { projects::find(&table, which).await }).await
    }

    async fn replace(&self, record: &ProjectRecord) -> Result<(), StoreError> {
        let (table, record) = (self.tables.projects.clone(), record.clone());
        self.runner.run(async move { projects::replace(&table, &record).await }).await
    }

    async fn created_under(&self, user: &UserId, key: &str) -> Result<Option<ProjectRecord>, StoreError> {
        let (table, which) = (self.tables.projects.clone(), doc! { "user": user.as_str(), "key": key });
        self.runner.run(async move { projects::find(&table, which).await }).await
    }

    async fn list(&self, query: &ProjectQuery) -> Result<Vec<ProjectRecord>, StoreError> {
        let (table, query) = (self.tables.projects.clone(), query.clone());
        self.runner.run(async move { projects::list(&table, &query).await }).await
    }

    async fn unsettled(&self, after: Option<&ProjectId>, limit: usize) -> Result<Vec<ProjectId>, StoreError> {
        let (table, after) = (self.tables.projects.clone(), after.cloned());
        self.runner.run(async move { projects::unsettled(&table, after.as_ref(), limit).await }).await
    }

    async fn living(&self, among: &[ProjectId]) -> Result<Vec<ProjectId>, StoreError> {
        let (table, among) = (self.tables.projects.clone(), among.to_vec());
        self.runner.run(async move { projects::living(&table, &among).await }).await
    }

    async fn forget(&self, project: &ProjectId, generation: u64) -> Result<(), StoreError> {
        let (table, project) = (self.tables.projects.clone(), project.clone());
        self.runner.run(async move { projects::forget(&table, project.as_str(), generation).await }).await
    }

    fn shared(&self) -> bool {
        true
    }

    async fn append(&self, project: &ProjectId, batch: &Batch) -> Result<(), StoreError> {
        let (table, project, batch) = (self.tables.batches.clone(), project.clone(), batch.clone());
        self.runner.run(async move { journal::append(&table, project.as_str(), &batch).await }).await
    }

    async fn read(&self, project: &ProjectId, after: Seq, bytes: usize) -> Result<JournalPage, StoreError> {
        let (table, project) = (self.tables.batches.clone(), project.clone());
        self.runner.run(async move { journal::read(&table, project.as_str(), after, bytes).await }).await
    }

    async fn journal_end(&self, project: &ProjectId) -> Result<(Seq, LinkCursor), StoreError> {
        let (table, project) = (self.tables.batches.clone(), project.clone());
        self.runner.run(async move { journal::end(&table, project.as_str()).await }).await
    }

    async fn compact(&self, project: &ProjectId, batch: &Batch) -> Result<(), StoreError> {
        let (table, project, batch) = (self.tables.batches.clone(), project.clone(), batch.clone());
        self.runner.run(async move { journal::compact(&table, project.as_str(), &batch).await }).await
    }

    async fn trim(&self, project: &ProjectId, before: Seq) -> Result<(), StoreError> {
        let (table, project) = (self.tables.batches.clone(), project.clone());
        self.runner.run(async move { journal::trim(&table, project.as_str(), before).await }).await
    }

    async fn put_turn(&self, turn: &TurnRecord) -> Result<(), StoreError> {
        let (table, turn) = (self.tables.turns.clone(), turn.clone());
        self.runner.run(async move { turns::put(&table, &turn).await }).await
    }

    async fn turn(&self, project: &ProjectId, turn: &TurnId) -> Result<Option<TurnRecord>, StoreError> {
        let (table, project, turn) = (self.tables.turns.clone(), project.clone(), turn.clone());
        self.runner.run(async move { turns::one(&table, project.as_str(), turn.as_str()).await }).await
    }

    async fn turns(&self, project: &ProjectId, query: &TurnQuery) -> Result<Vec<TurnRecord>, StoreError> {
        let (table, project, query) = (self.tables.turns.clone(), project.clone(), query.clone());
        self.runner.run(async move { turns::many(&table, project.as_str(), &query).await }).await
    }

    async fn erase(&self, project: &ProjectId, session: Option<&SessionId>) -> Result<(), StoreError> {
        let (tables, project, session) = (self.tables.clone(), project.clone(), session.cloned());
        self.runner
            .run(async move {
                let project = project.as_str();
                turns::erase(&tables.turns, project, session.as_ref().map(SessionId::as_str)).await?;
                match session {
                    Some(_) => Ok(()),
                    None => journal::erase(&tables.batches, project).await,
                }
            })
            .await
    }

    async fn check(&self) -> Result<(), StoreError> {
        let meta = self.tables.meta.clone();
        self.runner
            .run(async move {
                let count = doc! { "$inc": { "value": 1_i64 } };
                let done = meta.update_one(doc! { "_id": "check" }, count).upsert(true).await;
                done.map(|_| ()).map_err(|error| told(&error))
            })
            .await
    }
}
