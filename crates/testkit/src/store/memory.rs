use super::journal::Journal;
use async_trait::async_trait;
use gaggle_core::port::{Batch, JournalPage, LinkCursor, ProjectQuery, Store, StoreError, TurnQuery};
use gaggle_core::record::{ProjectRecord, TurnRecord};
use gaggle_shared::{InstanceId, ProjectId, Seq, SessionId, TurnId, UserId};
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory. Clones share what it holds, so a clone is the same store after a restart.
///
/// Like a document store it does what changes several documents one document at a time, and can be cut off
/// between any two of them: see [`MemoryStore::cut_after`].
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    instance: Option<InstanceId>,
    kept: BTreeMap<String, Vec<u8>>,
    projects: BTreeMap<ProjectId, ProjectRecord>,
    journals: HashMap<ProjectId, Journal>,
    turns: BTreeMap<(ProjectId, TurnId), TurnRecord>,
    /// How many writes are left before it is cut off.
    left: Option<usize>,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `writes` more single writes through; from then on every write ends as `Unavailable` and does nothing.
    pub fn cut_after(&self, writes: usize) {
        self.held().left = Some(writes);
    }

    /// Ends what [`MemoryStore::cut_after`] began.
    pub fn revive(&self) {
        self.held().left = None;
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Accounts for one single write.
    fn write(&mut self) -> Result<(), StoreError> {
        match &mut self.left {
            Some(0) => Err(StoreError::Unavailable("cut off".into())),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Whether the names and creation keys leave room for this record.
    fn admit(&self, record: &ProjectRecord) -> Result<(), StoreError> {
        let others =
            || self.projects.values().filter(|other| other.id != record.id && other.user == record.user);
        if let Some(entry) = &record.creation_key
            && others().any(|other| other.creation_key.as_ref().is_some_and(|held| held.key == entry.key))
        {
            return Err(StoreError::Conflict);
        }
        let taken = |other: &ProjectRecord| other.tombstone.is_none() && other.name == record.name;
        if record.tombstone.is_none() && others().any(taken) {
            return Err(StoreError::NameTaken);
        }
        Ok(())
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn instance(&self, proposal: InstanceId) -> Result<InstanceId, StoreError> {
        let mut held = self.held();
        if let Some(stored) = &held.instance {
            return Ok(stored.clone());
        }
        held.write()?;
        held.instance = Some(proposal.clone());
        Ok(proposal)
    }

    async fn keep(&self, name: &str, proposal: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut held = self.held();
        if let Some(stored) = held.kept.get(name) {
            return Ok(stored.clone());
        }
        held.write()?;
        held.kept.insert(name.to_owned(), proposal.to_owned());
        Ok(proposal.to_owned())
    }

    async fn kept(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        Ok(self.held().kept.clone().into_iter().collect())
    }

    async fn records(
        &self,
        after: Option<&ProjectId>,
        limit: usize,
    ) -> Result<Vec<ProjectRecord>, StoreError> {
        let held = self.held();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let records = held.projects.range::<ProjectId, _>((from, Bound::Unbounded));
        Ok(records.map(|(_, record)| record.clone()).take(limit).collect())
    }

    async fn create(&self, record: &ProjectRecord) -> Result<(), StoreError> {
        let mut held = self.held();
        if held.projects.contains_key(&record.id) {
            return Err(StoreError::Conflict);
        }
        held.admit(record)?;
        held.write()?;
        held.projects.insert(record.id.clone(), record.clone());
        Ok(())
    }

    async fn load(&self, project: &ProjectId) -> Result<Option<ProjectRecord>, StoreError> {
        Ok(self.held().projects.get(project).cloned())
    }

    async fn replace(&self, record: &ProjectRecord) -> Result<(), StoreError> {
        let mut held = self.held();
        let expected = held.projects.get(&record.id).map(|stored| stored.generation + 1);
        if expected != Some(record.generation) {
            return Err(StoreError::Conflict);
        }
        held.admit(record)?;
        held.write()?;
        held.projects.insert(record.id.clone(), record.clone());
        Ok(())
    }

    async fn created_under(&self, user: &UserId, key: &str) -> Result<Option<ProjectRecord>, StoreError> {
        let held = self.held();
        let made = |record: &&ProjectRecord| {
            record.user == *user && record.creation_key.as_ref().is_some_and(|entry| entry.key == key)
        };
        Ok(held.projects.values().find(made).cloned())
    }

    async fn list(&self, query: &ProjectQuery) -> Result<Vec<ProjectRecord>, StoreError> {
        let held = self.held();
        let mut found: Vec<&ProjectRecord> = held
            .projects
            .values()
            .filter(|record| record.user == query.user && record.tombstone.is_none())
            .filter(|record| query.name.as_ref().is_none_or(|name| record.name.as_str() == name))
            .filter(|record| query.phase.is_none_or(|phase| record.phase.phase() == phase))
            .collect();
        found.sort_by_key(|record| std::cmp::Reverse((record.created_at, &record.id)));
        if let Some(after) = &query.after {
            match held.projects.get(after) {
                Some(mark) => found.retain(|r| (r.created_at, &r.id) < (mark.created_at, &mark.id)),
                // Forgotten meanwhile: ids sort by time too.
                None => found.retain(|record| record.id < *after),
            }
        }
        Ok(found.into_iter().take(query.limit).cloned().collect())
    }

    async fn unsettled(&self, after: Option<&ProjectId>, limit: usize) -> Result<Vec<ProjectId>, StoreError> {
        let held = self.held();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let records = held.projects.range::<ProjectId, _>((from, Bound::Unbounded));
        Ok(records.filter(|(_, record)| record.unsettled()).map(|(id, _)| id.clone()).take(limit).collect())
    }

    async fn living(&self, among: &[ProjectId]) -> Result<Vec<ProjectId>, StoreError> {
        let held = self.held();
        let lives = |id: &&ProjectId| held.projects.get(*id).is_some_and(|record| record.tombstone.is_none());
        Ok(among.iter().filter(lives).cloned().collect())
    }

    async fn forget(&self, project: &ProjectId, generation: u64) -> Result<(), StoreError> {
        let mut held = self.held();
        match held.projects.get(project).map(|record| record.generation) {
            None => Ok(()),
            Some(stored) if stored != generation => Err(StoreError::Conflict),
            Some(_) => {
                held.write()?;
                held.projects.remove(project);
                Ok(())
            }
        }
    }

    fn shared(&self) -> bool {
        true
    }

    async fn append(&self, project: &ProjectId, batch: &Batch) -> Result<(), StoreError> {
        let mut held = self.held();
        match held.journals.get(project).and_then(|journal| journal.get(batch.first())) {
            Some(stored) if stored == batch => return Ok(()),
            Some(_) => return Err(StoreError::Conflict),
            None => held.write()?,
        }
        held.journals.entry(project.clone()).or_default().put(batch);
        Ok(())
    }

    async fn read(&self, project: &ProjectId, after: Seq, bytes: usize) -> Result<JournalPage, StoreError> {
        Ok(self.held().journals.get(project).map(|journal| journal.read(after, bytes)).unwrap_or_default())
    }

    async fn journal_end(&self, project: &ProjectId) -> Result<(Seq, LinkCursor), StoreError> {
        Ok(self.held().journals.get(project).map(Journal::end).unwrap_or_default())
    }

    async fn compact(&self, project: &ProjectId, batch: &Batch) -> Result<(), StoreError> {
        let mut held = self.held();
        let there = held.journals.get(project).and_then(|journal| journal.get(batch.first()));
        if there.is_none_or(|there| there.last() > batch.last()) {
            return Err(StoreError::Conflict);
        }
        held.write()?;
        held.journals.entry(project.clone()).or_default().put(batch);
        let old = held.journals.get(project).map(|j| j.within(batch.first(), batch.last()));
        held.drop_batches(project, &old.unwrap_or_default())
    }

    async fn trim(&self, project: &ProjectId, before: Seq) -> Result<(), StoreError> {
        let mut held = self.held();
        let old = held.journals.get(project).map(|journal| journal.ended_below(before));
        held.drop_batches(project, &old.unwrap_or_default())
    }

    async fn put_turn(&self, turn: &TurnRecord) -> Result<(), StoreError> {
        let mut held = self.held();
        held.write()?;
        held.turns.insert((turn.project.clone(), turn.turn.id.clone()), turn.clone());
        Ok(())
    }

    async fn turn(&self, project: &ProjectId, turn: &TurnId) -> Result<Option<TurnRecord>, StoreError> {
        Ok(self.held().turns.get(&(project.clone(), turn.clone())).cloned())
    }

    async fn turns(&self, project: &ProjectId, query: &TurnQuery) -> Result<Vec<TurnRecord>, StoreError> {
        let held = self.held();
        let mut found: Vec<&TurnRecord> = held
            .turns
            .values()
            .filter(|record| record.project == *project)
            .filter(|record| query.session.as_ref().is_none_or(|session| record.turn.session_id == *session))
            .filter(|record| query.before.as_ref().is_none_or(|before| record.turn.id < *before))
            .filter(|record| query.after.as_ref().is_none_or(|after| record.turn.id > *after))
            .collect();
        if !query.oldest_first {
            found.reverse();
        }
        Ok(found.into_iter().take(query.limit).cloned().collect())
    }

    async fn erase(&self, project: &ProjectId, session: Option<&SessionId>) -> Result<(), StoreError> {
        let mut held = self.held();
        let goes = |record: &TurnRecord| {
            record.project == *project && session.is_none_or(|session| record.turn.session_id == *session)
        };
        let keys: Vec<_> =
            held.turns.iter().filter(|(_, record)| goes(record)).map(|(key, _)| key.clone()).collect();
        for key in keys {
            held.write()?;
            held.turns.remove(&key);
        }
        if session.is_none() {
            let old = held.journals.get(project).map(|journal| journal.ended_below(Seq::MAX));
            held.drop_batches(project, &old.unwrap_or_default())?;
            held.journals.remove(project);
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.held().write()
    }
}

impl Held {
    fn drop_batches(&mut self, project: &ProjectId, firsts: &[Seq]) -> Result<(), StoreError> {
        for first in firsts {
            self.write()?;
            if let Some(journal) = self.journals.get_mut(project) {
                journal.remove(*first);
            }
        }
        Ok(())
    }
}
