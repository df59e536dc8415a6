//! A change of a project's record while it is being made.

use crate::{
    port::AgentCommand,
    record::{PhaseState, ProjectRecord, StartRecord},
    service::Config,
};
use gaggle_shared::{DesiredState, EventBody, Phase, Seq, Time, TurnId, transcript::Answer};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};

/// The answers of turns that are not archived, folded from their events.
pub(crate) type Answers = HashMap<TurnId, Answer>;

/// A record as it shall be, and the events that go with the change: written together, or not at all.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    /// As it shall be.
    pub(crate) record: ProjectRecord,
    /// The time of the change.
    pub(crate) now: Time,
    /// What turns have said so far.
    pub(crate) answers: &'a Answers,
    /// The server's defaults.
    pub(crate) config: Arc<Config>,
    /// Events, with the agent's message where one was its source.
    pub(crate) bodies: Vec<(EventBody, Option<Value>)>,
    /// Commands beyond those that follow from the record.
    pub(crate) commands: Vec<AgentCommand>,
    /// Ids of commands that must be sent anew if they are still wanted.
    pub(crate) resend: Vec<String>,
    /// The seq that the first event gets.
    next: Seq,
}

impl<'a> Draft<'a> {
    /// A change that has not changed anything yet.
    pub(crate) fn new(
        record: ProjectRecord,
        now: Time,
        answers: &'a Answers,
        config: Arc<Config>,
        next: Seq,
    ) -> Self {
        Self {
            record,
            now,
            answers,
            config,
            bodies: Vec::new(),
            commands: Vec::new(),
            resend: Vec::new(),
            next,
        }
    }

    /// Wishes it active. What sleeps begins to wake in the same write; for anything else the reconciler says when.
    pub(crate) fn wish_active(&mut self) {
        self.record.desired = DesiredState::Active;
        let asleep = matches!(self.record.phase, PhaseState::Inactive | PhaseState::Failed { .. });
        if asleep && !self.record.link.workload {
            self.record.begin_activation(self.now, self.config.ready_timeout);
        }
    }

    /// Adds an event.
    pub(crate) fn emit(&mut self, body: EventBody) {
        self.bodies.push((body, None));
    }

    /// The seq that the next event gets.
    pub(crate) fn next_seq(&self) -> Seq {
        self.next + self.bodies.len() as u64
    }

    /// Tells phase, wish and failure if they are not what they were.
    pub(crate) fn emit_phase_change(&mut self, before: &ProjectRecord) {
        self.note_start(before);
        let record = &self.record;
        let same = before.phase.phase() == record.phase.phase()
            && before.desired == record.desired
            && before.failure == record.failure;
        if !same {
            let body = EventBody::ProjectPhase {
                phase: record.phase.phase(),
                desired_state: record.desired,
                failure: record.failure.clone(),
            };
            // Why a phase is new comes before what it does to turns.
            self.bodies.push((body, None));
        }
    }

    /// Where a start begins in the journal, and when it was over: whoever comes later finds its steps by this.
    fn note_start(&mut self, before: &ProjectRecord) {
        let next = self.next_seq();
        let (was, is) = (before.phase.phase(), self.record.phase.phase());
        match (is, &mut self.record.start) {
            (Phase::Activating, start) if was != is => {
                *start = Some(StartRecord { seq: next, at: self.now, ready_at: None });
            }
            (Phase::Active, Some(start)) if was == Phase::Activating => start.ready_at = Some(self.now),
            _ => {}
        }
    }
}
