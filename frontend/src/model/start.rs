//! An activation as it happens: its steps with their times.

use super::time;
use gaggle_shared::{EventBody, Phase, Severity, Step, StepState};

/// One step as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub step: Step,
    /// How far.
    pub state: StepState,
    /// What the server says about it.
    pub message: String,
    /// Milliseconds from the activation's start to the step's.
    pub from_ms: u64,
    /// Milliseconds from the activation's start to the step's end, once known.
    pub to_ms: Option<u64>,
    /// What the cluster said meanwhile.
    pub events: Vec<Note>,
}

/// A Kubernetes event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its reason and what it regards.
    pub title: String,
    /// What it says.
    pub message: String,
    /// True for warnings.
    pub warning: bool,
}

/// How many events a step keeps.
const NOTES: usize = 20;

impl Row {
    /// How long it took, once over.
    pub fn took_ms(&self) -> Option<u64> {
        self.to_ms.map(|to| to.saturating_sub(self.from_ms))
    }
}

/// The latest activation of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activation {
    /// Its steps in the order they began.
    pub rows: Vec<Row>,
    /// True once the project was active after it.
    pub done: bool,
}

impl Activation {
    /// Takes one event; true if something changed.
    pub fn apply(&mut self, body: &EventBody) -> bool {
        match body {
            EventBody::ActivationStep { step, state, message, elapsed_ms } => {
                // An older time, or a known step that starts anew, is another activation.
                let again = *state == StepState::Started && self.rows.iter().any(|row| row.step == *step);
                let earlier = self.total_ms() > *elapsed_ms && *state == StepState::Started;
                if self.done && *step == Step::Endpoint && *state != StepState::Started {
                    // A load balancer's address comes when the agent is long at work.
                    let known = self.rows.iter().any(|row| row.step == *step);
                    if known {
                        self.step(*step, *state, message, self.total_ms().max(*elapsed_ms));
                    }
                    return known;
                }
                if again || earlier || self.done {
                    *self = Self::default();
                }
                self.step(*step, *state, message, *elapsed_ms);
                true
            }
            EventBody::ClusterEvent { reason, message, object, severity } => {
                // It belongs to the step under way, else to the last.
                let under_way = self.rows.iter().rposition(|row| row.state == StepState::Started);
                let at = under_way.or(self.rows.len().checked_sub(1)).filter(|_| !self.done);
                let Some(row) = at.and_then(|at| self.rows.get_mut(at)) else { return false };
                let warning = *severity == Severity::Warning;
                let note = Note { title: format!("{reason} {object}"), message: message.clone(), warning };
                // The same again says nothing new.
                if row.events.last() == Some(&note) || row.events.len() >= NOTES {
                    return false;
                }
                row.events.push(note);
                true
            }
            EventBody::ProjectPhase { phase: Phase::Active, .. } => {
                let changed = !self.done && !self.rows.is_empty();
                self.done = changed || self.done;
                changed
            }
            _ => false,
        }
    }

    fn step(&mut self, step: Step, state: StepState, message: &str, at: u64) {
        let before = self.total_ms();
        let row = match self.rows.iter_mut().find(|row| row.step == step) {
            Some(row) => row,
            None => {
                let from_ms = if state == StepState::Started { at } else { before.min(at) };
                self.rows.push(Row {
                    step,
                    state,
                    message: String::new(),
                    from_ms,
                    to_ms: None,
                    events: Vec::new(),
                });
                let last = self.rows.len() - 1;
                &mut self.rows[last]
            }
        };
        row.state = state;
        if !message.is_empty() {
            message.clone_into(&mut row.message);
        }
        if state != StepState::Started {
            row.to_ms = Some(at);
        }
    }

    /// Milliseconds until the last thing known.
    pub fn total_ms(&self) -> u64 {
        self.rows.iter().map(|row| row.to_ms.unwrap_or(row.from_ms)).max().unwrap_or(0)
    }
}

impl Activation {
    /// One line of what took how long, the longest first: `agent 650 ms, process 40 ms`. Nothing before it is over.
    pub fn summary(&self) -> Option<String> {
        let mut took: Vec<_> = self.rows.iter().filter_map(|row| Some((row.took_ms()?, row.step))).collect();
        took.retain(|(ms, _)| *ms > 0);
        took.sort_by_key(|(ms, _)| std::cmp::Reverse(*ms));
        took.truncate(TOLD);
        let told = took
            .iter()
            .map(|(ms, step)| format!("{} {}", label(*step).to_lowercase(), time::length(*ms as i64)));
        Some(told.collect::<Vec<_>>().join(", ")).filter(|told| self.done && !told.is_empty())
    }
}

/// How many steps a summary names.
const TOLD: usize = 3;

