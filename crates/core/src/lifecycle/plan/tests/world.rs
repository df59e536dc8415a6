//! A small world for the plan: it takes steps as `steps` does, and its agent works on what it is given.

use super::super::*;
use crate::{
    chat,
    draft::{Answers, Draft},
    lifecycle::writes,
    record::{Asking, DayUsage, Lease, LinkRecord, LiveTurn, SCHEMA, Tombstone, Unplaced},
    service::{Config, OrphanPolicy},
};
use gaggle_shared::{
    Failure, Mode, Permission, ProjectId, ProjectName, SessionId, Settings, StopReason, StoreKind, TurnId,
    UserId,
};
use proptest::prelude::*;
use std::sync::Arc;

pub(super) const LIMITS: Limits = Limits { idle: Span::from_secs(1800), ready: Duration::from_secs(120) };

pub(super) fn at(seconds: i64) -> Time {
    Time::from_second(1_800_000_000 + seconds).unwrap()
}

fn session() -> SessionId {
    SessionId::parse("s1").unwrap()
}

pub(super) fn record(desired: DesiredState, phase: PhaseState, workload: bool) -> ProjectRecord {
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
        sessions: vec![crate::service::blank_session(session(), None, at(0))],
        default_session: session(),
        doomed: Vec::new(),
        abandoned: Vec::new(),
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
        start: None,
        tombstone: None,
    }
}

fn config() -> Config {
    Config {
        users: Vec::new(),
        server: "here".into(),
        version: "0".into(),
        store_kind: StoreKind::Embedded,
        provider: None,
        model: None,
        host: "here".into(),
        reach: crate::service::Reach::Computer,
        ready_timeout: LIMITS.ready,
        idle_timeout: LIMITS.idle,
        permission_timeout: Span::from_secs(600),
        mode: Mode::SmartApprove,
        patience: Duration::from_secs(120),
        activations: 4,
        orphans: OrphanPolicy::Remove,
        queue: 20,
        journal_bytes: 1 << 20,
    }
}

fn cause() -> Cause {
    Cause::new(Code::VolumeFailed, "it failed")
}

/// A world that does as it is told, after some failures.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) record: ProjectRecord,
    pub(super) seen: Seen,
    pub(super) now: Time,
    pub(super) failures: u32,
    /// Whether an agent that was started comes up.
    comes_up: bool,
    /// How many may start at once.
    places: usize,
}

