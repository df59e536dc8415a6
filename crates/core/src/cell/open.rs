//! Loading a project, and putting ended turns into their place.

use super::{Cell, State};
use crate::{
    chat::turn_view,
    draft::Answers,
    engine::Engine,
    error::Error,
    journal::Journal,
    port::StoreError,
    record::{ProjectRecord, TurnRecord, TurnStage},
};
use gaggle_shared::{Seq, SessionId, TurnId};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::{Mutex, Notify, watch};

/// How long to wait before what could not be stored is tried again.
const AGAIN: Duration = Duration::from_secs(1);

impl Cell {
    /// Loads a project from its record: takes it over where need be, puts into the journal what the record says
    /// happened, and folds the answers of its turns anew.
    pub(crate) async fn open(engine: Arc<Engine>, record: ProjectRecord) -> Result<Arc<Self>, Error> {
        let (record, end) = super::claim::claim(&engine, record).await?;
        let (store, clock) = (engine.parts.store.clone(), engine.parts.clock.clone());
        let journal = Journal::new(&record, engine.owner.clone(), store, clock, end);
        let answers = fold(&journal, &record).await?;
        let record = Arc::new(record);
        let state = State {
            record: record.clone(),
            answers,
            sent: HashSet::new(),
            step: None,
            archiving: HashMap::new(),
            erasing: HashSet::new(),
        };
        let now = engine.parts.clock.now();
        let cell = Arc::new(Self {
            id: record.id.clone(),
            engine,
            journal: Arc::new(journal),
            state: Mutex::new(state),
            record: watch::Sender::new(record),
            linked: AtomicBool::new(false),
            doubt: AtomicBool::new(false),
            away: std::sync::Mutex::new(Some(now)),
            wake: Notify::new(),
            lost: watch::Sender::new(false),
        });
        let (journal, gateway, id) =
            (cell.journal.clone(), cell.engine.parts.gateway.clone(), cell.id.clone());
        let kept = Arc::downgrade(&cell);
        cell.engine.spawn(async move {
            let ours = journal.keep_storing(move |cursor| gateway.acknowledge(&id, cursor)).await;
            if let Some(cell) = kept.upgrade().filter(|_| !ours) {
                cell.lose().await;
            }
        });
        Ok(cell)
    }

    /// Puts an ended turn among the ended turns, then out of the record, and joins what it left in pieces.
    pub(super) fn archive(self: &Arc<Self>, turn: TurnId) {
        let cell = self.clone();
        self.engine.spawn(async move {
            while let Err(error) = cell.archive_now(&turn).await {
                tracing::warn!(project.id = %cell.id, turn.id = %turn, %error, "an ended turn is not in its place yet");
                if !cell.again().await {
                    return;
                }
            }
        });
    }

    /// Erases the turns of a deleted conversation, however often it takes.
    pub(super) fn erase(self: &Arc<Self>, session: SessionId) {
        let cell = self.clone();
        self.engine.spawn(async move {
            while let Err(error) = cell.erase_now(&session).await {
                tracing::warn!(project.id = %cell.id, session.id = %session, %error, "a deleted conversation is not erased yet");
                if !cell.again().await {
                    return;
                }
            }
        });
    }

    async fn erase_now(self: &Arc<Self>, session: &SessionId) -> Result<(), Error> {
        self.engine.parts.store.erase(&self.id, Some(session)).await?;
        let gone = session.clone();
        self.change(move |draft| {
            crate::chat::erased(draft, &gone);
            Ok(())
        })
        .await?;
        self.state.lock().await.erasing.remove(session);
        Ok(())
    }

    /// Waits before something is tried again; false: the server ends.
    async fn again(&self) -> bool {
        let clock = &self.engine.parts.clock;
        tokio::select! {
            () = clock.sleep_until(crate::lifecycle::after(clock.now(), AGAIN)) => true,
            () = self.engine.stopping() => false,
            () = self.is_lost() => false,
        }
    }

    async fn archive_now(self: &Arc<Self>, id: &TurnId) -> Result<(), Error> {
        self.journal.flush().await?;
        let (turn, record) = {
            let mut state = self.state.lock().await;
            let Some(live) = state.record.turns.iter().find(|turn| turn.id == *id).cloned() else {
                return Ok(());
            };
            if state.record.tombstone.is_some() {
                return Ok(());
            }
            if let TurnStage::Ended { at, .. } = live.stage
                && let Some(answer) = state.answers.get_mut(id)
            {
                answer.close(at);
            }
            let permissions = live.permissions.iter().map(|asking| asking.permission.clone()).collect();
            let turn = turn_view(&live, state.answers.get(id));
            let settings = state.record.applied.as_ref().unwrap_or(&state.record.settings);
            let chosen = state.record.session(&live.session).and_then(|session| session.model.clone());
            let model =
                chosen.or_else(|| settings.model.clone()).or_else(|| self.engine.config.model.clone());
            let steers = live.steers.clone();
            let attachments = live.attachments.clone();
            let project = self.id.clone();
            (live, TurnRecord { project, turn, permissions, steers, attachments, model })
        };
        self.engine.parts.store.put_turn(&record).await?;
        let gone = id.clone();
        self.change(move |draft| {
            draft.record.turns.retain(|turn| turn.id != gone);
            Ok(())
        })
        .await?;
        {
            let mut state = self.state.lock().await;
            state.answers.remove(id);
            state.archiving.remove(id);
        }
        if let TurnStage::Ended { first_seq: Some(first), last_seq, .. } = turn.stage {
            self.journal.flush().await?;
            self.journal.compact(first, last_seq).await?;
        }
        self.bound().await
    }

    /// Keeps the journal within its room. What lies before the oldest live turn may go; transcripts stay.
    async fn bound(self: &Arc<Self>) -> Result<(), Error> {
        let record = self.record();
        let excess = self.journal.excess(record.floor, self.engine.config.journal_bytes).await?;
        let live = first_seq(&record);
        let floor = excess.map(|floor| live.map_or(floor, |first| floor.min(first)));
        if floor < excess {
            // A turn that still runs holds it back: it is measured again once that is over.
            self.journal.measure_anew();
        }
        if let Some(floor) = floor.filter(|floor| *floor > record.floor) {
            // First the record: a server that was superseded drops nothing, and who takes over knows what is gone.
            self.change(move |draft| {
                draft.record.floor = floor;
                Ok(())
            })
            .await?;
            self.journal.trim(floor).await?;
        }
        Ok(())
    }
}

/// The answers of the turns in the record, from the journal.
async fn fold(journal: &Journal, record: &ProjectRecord) -> Result<Answers, StoreError> {
    let mut answers = Answers::new();
    let Some(mut after) = first_seq(record).map(|first| first.saturating_sub(1)) else { return Ok(answers) };
    loop {
        let page = journal.page(after, 4096).await?;
        let Some(last) = page.last() else { return Ok(answers) };
        after = last.event.seq;
        for entry in &page {
            let live =
                entry.event.body.turn_id().filter(|id| record.turns.iter().any(|turn| turn.id == **id));
            if let Some(turn) = live {
                answers.entry(turn.clone()).or_default().apply(&entry.event.body);
            }
        }
    }
}

/// Where the events of the turns in the record begin.
fn first_seq(record: &ProjectRecord) -> Option<Seq> {
    let first = record.turns.iter().filter_map(|turn| match &turn.stage {
        TurnStage::Running { first_seq, .. } => Some(*first_seq),
        TurnStage::Ended { first_seq, .. } => *first_seq,
        TurnStage::Queued | TurnStage::Sent { .. } => None,
    });
    first.min()
}