/// What people read for a step.
pub const fn label(step: Step) -> &'static str {
    match step {
        Step::Namespace => "Namespace",
        Step::Manifests => "Manifests",
        Step::Scale => "Scale",
        Step::Schedule => "Schedule",
        Step::Volume => "Volume",
        Step::Image => "Image",
        Step::Container => "Container",
        Step::Workspace => "Workspace",
        Step::Process => "Process",
        Step::Relay => "Relay",
        Step::Agent => "Agent",
        Step::Endpoint => "Endpoint",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: Step, state: StepState, elapsed_ms: u64) -> EventBody {
        EventBody::ActivationStep { step, state, message: String::new(), elapsed_ms }
    }

    #[test]
    fn steps_have_a_start_and_an_end() {
        let mut activation = Activation::default();
        activation.apply(&step(Step::Workspace, StepState::Started, 0));
        activation.apply(&step(Step::Workspace, StepState::Done, 12));
        activation.apply(&step(Step::Agent, StepState::Started, 12));
        activation.apply(&step(Step::Agent, StepState::Failed, 500));
        let rows: Vec<_> =
            activation.rows.iter().map(|r| (r.step, r.from_ms, r.took_ms(), r.state)).collect();
        assert_eq!(
            rows,
            [
                (Step::Workspace, 0, Some(12), StepState::Done),
                (Step::Agent, 12, Some(488), StepState::Failed)
            ]
        );
        assert_eq!(activation.total_ms(), 500);
    }

    #[test]
    fn what_took_longest_is_told_first() {
        let mut activation = Activation::default();
        for (one, from, to) in
            [(Step::Workspace, 0, 12), (Step::Process, 12, 52), (Step::Relay, 52, 52), (Step::Agent, 52, 702)]
        {
            activation.apply(&step(one, StepState::Started, from));
            activation.apply(&step(one, StepState::Done, to));
        }
        assert_eq!(activation.summary(), None, "not before it is over");
        activation.done = true;
        assert_eq!(activation.summary().as_deref(), Some("agent 650 ms, process 40 ms, workspace 12 ms"));
    }

    #[test]
    fn a_new_start_replaces_the_old_one() {
        let mut activation = Activation::default();
        activation.apply(&step(Step::Workspace, StepState::Started, 0));
        activation.apply(&step(Step::Agent, StepState::Started, 100));
        activation.apply(&step(Step::Workspace, StepState::Started, 0));
        assert_eq!(activation.rows.len(), 1);
    }

    #[test]
    fn what_the_cluster_says_belongs_to_the_step_under_way() {
        let event = |reason: &str, severity| EventBody::ClusterEvent {
            reason: reason.into(),
            message: "m".into(),
            object: "Pod/p".into(),
            severity,
        };
        let mut activation = Activation::default();
        assert!(
            !activation.apply(&event("Early", Severity::Normal)),
            "before the first step it has no place"
        );
        activation.apply(&step(Step::Schedule, StepState::Done, 5));
        activation.apply(&step(Step::Image, StepState::Started, 5));
        assert!(activation.apply(&event("Pulling", Severity::Normal)));
        assert!(!activation.apply(&event("Pulling", Severity::Normal)), "not twice");
        activation.apply(&event("Failed", Severity::Warning));
        assert!(activation.rows[0].events.is_empty());
        let told: Vec<_> = activation.rows[1].events.iter().map(|n| (n.title.as_str(), n.warning)).collect();
        assert_eq!(told, [("Pulling Pod/p", false), ("Failed Pod/p", true)]);
    }

    #[test]
    fn only_the_end_of_a_step_may_be_known() {
        let mut activation = Activation::default();
        activation.apply(&step(Step::Workspace, StepState::Done, 5));
        activation.apply(&step(Step::Process, StepState::Done, 25));
        assert_eq!(activation.rows[1].took_ms(), Some(20));
    }

    #[test]
    fn an_address_that_comes_late_is_no_new_start() {
        let active = EventBody::ProjectPhase {
            phase: Phase::Active,
            desired_state: gaggle_shared::DesiredState::Active,
            failure: None,
        };
        let mut activation = Activation::default();
        activation.apply(&step(Step::Endpoint, StepState::Started, 10));
        activation.apply(&step(Step::Agent, StepState::Done, 900));
        activation.apply(&active);
        assert!(activation.apply(&step(Step::Endpoint, StepState::Done, 50)));
        assert!(activation.done && activation.rows.len() == 2, "{activation:?}");
        assert_eq!((activation.rows[0].state, activation.total_ms()), (StepState::Done, 900));
        // Who came too late for its beginning is told nothing of it.
        let mut other = Activation { done: true, ..Activation::default() };
        assert!(!other.apply(&step(Step::Endpoint, StepState::Done, 50)) && other.rows.is_empty());
    }
}