impl World {
    /// Takes the step as `steps` does, with this world as the runtime.
    pub(super) fn take(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Rest(until) => self.now = until.unwrap_or(now).max(now),
            Step::Place => match self.fails() {
                true => self.record.note_unplaced(&cause(), now),
                false => self.record.note_placed(),
            },
            Step::BeginActivation => self.record.begin_activation(now, LIMITS.ready),
            Step::Extend => self.record.extend_activation(LIMITS.ready),
            Step::Start => {
                if self.places == 0 {
                    // As long as no place is free it is told so, and time passes.
                    self.record.note_queued();
                    (self.places, self.now) = (1, now.max(at(5000)));
                    return;
                }
                self.record.note_start(now, "hash".into(), LIMITS.ready);
                match self.fails() {
                    true => self.edit(|draft| writes::fail(draft, &cause().passing())),
                    false => {
                        self.seen = Seen { workload: Workload::Running, agent: self.comes_up, astray: false };
                    }
                }
            }
            Step::Ready => self.record.note_ready(now),
            Step::Lost => self.edit(|draft| writes::lose(draft, true, LIMITS.ready)),
            Step::Fail(cause) => {
                self.edit(|draft| writes::fail(draft, &cause));
                // What may pass does, sooner or later.
                if cause.passing && !self.fails() {
                    self.seen = Seen { workload: Workload::Running, agent: self.comes_up, astray: false };
                }
            }
            Step::Sleep => self.edit(|draft| writes::fall_asleep(draft, LIMITS)),
            Step::Wake => self.edit(writes::wake),
            Step::BeginStop => self.edit(writes::begin_stop),
            Step::Stop => match self.fails() {
                true => self.record.note_stuck(&cause(), now),
                false => {
                    self.seen = Seen { workload: Workload::Absent, agent: false, astray: false };
                    self.edit(writes::stop);
                }
            },
            Step::Tend => self.seen.astray = false,
            Step::Expire(id) => self.edit(|draft| chat::expire(draft, &id)),
            Step::BeginDelete => self.record.begin_delete(now),
            Step::Remove => match self.fails() {
                true => self.record.note_stuck(&cause(), now),
                false => {
                    self.seen = Seen { workload: Workload::Absent, agent: false, astray: false };
                    self.record.link.workload = false;
                    self.record.turns.clear();
                    self.record.tombstone = Some(Tombstone { receipt: self.record.receipt(), at: now });
                }
            },
            Step::Forget => unreachable!("before a day is over"),
        }
    }

    fn fails(&mut self) -> bool {
        let fails = self.failures > 0;
        self.failures = self.failures.saturating_sub(1);
        fails
    }

    fn edit<T>(&mut self, change: impl FnOnce(&mut Draft<'_>) -> T) -> T {
        let answers = Answers::new();
        let mut draft = Draft::new(self.record.clone(), self.now, &answers, Arc::new(config()), 1);
        let out = change(&mut draft);
        self.record = draft.record;
        out
    }

    pub(super) fn plan(&self) -> Step {
        plan(&self.record, &self.seen, self.now, LIMITS)
    }

    /// A person sends a message, as `send_message` does.
    pub(super) fn say(&mut self, text: &str) -> TurnId {
        let id = TurnId::parse(text).unwrap();
        let (fresh, said) = (id.clone(), chat::Said { text: text.into(), attachments: Vec::new() });
        self.edit(|draft| {
            chat::queue(draft, fresh, &session(), said, None).unwrap();
            draft.wish_active();
        });
        id
    }

    /// The agent does the next thing: takes what waits, or ends what does not wait for a person.
    fn work(&mut self) -> bool {
        let awake = self.record.desired == DesiredState::Active;
        if !awake || !self.seen.agent || !matches!(self.record.phase, PhaseState::Active { .. }) {
            return false;
        }
        let asks = |turn: &LiveTurn| {
            let mut all = turn.permissions.iter();
            all.any(|asking| asking.permission.state == PermissionState::Pending)
        };
        let Some(turn) = self.record.turns.iter_mut().find(|turn| !ended(turn) && !asks(turn)) else {
            return false;
        };
        if let TurnStage::Running { .. } = turn.stage {
            let (id, stop) = (turn.id.clone(), turn.stopping.unwrap_or(StopReason::EndTurn));
            self.edit(|draft| chat::end_turn(draft, &id, stop, None));
        } else {
            turn.stage = running();
        }
        true
    }

    /// An agent that cannot be reached is back soon, or ends for good.
    fn meet(&mut self) -> bool {
        let lost = matches!(self.record.phase, PhaseState::Active { .. })
            && self.record.desired == DesiredState::Active
            && !self.seen.agent;
        if lost && self.comes_up {
            self.seen = Seen { workload: Workload::Running, agent: true, astray: false };
        } else if lost {
            self.record.link.fault = Some(cause().failure(self.now));
        }
        lost
    }

    /// Plans and steps until nothing is due; how many steps that took.
    pub(super) fn rest(&mut self) -> usize {
        for steps in 0..300 {
            match self.plan() {
                Step::Rest(_) if self.work() || self.meet() => {}
                Step::Rest(None) => return steps,
                // A tombstone waits to be forgotten; an active project to fall asleep.
                Step::Rest(Some(_)) if self.record.tombstone.is_some() => return steps,
                Step::Rest(Some(_)) if self.idles() => return steps,
                step => self.take(step),
            }
        }
        panic!("never at rest: {self:?}");
    }

    fn idles(&self) -> bool {
        matches!(self.record.phase, PhaseState::Active { .. }) && self.record.turns.iter().all(ended)
    }
}

pub(super) fn ended(turn: &LiveTurn) -> bool {
    matches!(turn.stage, TurnStage::Ended { .. })
}

fn running() -> TurnStage {
    TurnStage::Running { at: at(0), cursor: Default::default(), agent_session: "a1".into(), first_seq: 1 }
}

