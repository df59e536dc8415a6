//! The one way to change a project: a new record and its events in one write, shown after it.

use super::{Cell, State, taken_over};
use crate::{
    chat::{advance, erasable, wanted_commands},
    draft::Draft,
    error::Error,
    journal::BLOCK,
    port::{AgentCommand, StoreError},
    record::{Entry, ProjectRecord},
    service::UserEvent,
};
use gaggle_shared::{Code, Event, EventBody, Seq, TurnId};
use serde_json::Value;
use std::sync::Arc;

impl Cell {
    /// Changes the project. The change goes on if the caller goes away.
    ///
    /// # Errors
    /// What `change` says (nothing has changed then), or the store.
    pub(crate) async fn change<T, F>(self: &Arc<Self>, change: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Draft<'_>) -> Result<T, Error> + Send + 'static,
    {
        let cell = self.clone();
        let task = tokio::spawn(async move {
            let mut state = cell.state.lock().await;
            cell.commit(&mut state, change).await
        });
        task.await
            .unwrap_or_else(|error| Err(Error::new(Code::Internal, format!("a change did not end: {error}"))))
    }

    /// Looks at what is stored if the last write's end is not known. Of the one that is under way it is not said yet.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn settled(self: &Arc<Self>) -> Result<(), Error> {
        if !self.in_doubt() {
            return Ok(());
        }
        let mut state = self.state.lock().await;
        self.settle(&mut state).await
    }

