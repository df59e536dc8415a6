//! The plan against a small world: from every state it comes to rest, a step twice is a step once, delete wins.

use super::*;
use crate::record::{DayUsage, Lease, LinkRecord, SCHEMA, Tombstone, Unplaced};
use gaggle_shared::{Failure, Phase, ProjectId, ProjectName, SessionId, Settings, UserId};
use proptest::prelude::*;

const LIMITS: Limits = Limits { idle: Span::from_secs(1800), ready: Duration::from_secs(120) };

fn at(seconds: i64) -> Time {
    Time::from_second(1_800_000_000 + seconds).unwrap()
}

fn record(desired: DesiredState, phase: PhaseState, workload: bool) -> ProjectRecord {
    let session = SessionId::parse("s1").unwrap();
    ProjectRecord {
        schema: SCHEMA,
        id: ProjectId::parse("p1").unwrap(),
        user: UserId::parse("alice").unwrap(),
        name: ProjectName::parse("one").unwrap(),
        created_at: at(0),
        creation_key: None,
        generation: 1,
        lease: Lease { owner: "here".into(), epoch: 1, expires_at: None },
        desired,
        phase,
        failure: None,
        settings: Settings::default(),
        applied: None,
        accepts: None,
        sessions: vec![crate::service::blank_session(session.clone(), None, at(0))],
        default_session: session,
        turns: Vec::new(),
        link: LinkRecord { workload, ..LinkRecord::default() },
        reserved: 0,
        floor: 0,
        outbox: Vec::new(),
        keys: Vec::new(),
        last_activity_at: at(0),
        summary: String::new(),
        unplaced: None,
        today: DayUsage::default(),
        tombstone: None,
    }
}

/// A world that does as it is told, after some failures.
#[derive(Debug, Clone)]
struct World {
    record: ProjectRecord,
    seen: Seen,
    now: Time,
    failures: u32,
    /// Whether an agent that was started comes up.
    comes_up: bool,
}

impl World {
    /// Takes the step as `steps` does, with this world as the runtime.
    fn take(&mut self, step: Step) {
        let (record, now) = (&mut self.record, self.now);
        let cause = || Cause::new(Code::VolumeFailed, "it failed");
        match step {
            Step::Rest(until) => self.now = until.unwrap_or(now).max(now),
            Step::Place => match self.failures.checked_sub(1) {
                Some(left) => {
                    self.failures = left;
                    record.note_unplaced(&cause(), now);
                }
                None => record.note_placed(),
            },
            Step::BeginActivation => record.begin_activation(now, LIMITS.ready),
            Step::Extend => record.extend_activation(LIMITS.ready),
            Step::Start => {
                record.note_start(now, "hash".into());
                match self.failures.checked_sub(1) {
                    Some(left) => {
                        self.failures = left;
                        record.note_failure(&cause().passing(), now);
                    }
                    None => {
                        self.seen.workload = Workload::Running;
                        self.seen.agent = self.comes_up;
                    }
                }
            }
            Step::Ready => record.note_ready(now),
            Step::Lost => {
                record.link.agent_start = None;
                record.begin_activation(now, LIMITS.ready);
            }
            Step::Fail(cause) => record.note_failure(&cause, now),
            Step::Sleep => record.desired = DesiredState::Inactive,
            Step::BeginStop => record.begin_stop(now),
            Step::Stop => match self.failures.checked_sub(1) {
                Some(left) => {
                    self.failures = left;
                    record.note_stuck(&cause(), now);
                }
                None => {
                    self.seen = Seen { workload: Workload::Absent, agent: false };
                    record.note_stopped();
                }
            },
            Step::Expire(_) => unreachable!("no turns here"),
            Step::BeginDelete => record.begin_delete(now),
            Step::Remove => match self.failures.checked_sub(1) {
                Some(left) => {
                    self.failures = left;
                    record.note_stuck(&cause(), now);
                }
                None => {
                    self.seen = Seen { workload: Workload::Absent, agent: false };
                    record.link.workload = false;
                    record.tombstone = Some(Tombstone { receipt: record.receipt(), at: now });
                }
            },
            Step::Forget => unreachable!("before a day is over"),
        }
    }

    fn plan(&self) -> Step {
        plan(&self.record, &self.seen, self.now, LIMITS)
    }

    /// Plans and steps until nothing is due; how many steps that took.
    fn rest(&mut self) -> usize {
        for steps in 0..200 {
            match self.plan() {
                Step::Rest(None) => return steps,
                // An active project waits to fall asleep; a tombstone to be forgotten.
                Step::Rest(Some(_)) if matches!(self.record.phase, PhaseState::Active { .. }) => {
                    return steps;
                }
                Step::Rest(Some(_)) if self.record.tombstone.is_some() => return steps,
                step => self.take(step),
            }
        }
        panic!("never at rest: {self:?}");
    }
}

