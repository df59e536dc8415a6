//! How long each step of an activation usually takes here: kept in the browser from the activations it has seen.

use super::start::Activation;
use gaggle_shared::{Step, StepState};
use std::collections::BTreeMap;

/// How many activations are remembered of each step.
const KEPT: usize = 12;

/// From so many on one may say what is usual.
const ENOUGH: usize = 3;

/// What steps have taken, the newest last, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usual {
    took: BTreeMap<String, Vec<u64>>,
    /// The activation that was taken in last, so that a reload does not count it twice.
    last: String,
}

impl Usual {
    /// From the text that was kept; what is not understood is left out.
    pub fn read(text: &str) -> Self {
        let mut usual = Self::default();
        for part in text.split(';') {
            match part.split_once('=') {
                Some(("last", last)) => last.clone_into(&mut usual.last),
                Some((step, took)) => {
                    let took = took.split(',').filter_map(|ms| ms.parse().ok()).collect();
                    usual.took.insert(step.to_owned(), took);
                }
                None => {}
            }
        }
        usual
    }

    /// The text to keep.
    pub fn write(&self) -> String {
        let mut parts = vec![format!("last={}", self.last)];
        for (step, took) in &self.took {
            let took: Vec<_> = took.iter().map(u64::to_string).collect();
            parts.push(format!("{step}={}", took.join(",")));
        }
        parts.join(";")
    }

    /// Takes a finished activation in; true if it is a new one.
    pub fn learn(&mut self, activation: &Activation) -> bool {
        let done = activation.rows.iter().filter(|row| row.state == StepState::Done);
        let took: Vec<_> = done.filter_map(|row| Some((key(row.step), row.took_ms()?))).collect();
        let name = took.iter().map(|(step, ms)| format!("{step}{ms}")).collect::<Vec<_>>().join(".");
        if !activation.done || took.is_empty() || name == self.last {
            return false;
        }
        for (step, ms) in took {
            let all = self.took.entry(step).or_default();
            all.push(ms);
            let extra = all.len().saturating_sub(KEPT);
            all.drain(..extra);
        }
        self.last = name;
        true
    }

    /// What a step usually takes: the middle of what it took.
    pub fn of(&self, step: Step) -> Option<u64> {
        let mut took = self.took.get(&key(step)).filter(|took| took.len() >= ENOUGH)?.clone();
        took.sort_unstable();
        took.get(took.len() / 2).copied()
    }
}

fn key(step: Step) -> String {
    super::start::label(step).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::{DesiredState, EventBody, Phase};

    fn activation(ms: u64, done: bool) -> Activation {
        let mut activation = Activation::default();
        let step = Step::Process;
        activation.apply(&EventBody::ActivationStep {
            step,
            state: StepState::Started,
            message: String::new(),
            elapsed_ms: 0,
        });
        activation.apply(&EventBody::ActivationStep {
            step,
            state: StepState::Done,
            message: String::new(),
            elapsed_ms: ms,
        });
        if done {
            let (phase, desired_state) = (Phase::Active, DesiredState::Active);
            activation.apply(&EventBody::ProjectPhase { phase, desired_state, failure: None });
        }
        activation
    }

    #[test]
    fn what_is_usual_is_the_middle_of_some() {
        let mut usual = Usual::default();
        for ms in [900, 100] {
            assert!(usual.learn(&activation(ms, true)));
        }
        assert_eq!(usual.of(Step::Process), None, "two are not enough");
        assert!(!usual.learn(&activation(100, true)), "the same one after a reload");
        assert!(!usual.learn(&activation(5_000, false)), "not yet over");
        usual.learn(&activation(120, true));
        assert_eq!((usual.of(Step::Process), usual.of(Step::Image)), (Some(120), None));
        assert_eq!(Usual::read(&usual.write()), usual);
        assert_eq!(Usual::read("nonsense;a=b").of(Step::Agent), None);
    }
}