    /// Goes on where whoever had the project before has left off: what follows from the record is done.
    pub(crate) async fn take_up(self: &Arc<Self>) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        self.commit(&mut state, |_| Ok(())).await?;
        self.put_away(&mut state);
        Ok(())
    }

    pub(super) async fn commit<T>(
        self: &Arc<Self>,
        state: &mut State,
        change: impl FnOnce(&mut Draft<'_>) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        self.settle(state).await?;
        let before = state.record.clone();
        let now = self.engine.parts.clock.now();
        let config = self.engine.config.clone();
        let mut draft = Draft::new((*before).clone(), now, &state.answers, config, self.journal.next());
        let out = change(&mut draft)?;
        draft.emit_phase_change(&before);
        advance(&mut draft);
        let Draft { mut record, bodies, commands, resend, .. } = draft;
        if record != *before || !bodies.is_empty() {
            let entries = self.number(bodies, now);
            if let Some(last) = entries.last().filter(|last| last.event.seq > record.reserved) {
                record.reserved = last.event.seq + BLOCK;
            }
            let stored = self.journal.stored();
            record.outbox.retain(|entry| entry.event.seq > stored);
            record.outbox.extend(entries.iter().cloned());
            if before.unsettled() && !record.unsettled() {
                // It comes to rest: the rest of the block goes back, so that whoever loads it sees that nothing more
                // can come, and need not take it over.
                record.reserved = self.journal.last() + entries.len() as u64;
            }
            record.watch(now);
            self.engine.own(&mut record);
            self.write(state, record).await?;
            self.show(state, entries, &before);
        }
        for id in resend {
            state.sent.remove(&id);
        }
        self.command(state, commands);
        self.wake.notify_one();
        Ok(out)
    }

    /// Gives events their numbers.
    pub(super) fn number(
        &self,
        bodies: Vec<(EventBody, Option<Value>)>,
        at: gaggle_shared::Time,
    ) -> Vec<Entry> {
        let first = self.journal.next();
        let numbered = bodies.into_iter().zip(first..);
        numbered.map(|((body, source), seq)| Entry { event: Event { seq, at, body }, source }).collect()
    }

    /// Replaces the record in the store.
    pub(super) async fn write(
        self: &Arc<Self>,
        state: &mut State,
        mut record: ProjectRecord,
    ) -> Result<(), Error> {
        record.generation += 1;
        match self.engine.parts.store.replace(&record).await {
            Ok(()) => {
                self.journal.owned(record.lease.epoch);
                state.record = Arc::new(record);
                Ok(())
            }
            Err(error) => {
                // A name that is taken was refused; after anything else what is stored must be looked at first: soon, for
                // what took effect waits to be acted on.
                self.doubt(error != StoreError::NameTaken);
                if self.in_doubt() {
                    self.wake.notify_one();
                }
                if record.reserved < state.record.reserved {
                    // It may have taken effect: what it gives back is not used.
                    Arc::make_mut(&mut state.record).reserved = record.reserved;
                }
                if error == StoreError::Conflict {
                    // Somebody else wrote: at once, for until it is known what this server shows may not be so.
                    self.settle(state).await?;
                }
                Err(error.into())
            }
        }
    }

    /// After a write of unknown outcome: takes what is stored for true.
    async fn settle(self: &Arc<Self>, state: &mut State) -> Result<(), Error> {
        if self.lost() {
            return Err(taken_over());
        }
        if !self.in_doubt() {
            return Ok(());
        }
        let store = &self.engine.parts.store;
        // A write that was given up may wait its turn still: this comes after it.
        if let Err(error @ (StoreError::Unavailable(_) | StoreError::Corrupt(_))) = store.check().await {
            return Err(error.into());
        }
        let stored = store.load(&self.id).await?;
        let Some(stored) = stored else {
            return Err(Error::new(Code::ProjectNotFound, "there is no such project"));
        };
        let newer = stored.generation > state.record.generation;
        if stored.lease.owner != self.engine.owner && (newer || self.journal.lost_to(&stored.lease)) {
            self.lose().await;
            return Err(taken_over());
        }
        self.doubt(false);
        if newer {
            self.adopt(state, stored).await
        } else if stored.generation < state.record.generation {
            // The store went back, as a replica set may that lost its primary: what is known here is stored anew.
            let mut record = (*state.record).clone();
            record.generation = stored.generation;
            Box::pin(self.write(state, record)).await
        } else {
            Ok(())
        }
    }

    /// Takes a record of our own that was stored though the answer was lost, and shows what it says happened.
    async fn adopt(self: &Arc<Self>, state: &mut State, mut stored: ProjectRecord) -> Result<(), Error> {
        let before = state.record.clone();
        let known = |entry: &&Entry| before.outbox.iter().any(|ours| ours.event.seq == entry.event.seq);
        let unseen: Vec<Seq> =
            stored.outbox.iter().filter(|entry| !known(entry)).map(|entry| entry.event.seq).collect();
        let next = self.journal.next();
        match unseen.first().filter(|first| **first < next) {
            None => {
                self.journal.owned(stored.lease.epoch);
                state.record = Arc::new(stored);
            }
            // What streamed meanwhile was shown under their numbers. Until others are stored nothing is known to be so.
            Some(first) => {
                stored.renumber(*first, next - first);
                stored.reserved = stored.reserved.max(next + unseen.len() as u64 + BLOCK);
                self.doubt(true);
                Box::pin(self.write(state, stored)).await?;
                self.doubt(false);
            }
        }
        // What that write would have had said was not: all is said anew, and the agent knows what it has.
        state.sent.clear();
        let unseen = state.record.outbox.iter().filter(|entry| entry.event.seq >= next).cloned().collect();
        self.show(state, unseen, &before);
        // Here, for whoever comes now may change nothing.
        self.command(state, Vec::new());
        self.wake.notify_one();
        Ok(())
    }

    /// What is written is shown: to waiters, to readers, to the user's page.
    fn show(self: &Arc<Self>, state: &mut State, entries: Vec<Entry>, before: &ProjectRecord) {
        let silent = entries.is_empty();
        for entry in &entries {
            state.hear(&entry.event.body, entry.event.at);
            if let Some(turn) = entry.event.body.turn_id() {
                state.answers.entry(turn.clone()).or_default().apply(&entry.event.body);
            }
        }
        // Who has seen an event finds it in the record, and who waited for the record finds the event.
        self.journal.publish_after(entries, None, || {
            self.record.send_replace(state.record.clone());
        });
        self.engine.parts.gateway.acknowledge(&self.id, state.record.link.cursor);
        match state.record.tombstone {
            Some(_) if before.tombstone.is_none() => {
                if self.engine.users.watched(&state.record.user) {
                    let project = Box::new(self.view(state));
                    self.engine.users.publish(&state.record.user, UserEvent::Deleted(project));
                }
            }
            Some(_) => {}
            None => {
                if self.engine.users.watched(&state.record.user) {
                    let project = self.view(state);
                    // What only the books know (as that the server was there) is no change to people.
                    if !silent || self.view_of(before, state) != project {
                        self.engine.users.publish(&state.record.user, UserEvent::Changed(Box::new(project)));
                    }
                }
            }
        }
        self.put_away(state);
    }

    /// Has what is over put into its place.
    fn put_away(self: &Arc<Self>, state: &mut State) {
        let ended: Vec<TurnId> =
            (state.record.turns.iter()).filter(|turn| turn.is_over()).map(|turn| turn.id.clone()).collect();
        for turn in ended {
            if state.archiving.insert(turn.clone(), ()).is_none() {
                self.archive(turn);
            }
        }
        let erasable: Vec<_> = erasable(&state.record).cloned().collect();
        for session in erasable.into_iter().filter(|_| state.record.tombstone.is_none()) {
            if state.erasing.insert(session.clone()) {
                self.erase(session);
            }
        }
    }

    /// Tells the agent what follows from the record and was not said yet.
    fn command(&self, state: &mut State, extra: Vec<AgentCommand>) {
        for command in extra.into_iter().chain(wanted_commands(&state.record, &self.engine.config)) {
            if state.sent.insert(command.id()) {
                self.engine.parts.gateway.send(&self.id, command);
            }
        }
    }
}