fn desired() -> impl Strategy<Value = DesiredState> {
    prop_oneof![Just(DesiredState::Active), Just(DesiredState::Inactive), Just(DesiredState::Deleted)]
}

fn phase() -> impl Strategy<Value = PhaseState> {
    let (since, deadline) = (at(0), at(120));
    let retry = prop_oneof![Just(None), (0i64..300).prop_map(|s| Some(at(s)))];
    prop_oneof![
        Just(PhaseState::Inactive),
        Just(PhaseState::Failed),
        Just(PhaseState::Active { since }),
        (0u32..5, retry.clone()).prop_map(move |(attempt, retry_at)| PhaseState::Activating {
            since,
            attempt,
            retry_at,
            deadline
        }),
        (0u32..5, retry.clone()).prop_map(move |(attempt, retry_at)| PhaseState::Deactivating {
            since,
            attempt,
            retry_at
        }),
        (0u32..5, retry).prop_map(move |(attempt, retry_at)| PhaseState::Deleting {
            since,
            attempt,
            retry_at,
            removed: Vec::new()
        }),
    ]
}

fn seen() -> impl Strategy<Value = Seen> {
    let broken = Workload::Broken(Cause::new(Code::CrashLoop, "broken"));
    let workload = prop_oneof![
        Just(Workload::Absent),
        Just(Workload::Starting(gaggle_shared::Step::Container)),
        Just(Workload::Starting(gaggle_shared::Step::Image)),
        Just(Workload::Running),
        Just(Workload::Stopping),
        Just(broken),
    ];
    (workload, any::<bool>())
        .prop_map(|(workload, agent)| Seen { agent: agent && workload == Workload::Running, workload })
}

fn retried(seconds: i64) -> Option<Unplaced> {
    Some(Unplaced { attempt: 3, retry_at: Some(at(seconds)) })
}

fn world() -> impl Strategy<Value = World> {
    let unplaced = prop_oneof![Just(None), Just(Some(Unplaced::default())), (0i64..300).prop_map(retried)];
    (desired(), phase(), seen(), any::<bool>(), 0i64..400, 0u32..4, any::<bool>(), unplaced).prop_map(
        |(desired, phase, seen, workload, now, failures, comes_up, unplaced)| {
            // Who deletes wishes it first.
            let desired =
                if matches!(phase, PhaseState::Deleting { .. }) { DesiredState::Deleted } else { desired };
            let workload = workload || seen.workload != Workload::Absent;
            let record = ProjectRecord { unplaced, ..record(desired, phase, workload) };
            World { record, seen, now: at(now), failures, comes_up }
        },
    )
}

#[test]
fn a_successor_that_comes_up_by_itself_is_waited_for_and_not_started_again() {
    let mut record = record(DesiredState::Active, PhaseState::Active { since: at(0) }, true);
    let mut seen = Seen { workload: Workload::Starting(gaggle_shared::Step::Schedule), agent: false };
    assert_eq!(plan(&record, &seen, at(1), LIMITS), Step::BeginActivation);
    record.begin_activation(at(1), LIMITS.ready);
    assert_eq!(plan(&record, &seen, at(1), LIMITS), Step::Rest(Some(at(121))));
    seen = Seen { workload: Workload::Running, agent: true };
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
        world.rest();
        let phase = world.record.phase.phase();
        match wished {
            DesiredState::Deleted => prop_assert!(world.record.tombstone.is_some()),
            DesiredState::Inactive => prop_assert!(matches!(phase, Phase::Inactive | Phase::Failed)),
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
    let seen = Seen { workload: Workload::Running, agent: true };
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
    let mut record = record(DesiredState::Inactive, PhaseState::Failed, true);
    record.failure = Some(failure.clone());
    let seen = Seen { workload: Workload::Running, agent: false };
    assert_eq!(plan(&record, &seen, at(1), LIMITS), Step::Stop);
    record.note_stopped();
    assert_eq!((record.phase, record.failure), (PhaseState::Failed, Some(failure)));
}

#[test]
fn a_pull_puts_the_deadline_off_ten_times_and_no_more() {
    let begun =
        |seconds| PhaseState::Activating { since: at(0), attempt: 1, retry_at: None, deadline: at(seconds) };
    let pulls = Seen { workload: Workload::Starting(gaggle_shared::Step::Image), agent: false };
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
    let waits = Seen { workload: Workload::Starting(gaggle_shared::Step::Schedule), agent: false };
    let record = ProjectRecord { phase: begun(120), ..record };
    let Step::Fail(cause) = plan(&record, &waits, at(120), LIMITS) else { panic!("it waits on") };
    assert!(cause.message.contains("step: schedule"), "{cause:?}");
}