/// A turn of this number in this stage, that asks for an approval until then, if it runs.
fn turn(number: usize, stage: TurnStage, asks: Option<i64>) -> LiveTurn {
    let id = TurnId::parse(&format!("t{number}")).unwrap();
    let asking = |until| {
        let permission: Permission = serde_json::from_value(serde_json::json!({
            "id": format!("t{number}-p0"), "projectId": "p1", "sessionId": "s1", "turnId": id, "options": [],
            "toolCall": { "id": "c1", "title": "ls", "kind": "other", "status": "pending", "startedAt": at(0),
                "endedAt": null },
            "state": "pending", "optionId": null, "answeredBy": null, "comment": null, "createdAt": at(0),
            "expiresAt": at(until), "answeredAt": null,
        }))
        .unwrap();
        Asking { permission, request: number.into(), watched_at: None }
    };
    let asks = asks.filter(|_| matches!(stage, TurnStage::Running { .. }));
    LiveTurn {
        id: id.clone(),
        session: session(),
        prompt: "do it".into(),
        attachments: Vec::new(),
        mode: None,
        created_at: at(0),
        stage,
        stopping: None,
        steers: Vec::new(),
        run: None,
        model_failed: None,
        usage: None,
        told: None,
        permissions: asks.map(asking).into_iter().collect(),
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
        Just(PhaseState::failed()),
        Just(PhaseState::Active { since }),
        (0u32..5, retry.clone(), 0u32..12, any::<bool>()).prop_map(
            move |(attempt, retry_at, extended, queued)| PhaseState::Activating {
                since,
                attempt,
                retry_at,
                deadline,
                extended,
                queued
            }
        ),
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
    let held = Workload::Broken(Cause::new(Code::VolumeFailed, "held elsewhere").passing());
    let workload = prop_oneof![
        Just(Workload::Absent),
        Just(Workload::Starting(gaggle_shared::Step::Container)),
        Just(Workload::Starting(gaggle_shared::Step::Image)),
        Just(Workload::Running),
        Just(Workload::Stopping),
        Just(broken),
        Just(held),
    ];
    (workload, any::<bool>(), any::<bool>()).prop_map(|(workload, agent, astray)| Seen {
        agent: agent && workload == Workload::Running,
        workload,
        astray,
    })
}

fn retried(seconds: i64) -> Option<Unplaced> {
    Some(Unplaced { attempt: 3, retry_at: Some(at(seconds)) })
}

/// Up to three turns of a session: one that runs or was sent, others that wait; some ask until then.
fn turns() -> impl Strategy<Value = Vec<LiveTurn>> {
    let sent = TurnStage::Sent { at: at(0), incarnation: 1 };
    let first = prop_oneof![Just(TurnStage::Queued), Just(sent), Just(running())];
    let asks = prop_oneof![Just(None), (0i64..900).prop_map(Some)];
    (proptest::option::of((first, asks)), 0usize..3).prop_map(|(first, more)| {
        let first = first.map(|(stage, asks)| turn(0, stage, asks));
        first.into_iter().chain((1..=more).map(|number| turn(number, TurnStage::Queued, None))).collect()
    })
}

/// What the wish and the phase allow of these turns.
fn reachable(desired: DesiredState, phase: &PhaseState, mut turns: Vec<LiveTurn>) -> Vec<LiveTurn> {
    let runs = |turn: &LiveTurn| matches!(turn.stage, TurnStage::Running { .. });
    let nothing_runs = matches!(phase, PhaseState::Inactive | PhaseState::Failed { .. });
    turns.retain(|turn| !(nothing_runs && runs(turn)));
    match desired {
        DesiredState::Active => {}
        // Who puts it to sleep has what runs cancelled, and takes back what it asks.
        DesiredState::Inactive => turns.iter_mut().filter(|turn| runs(turn)).for_each(|turn| {
            turn.stopping = Some(StopReason::Cancelled);
            turn.permissions.clear();
        }),
        DesiredState::Deleted => turns.clear(),
    }
    turns
}

fn fault(at: Time) -> Failure {
    Cause::new(Code::CrashLoop, "it ends again and again").failure(at)
}

pub(super) fn world() -> impl Strategy<Value = World> {
    let unplaced = prop_oneof![Just(None), Just(Some(Unplaced::default())), (0i64..300).prop_map(retried)];
    let now = prop_oneof![0i64..400, 1700i64..4000];
    let state = (desired(), phase(), seen(), any::<bool>(), now, 0u32..4, any::<bool>(), unplaced);
    (state, turns(), proptest::bool::weighted(0.1), 0usize..2).prop_map(|(state, turns, faulty, places)| {
        let (desired, phase, seen, workload, now, failures, comes_up, unplaced) = state;
        // Who deletes wishes it first.
        let desired =
            if matches!(phase, PhaseState::Deleting { .. }) { DesiredState::Deleted } else { desired };
        let workload = workload || seen.workload != Workload::Absent;
        let turns = reachable(desired, &phase, turns);
        let mut record = ProjectRecord { unplaced, turns, ..record(desired, phase, workload) };
        record.link.fault = faulty.then(|| fault(at(0)));
        World { record, seen, now: at(now), failures, comes_up, places }
    })
}
