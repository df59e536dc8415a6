//! The changes of a record that steps make: pure, so that the plan can be tested with them.

use super::plan::after;
use crate::{
    port::Cause,
    record::{PhaseState, ProjectRecord},
};
use gaggle_shared::{DesiredState, Failure, Receipt, Removed, Time};
use std::time::Duration;

/// How long a look at what is may take, and the wait before it.
const LOOK: Duration = Duration::from_secs(15);

/// How long to wait before the next try: 1 s, 2 s, 4 s … at most a minute.
pub(crate) fn backoff(attempt: u32) -> Duration {
    Duration::from_secs(1 << attempt.min(6)).min(Duration::from_secs(60))
}

impl Cause {
    /// Whether this failure is of this cause, since whenever.
    pub(crate) fn says(&self, failure: &Failure) -> bool {
        (self.code, &self.message, &self.detail) == (failure.code, &failure.message, &failure.detail)
    }

    /// As it is shown.
    pub fn failure(&self, since: Time) -> Failure {
        Failure {
            code: self.code,
            message: self.message.clone(),
            hint: self.hint.clone(),
            detail: self.detail.clone(),
            since,
        }
    }
}

impl ProjectRecord {
    /// Enters `activating`.
    pub(crate) fn begin_activation(&mut self, now: Time, ready: Duration) {
        self.phase = PhaseState::activating(now, after(now, ready));
        self.failure = None;
        self.link.fault = None;
    }

    /// As many starts as may be are under way: it waits. False: that was known.
    pub(crate) fn note_queued(&mut self) -> bool {
        match &mut self.phase {
            PhaseState::Activating { queued, .. } => !std::mem::replace(queued, true),
            _ => false,
        }
    }

    /// A start is about to be tried, with this token: from now on something may run. The time before the first, and
    /// while it waited for its place, does not count.
    pub(crate) fn note_start(&mut self, now: Time, token_hash: String, ready: Duration) {
        if let PhaseState::Activating { attempt, retry_at, deadline, extended, queued, .. } = &mut self.phase
        {
            if std::mem::take(queued) || *attempt == 0 {
                (*deadline, *extended) = (after(now, ready), 0);
            }
            *retry_at = Some(after(now, backoff(*attempt)));
            *attempt += 1;
        }
        self.link.token_hash = Some(token_hash);
        self.link.workload = true;
        self.link.agent_start = None;
        self.link.endpoint = None;
        self.applied = Some(self.settings.clone());
        // A start makes all that placing does.
        self.unplaced = None;
    }

    /// A server was away while it started: it has its time anew.
    pub(crate) fn resume_activation(&mut self, now: Time, ready: Duration) {
        if let PhaseState::Activating { deadline, .. } = &mut self.phase {
            *deadline = after(now, ready).max(*deadline);
        }
    }

    /// An image is being pulled: it may take another while.
    pub(crate) fn extend_activation(&mut self, ready: Duration) {
        if let PhaseState::Activating { deadline, extended, .. } = &mut self.phase {
            *deadline = after(*deadline, ready);
            *extended += 1;
        }
    }

    /// A sleeping project's objects were made.
    pub(crate) fn note_placed(&mut self) {
        if self.unplaced.take().is_some() && matches!(self.phase, PhaseState::Inactive) {
            self.failure = None;
        }
    }

    /// They could not be made, and it is not time to try again.
    pub(crate) fn retries_placing(&self, now: Time) -> bool {
        let asleep = matches!(self.phase, PhaseState::Inactive | PhaseState::Failed { .. });
        let later = self.unplaced.and_then(|unplaced| unplaced.retry_at).is_some_and(|at| at > now);
        asleep && later && self.desired == DesiredState::Inactive
    }

    /// They could not be made: shown, and tried again.
    pub(crate) fn note_unplaced(&mut self, cause: &Cause, now: Time) {
        if let Some(unplaced) = &mut self.unplaced {
            unplaced.retry_at = Some(after(now, backoff(unplaced.attempt)));
            unplaced.attempt = unplaced.attempt.saturating_add(1);
            // Of a failed start people should go on to see why.
            if matches!(self.phase, PhaseState::Inactive) {
                self.tell(cause, now);
            }
        }
    }

