//! One loaded project: its record, its journal and the answers that are being written. All that happens to a project
//! goes through its cell, one thing at a time; nothing here is needed after a crash.

mod claim;
mod commit;
mod link;
mod open;

pub(crate) use claim::taken_over;

use crate::{
    chat::turn_view,
    draft::Answers,
    engine::Engine,
    error::Error,
    journal::Journal,
    record::{ProjectRecord, TurnStage},
    service::UserEvent,
};
use gaggle_shared::{EventBody, Phase, ProjectId, SessionId, StepNow, StepState, Time, Turn, TurnId};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{Mutex, Notify, watch};

/// A loaded project.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) id: ProjectId,
    pub(crate) engine: Arc<Engine>,
    pub(crate) journal: Arc<Journal>,
    state: Mutex<State>,
    /// The record as it is stored; waiting is watching it.
    record: watch::Sender<Arc<ProjectRecord>>,
    /// True once its relay has called this server.
    pub(crate) linked: AtomicBool,
    /// True after a write whose outcome is not known: the record must be read again first. Set while the state is held.
    doubt: AtomicBool,
    /// Since when it is not linked: at first since it was loaded.
    away: std::sync::Mutex<Option<Time>>,
    /// Wakes the driver.
    pub(crate) wake: Notify,
    /// True once another server has taken it over.
    lost: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    record: Arc<ProjectRecord>,
    answers: Answers,
    /// Ids of commands given to the gateway since the relay was let in.
    sent: HashSet<String>,
    /// The step of a start that is under way, as far as this server has heard.
    step: Option<StepNow>,
    /// Turns that are on their way to their place.
    archiving: HashMap<TurnId, ()>,
    /// Deleted conversations whose turns are being erased.
    erasing: HashSet<SessionId>,
}

impl Cell {
    /// The record as it is stored.
    pub(crate) fn record(&self) -> Arc<ProjectRecord> {
        self.record.borrow().clone()
    }

    /// Whether the record as it is known may not be what is stored.
    pub(crate) fn in_doubt(&self) -> bool {
        self.doubt.load(Ordering::Acquire)
    }

    fn doubt(&self, doubt: bool) {
        self.doubt.store(doubt, Ordering::Release);
    }

    /// The record, and a wake-up whenever it changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<ProjectRecord>> {
        self.record.subscribe()
    }

    /// A turn that is not archived, with what it has said so far.
    pub(crate) async fn live_turn(&self, id: &TurnId) -> Option<Turn> {
        let state = self.state.lock().await;
        let turn = state.record.turns.iter().find(|turn| turn.id == *id)?;
        Some(turn_view(turn, state.answers.get(id)))
    }

    /// All turns that are not archived, oldest first, with what they have said so far; those of a deleted conversation
    /// are on their way out.
    pub(crate) async fn live_turns(&self) -> Vec<(Turn, Vec<crate::record::Steer>)> {
        let state = self.state.lock().await;
        let view = |turn: &crate::record::LiveTurn| {
            (turn_view(turn, state.answers.get(&turn.id)), turn.steers.clone())
        };
        let shown = state.record.turns.iter().filter(|turn| state.record.session(&turn.session).is_some());
        shown.map(view).collect()
    }

    /// What a project does now, for its card: the last tool or words of the turn that runs.
    pub(crate) async fn project(&self) -> gaggle_shared::Project {
        let state = self.state.lock().await;
        self.view(&state)
    }

    /// Since when its relay is not linked.
    pub(crate) fn away(&self) -> Option<Time> {
        *self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn went_away(&self, since: Option<Time>) {
        *self.away.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// What people see of it has changed though its record has not.
    pub(crate) async fn show_anew(&self) {
        let state = self.state.lock().await;
        if self.engine.users.watched(&state.record.user) {
            let project = self.view(&state);
            self.engine.users.publish(&state.record.user, UserEvent::Changed(Box::new(project)));
        }
    }

    fn view(&self, state: &State) -> gaggle_shared::Project {
        self.view_of(&state.record, state)
    }

    fn view_of(&self, record: &ProjectRecord, state: &State) -> gaggle_shared::Project {
        let running = record.turns.iter().find(|turn| matches!(turn.stage, TurnStage::Running { .. }));
        let answer = running.and_then(|turn| state.answers.get(&turn.id));
        let mut project = self.engine.view(record, answer);
        if let Some(start) = project.start.as_mut().filter(|_| project.phase == Phase::Activating) {
            start.step = state.step.clone().filter(|step| step.since >= start.at);
        }
        project
    }

    /// Waits until the record satisfies this.
    ///
    /// # Errors
    /// `store_unavailable` if the server ends before, or another takes the project over.
    pub(crate) async fn until(
        &self,
        mut is: impl FnMut(&ProjectRecord) -> bool,
    ) -> Result<Arc<ProjectRecord>, Error> {
        let mut watch = self.watch();
        let found = tokio::select! {
            biased;
            found = watch.wait_for(|record| is(record)) => found,
            () = self.is_lost() => return Err(taken_over()),
        };
        found.map(|record| record.clone()).map_err(|_| crate::engine::shutting_down())
    }
}

impl State {
    /// Hears of the steps of a start.
    fn hear(&mut self, body: &EventBody, at: Time) {
        let EventBody::ActivationStep { step, state, message, .. } = body else { return };
        match state {
            StepState::Started => {
                self.step = Some(StepNow { step: *step, message: message.clone(), since: at });
            }
            // What is over is under way no more; what comes next is not known yet.
            StepState::Done | StepState::Failed => {
                self.step.take_if(|now| now.step == *step);
            }
        }
    }
}
