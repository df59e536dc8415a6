//! The plan against a small world: from every state it comes to rest, a step twice is a step once, delete wins, and no
//! message is left waiting.

mod world;

use super::*;
use gaggle_shared::{Failure, Phase, Settings};
use proptest::prelude::*;
use world::{LIMITS, at, ended, record, world};

#[test]
fn a_successor_that_comes_up_by_itself_is_waited_for_and_not_started_again() {
    let mut record = record(DesiredState::Active, PhaseState::Active { since: at(0) }, true);
    let mut seen =
        Seen { workload: Workload::Starting(gaggle_shared::Step::Schedule), agent: false, astray: false };
    assert_eq!(plan(&record, &seen, at(1), LIMITS), Step::BeginActivation);
    record.begin_activation(at(1), LIMITS.ready);
    assert_eq!(plan(&record, &seen, at(1), LIMITS), Step::Rest(Some(at(121))));
    seen = Seen { workload: Workload::Running, agent: true, astray: false };
    assert_eq!(plan(&record, &seen, at(2), LIMITS), Step::Ready);
    // The API server lags behind: the agent answers already.
    record.note_ready(at(2));
    seen.workload = Workload::Starting(gaggle_shared::Step::Container);
    assert!(matches!(plan(&record, &seen, at(2), LIMITS), Step::Rest(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_state_comes_to_rest(mut world in world()) {
        let wished = world.record.desired;
        // Not heard by those who wished it asleep; a message wakes.
        let waits = world.record.turns.iter().any(crate::lifecycle::writes::waits);
        world.rest();
        let phase = world.record.phase.phase();
        prop_assert!(world.record.turns.iter().all(ended), "{:?}", world.record.turns);
        match wished {
            DesiredState::Deleted => prop_assert!(world.record.tombstone.is_some()),
            DesiredState::Inactive if waits => {
                prop_assert!(matches!(phase, Phase::Inactive | Phase::Failed | Phase::Active));
            }
            DesiredState::Inactive => prop_assert!(matches!(phase, Phase::Inactive | Phase::Failed)),
            // Idle since long.
            DesiredState::Active if phase == Phase::Inactive => prop_assert!(world.now >= at(1800)),
            DesiredState::Active => prop_assert!(matches!(phase, Phase::Active | Phase::Failed)),
        }
        // What sleeps has its objects.
        if matches!(phase, Phase::Inactive | Phase::Failed) {
            prop_assert_eq!(world.record.unplaced, None);
        }
        // Nothing is left over where nothing shall run.
        if phase != Phase::Active {
            prop_assert_eq!(&world.seen.workload, &Workload::Absent);
            prop_assert!(!world.record.link.workload);
        }
        if phase == Phase::Failed && wished == DesiredState::Active {
            prop_assert_eq!(world.record.desired, DesiredState::Inactive);
            prop_assert!(world.record.failure.is_some());
        }
    }

    #[test]
    fn delete_wins_from_every_state(mut world in world(), steps in 0usize..6) {
        for _ in 0..steps {
            if world.record.tombstone.is_none() {
                world.take(world.plan());
            }
        }
        world.record.desired = DesiredState::Deleted;
        world.rest();
        prop_assert!(world.record.tombstone.is_some());
        prop_assert_eq!(world.seen.workload, Workload::Absent);
    }

    #[test]
    fn a_message_that_comes_between_a_plan_and_its_step_is_answered_or_fails_with_a_cause(
        mut world in world(),
        steps in 0usize..6,
    ) {
        for _ in 0..steps {
            if world.record.tombstone.is_none() {
                world.take(world.plan());
            }
        }
        if world.record.desired == DesiredState::Deleted {
            return Ok(());
        }
        let step = world.plan();
        let id = world.say("late");
        world.take(step);
        world.rest();
        let turn = world.record.turns.iter().find(|turn| turn.id == id).unwrap();
        let TurnStage::Ended { stop, failure, .. } = &turn.stage else { panic!("it waits for ever: {turn:?}") };
        prop_assert!(*stop == gaggle_shared::StopReason::EndTurn || failure.is_some(), "{:?}", turn);
        // Nobody has put the project to sleep since.
        let asleep = |failure: &Failure| failure.code == Code::ProjectDeactivated;
        prop_assert!(!failure.as_ref().is_some_and(asleep), "{:?}", turn);
    }

    #[test]
    fn a_step_twice_is_a_step_once(world in world()) {
        let step = world.plan();
        if matches!(step, Step::Rest(_)) {
            return Ok(());
        }
        let (mut once, mut twice) = (world.clone(), world);
        once.failures = 0;
        twice.failures = 0;
        once.take(step.clone());
        twice.take(step.clone());
        // The same step again, as after a crash between its effect and the next look; where a step counts its tries
        // only what it leads to is the same.
        twice.take(step);
        once.rest();
        twice.rest();
        prop_assert_eq!(once.record.phase.phase(), twice.record.phase.phase());
        prop_assert_eq!(once.record.desired, twice.record.desired);
        prop_assert_eq!(once.seen, twice.seen);
    }
}

#[test]
fn an_idle_project_sleeps_on_the_second() {
    let record = record(DesiredState::Active, PhaseState::Active { since: at(0) }, true);
    let seen = Seen { workload: Workload::Running, agent: true, astray: false };
    assert_eq!(plan(&record, &seen, at(1799), LIMITS), Step::Rest(Some(at(1800))));
    assert_eq!(plan(&record, &seen, at(1800), LIMITS), Step::Sleep);
    let never = ProjectRecord {
        settings: Settings { idle_timeout: Some(Span::from_secs(0)), ..Settings::default() },
        ..record
    };
    assert_eq!(plan(&never, &seen, at(999_999), LIMITS), Step::Rest(None));
}

#[test]
fn a_failure_keeps_its_cause_while_what_is_left_is_ended() {
    let failure =
        Failure { code: Code::CrashLoop, message: "it ends".into(), hint: None, detail: None, since: at(0) };
    let mut record = record(DesiredState::Inactive, PhaseState::failed(), true);
    record.failure = Some(failure.clone());
    let seen = Seen { workload: Workload::Running, agent: false, astray: false };
    assert_eq!(plan(&record, &seen, at(1), LIMITS), Step::Stop);
    record.note_stopped();
    assert_eq!((record.phase, record.failure), (PhaseState::failed(), Some(failure)));
}

#[test]
fn what_a_relay_said_counts_more_than_that_it_ends_again_and_again() {
    let activating = PhaseState::Activating {
        since: at(0),
        attempt: 1,
        retry_at: None,
        deadline: at(120),
        extended: 0,
        queued: false,
    };
    let broken = |code| Workload::Broken(Cause::new(code, "it ended"));
    let mut record = record(DesiredState::Active, activating, true);
    let mut failed = |fault: Option<Code>, code| {
        record.link.fault = fault.map(|code| Cause::new(code, "the relay is too old").failure(at(0)));
        match plan(&record, &Seen { workload: broken(code), agent: false, astray: false }, at(1), LIMITS) {
            Step::Fail(cause) => cause.code,
            other => panic!("{other:?}"),
        }
    };
    let said = Some(Code::ContainerConfigError);
    assert_eq!(failed(said, Code::CrashLoop), Code::ContainerConfigError);
    assert_eq!(failed(None, Code::CrashLoop), Code::CrashLoop);
    assert_eq!(failed(said, Code::OomKilled), Code::OomKilled, "the runtime knows better");
}

#[test]
fn a_pull_puts_the_deadline_off_ten_times_and_no_more() {
    let begun = |seconds| PhaseState::Activating {
        since: at(0),
        attempt: 1,
        retry_at: None,
        deadline: at(seconds),
        extended: 0,
        queued: false,
    };
    let pulls =
        Seen { workload: Workload::Starting(gaggle_shared::Step::Image), agent: false, astray: false };
    let mut record = record(DesiredState::Active, begun(120), true);
    let mut now = at(120);
    for _ in 0..EXTENSIONS {
        assert_eq!(plan(&record, &pulls, now, LIMITS), Step::Extend);
        record.extend_activation(LIMITS.ready);
        assert_eq!(plan(&record, &pulls, now, LIMITS), Step::Rest(Some(after(now, LIMITS.ready))));
        now = after(now, LIMITS.ready);
    }
    let Step::Fail(cause) = plan(&record, &pulls, now, LIMITS) else { panic!("it goes on for ever") };
    assert_eq!(cause.code, Code::ActivationTimeout);
    assert!(cause.message.contains("step: image"), "{cause:?}");
    // Only a pull does.
    let waits =
        Seen { workload: Workload::Starting(gaggle_shared::Step::Schedule), agent: false, astray: false };
    let record = ProjectRecord { phase: begun(120), ..record };
    let Step::Fail(cause) = plan(&record, &waits, at(120), LIMITS) else { panic!("it waits on") };
    assert!(cause.message.contains("step: schedule"), "{cause:?}");
}