    /// The agent can chat.
    pub(crate) fn note_ready(&mut self, now: Time) {
        self.phase = PhaseState::Active { since: now };
        self.failure = None;
        if self.desired == DesiredState::Active {
            self.answer_activations();
        }
    }

    /// Shows why; what is as it was is no news.
    fn tell(&mut self, cause: &Cause, now: Time) {
        if !self.failure.as_ref().is_some_and(|told| cause.says(told)) {
            self.failure = Some(cause.failure(now));
        }
    }

    /// Until when an activation waits that has told this cause, which may pass: so long nothing is new.
    pub(crate) fn waits_until(&self, cause: &Cause, now: Time) -> Option<Time> {
        let told = cause.passing && self.failure.as_ref().is_some_and(|told| cause.says(told));
        match self.phase {
            PhaseState::Activating { retry_at, .. } if told => retry_at.filter(|at| *at > now),
            _ => None,
        }
    }

    /// The activation failed. A passing cause is shown and tried again, and takes no time from a start; any other ends
    /// the wish.
    pub(crate) fn note_failure(&mut self, cause: &Cause, now: Time) {
        let told = self.failure.as_ref().is_some_and(|told| cause.says(told));
        match &mut self.phase {
            PhaseState::Activating { attempt, retry_at, deadline, queued, .. } if cause.passing => {
                *queued = false;
                let wait = backoff(*attempt);
                // Finding out that it has not passed took time too; but what went well since it was told counts.
                let late = retry_at.filter(|_| told).map_or(Duration::ZERO, |at| {
                    Duration::try_from(now.duration_since(at)).unwrap_or_default().min(LOOK)
                });
                *attempt = (*attempt + 1).min(super::plan::STARTS - 1);
                *retry_at = Some(after(now, wait));
                *deadline = after(*deadline, wait + late);
                self.tell(cause, now);
            }
            _ => {
                self.failure = Some(cause.failure(now));
                self.desired = DesiredState::Inactive;
                self.phase = PhaseState::failed();
            }
        }
    }

    /// Enters `deactivating`.
    pub(crate) fn begin_stop(&mut self, now: Time) {
        self.phase = PhaseState::Deactivating { since: now, attempt: 0, retry_at: None };
    }

    /// Nothing runs any more.
    pub(crate) fn note_stopped(&mut self) {
        self.link.workload = false;
        self.link.agent_start = None;
        self.link.endpoint = None;
        self.link.fault = None;
        self.applied = None;
        if !matches!(self.phase, PhaseState::Failed { .. }) {
            self.phase = PhaseState::Inactive;
            self.failure = None;
        }
    }

    /// Stopping or removing failed: shown, and tried again. Of a failed start people should go on to see why.
    pub(crate) fn note_stuck(&mut self, cause: &Cause, now: Time) {
        if !matches!(self.phase, PhaseState::Failed { .. }) {
            self.tell(cause, now);
        }
        if let PhaseState::Deactivating { attempt, retry_at, .. }
        | PhaseState::Deleting { attempt, retry_at, .. }
        | PhaseState::Failed { attempt, retry_at } = &mut self.phase
        {
            *retry_at = Some(after(now, backoff(*attempt)));
            *attempt = attempt.saturating_add(1);
        }
    }

    /// Enters `deleting`.
    pub(crate) fn begin_delete(&mut self, now: Time) {
        self.desired = DesiredState::Deleted;
        self.failure = None;
        self.phase = PhaseState::Deleting { since: now, attempt: 0, retry_at: None, removed: Vec::new() };
    }

    /// Some of it went.
    pub(crate) fn note_removed(&mut self, gone: Vec<Removed>) {
        if let PhaseState::Deleting { removed, .. } = &mut self.phase {
            let fresh: Vec<_> = gone.into_iter().filter(|one| !removed.contains(one)).collect();
            removed.extend(fresh);
        }
    }

    /// What went so far.
    pub(crate) fn receipt(&self) -> Receipt {
        let removed = match &self.phase {
            PhaseState::Deleting { removed, .. } => removed.clone(),
            _ => Vec::new(),
        };
        Receipt { project_id: self.id.clone(), removed, remaining: Vec::new() }
    }
}
