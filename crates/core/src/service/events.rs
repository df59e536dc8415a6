use super::{
    Action, Call, EventFilter, Gaggle, JournalItems, Line, LineStream, ProjectsQuery, UserEvent, UserStream,
};
use crate::{
    engine::{Begin, Numbered},
    error::Error,
    port::LogLines,
};
use futures_util::{StreamExt, stream};
use gaggle_shared::{Event, ProjectId, Seq, TurnId, TurnState, UserId};
use std::{collections::VecDeque, future::ready, sync::Arc};
use tokio::sync::broadcast::{self, error::RecvError};

impl Gaggle {
    /// A project's journal after `after`, then live. What is gone or was never there begins with a `reset`.
    ///
    /// # Errors
    /// `project_not_found`.
    pub async fn events(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        after: Seq,
        filter: EventFilter,
    ) -> Result<LineStream, Error> {
        let cell = self.cell(call, Action::Read, user, project).await?;
        let lines = cell.journal.follow(after, cell.record().reserved);
        Ok(lines.filter(move |line| ready(filter.takes(line))).boxed())
    }

    /// The events after `after` of one turn, up to its end. Of a turn that is over only what is kept comes, and then
    /// nothing: a `reset` if its end was dropped for room.
    ///
    /// # Errors
    /// `project_not_found`, `turn_not_found`.
    pub async fn turn_events(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        turn: &TurnId,
        after: Seq,
    ) -> Result<LineStream, Error> {
        let cell = self.cell(call, Action::Read, user, project).await?;
        if self.read_turn(&cell, turn).await?.state == TurnState::Ended {
            return Ok(cell.journal.past(turn.clone(), after));
        }
        let filter = EventFilter { types: Vec::new(), turn: Some(turn.clone()) };
        self.events(call, user, project, after, filter).await
    }

    /// A page of a project's journal. Where some of what was asked for is gone it holds a `reset` and nothing else.
    ///
    /// # Errors
    /// `project_not_found`.
    pub async fn journal(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        after: Seq,
        limit: usize,
        filter: EventFilter,
    ) -> Result<JournalItems, Error> {
        let cell = self.cell(call, Action::Read, user, project).await?;
        // Known before the page is read, so that what comes meanwhile is not passed over.
        let end = cell.journal.last();
        let entries = cell.journal.page(after, limit.clamp(1, 1000)).await?;
        if let Some(reset) = cell.journal.dropped(after) {
            return Ok(JournalItems { last_seq: reset.seq, items: vec![reset] });
        }
        // An empty page says where the journal is, so that a reader can begin there, even one that asked for what
        // is not there yet.
        let last_seq = entries.last().map_or(end, |entry| entry.event.seq);
        let wanted = |event: &Event| filter.matches(event.body.kind(), event.body.turn_id());
        let items = entries.into_iter().map(|entry| entry.event).filter(wanted).collect();
        Ok(JournalItems { items, last_seq })
    }

    /// The number of the last event of a project: a reader that begins after it misses nothing that is not in what
    /// it reads then.
    ///
    /// # Errors
    /// `project_not_found`.
    pub async fn last_seq(&self, call: &Call, user: &UserId, project: &ProjectId) -> Result<Seq, Error> {
        Ok(self.cell(call, Action::Read, user, project).await?.journal.last())
    }

    /// A user's projects: a snapshot, unless `resume` is an id that is still known, then what changes.
    ///
    /// # Errors
    /// `user_not_found`.
    pub async fn user_events(
        &self,
        call: &Call,
        user: &UserId,
        resume: Option<&str>,
    ) -> Result<UserStream, Error> {
        self.user(call, Action::Read, user)?;
        let (begin, live) = self.engine.users.watch(user, resume);
        let mut watcher = Watcher {
            gaggle: self.clone(),
            call: call.clone(),
            user: user.clone(),
            live,
            ready: VecDeque::new(),
            snapshot: None,
        };
        match begin {
            Begin::Resume(missed) => {
                watcher.ready.extend(missed.into_iter().map(|one| watcher.gaggle.numbered(one)));
            }
            Begin::Snapshot(number) => {
                watcher.snapshot = Some((number, ProjectsQuery { limit: 200, ..Default::default() }));
            }
        }
        Ok(stream::unfold(
            watcher,
            |mut watcher| async move { watcher.next().await.map(|one| (one, watcher)) },
        )
        .boxed())
    }

    fn numbered(&self, (number, event): Numbered) -> (Option<String>, UserEvent) {
        (Some(self.engine.users.id(number)), event)
    }

    /// The agent's log.
    ///
    /// # Errors
    /// `project_not_found`; what the runtime says.
    pub async fn logs(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        tail: usize,
        follow: bool,
    ) -> Result<LogLines, Error> {
        self.find(call, Action::Read, user, project).await?;
        Ok(self.engine.parts.runtime.logs(project, tail, follow).await?)
    }

    /// YAML of what is applied for the project.
    ///
    /// # Errors
    /// `project_not_found`, `not_supported_by_runtime`.
    pub async fn manifests(&self, call: &Call, user: &UserId, project: &ProjectId) -> Result<String, Error> {
        self.find(call, Action::Read, user, project).await?;
        Ok(self.engine.parts.runtime.manifests(project).await?)
    }
}

impl EventFilter {
    fn takes(&self, line: &Arc<Line>) -> bool {
        line.kind == "reset" || self.matches(line.kind, line.turn.as_ref())
    }

    fn matches(&self, kind: &str, turn: Option<&TurnId>) -> bool {
        (self.types.is_empty() || self.types.iter().any(|wanted| wanted == kind))
            && self.turn.as_ref().is_none_or(|wanted| Some(wanted) == turn)
    }
}

/// Where a watcher of a user's projects is.
struct Watcher {
    gaggle: Gaggle,
    call: Call,
    user: UserId,
    live: broadcast::Receiver<Numbered>,
    ready: VecDeque<(Option<String>, UserEvent)>,
    /// The next page of the snapshot, and the number that it is at least as new as.
    snapshot: Option<(u64, ProjectsQuery)>,
}

impl Watcher {
    async fn next(&mut self) -> Option<(Option<String>, UserEvent)> {
        if let Some(one) = self.ready.pop_front() {
            return Some(one);
        }
        if let Some((number, query)) = self.snapshot.take() {
            return self.page(number, query).await;
        }
        let received = tokio::select! {
            received = self.live.recv() => received,
            () = self.gaggle.engine.stopping() => return None,
        };
        match received {
            Ok(one) => Some(self.gaggle.numbered(one)),
            Err(RecvError::Lagged(_)) => {
                // Too slow to be told everything: it gets all anew.
                let (_, live) = self.gaggle.engine.users.watch(&self.user, None);
                self.live = live;
                self.page(0, ProjectsQuery { limit: 200, ..Default::default() }).await
            }
            Err(RecvError::Closed) => None,
        }
    }

    async fn page(&mut self, number: u64, query: ProjectsQuery) -> Option<(Option<String>, UserEvent)> {
        let list = self.gaggle.projects(&self.call, &self.user, &query).await.ok()?;
        let after = list.next_cursor.and_then(|cursor| ProjectId::parse(&cursor).ok());
        let more = after.is_some();
        // Only a whole snapshot can be resumed from.
        let id = if more { None } else { Some(self.gaggle.engine.users.id(number)) };
        self.snapshot = more.then_some((number, ProjectsQuery { after, ..query }));
        Some((id, UserEvent::Snapshot { items: list.items, more }))
    }
}
