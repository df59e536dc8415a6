//! Records to store: plain, valid, and different where the tests need it.

use gaggle_core::port::{Batch, LinkCursor};
use gaggle_core::record::{
    DayUsage, Entry, IdempotencyEntry, Lease, LinkRecord, PhaseState, ProjectRecord, SCHEMA, SessionRecord,
    Tombstone, TurnRecord,
};
use gaggle_shared::{
    DesiredState, Event, EventBody, MessageId, Part, ProjectId, ProjectName, Receipt, Role, Seq, SessionId,
    Settings, StopReason, Time, Turn, TurnId, TurnState, UserId,
};

/// So many seconds after a fixed day.
pub fn time(seconds: u32) -> Time {
    Time::UNIX_EPOCH + std::time::Duration::from_secs(1_790_000_000 + u64::from(seconds))
}

/// Ten bytes that differ by `n`.
fn bytes(n: u32) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[6..].copy_from_slice(&n.to_be_bytes());
    bytes
}

/// The `n`-th project id; ids rise with `n`.
pub fn project_id(n: u32) -> ProjectId {
    ProjectId::new(time(n), bytes(n))
}

/// The `n`-th session id; ids rise with `n`.
pub fn session_id(n: u32) -> SessionId {
    SessionId::new(time(n), bytes(n))
}

/// The `n`-th turn id; ids rise with `n`.
pub fn turn_id(n: u32) -> TurnId {
    TurnId::new(time(n), bytes(n))
}

/// A user id.
///
/// # Panics
/// If it is none.
pub fn user(id: &str) -> UserId {
    UserId::parse(id).expect("a user id")
}

/// A project name.
///
/// # Panics
/// If it is none.
pub fn name(text: &str) -> ProjectName {
    ProjectName::parse(text).expect("a project name")
}

/// The `n`-th project of `alice`: asleep, settled, generation 1, named `project n`, made at `time(n)`.
pub fn project(n: u32) -> ProjectRecord {
    ProjectRecord {
        schema: SCHEMA,
        id: project_id(n),
        user: user("alice"),
        name: name(&format!("project {n}")),
        created_at: time(n),
        creation_key: None,
        generation: 1,
        lease: Lease { owner: "test".into(), epoch: 1, expires_at: None },
        desired: DesiredState::Inactive,
        phase: PhaseState::Inactive,
        failure: None,
        settings: Settings::default(),
        applied: None,
        accepts: None,
        sessions: vec![SessionRecord {
            id: session_id(n),
            agent_session: None,
            title: None,
            agent_title: None,
            created_at: time(n),
            last_activity_at: time(n),
            mode: None,
            model: None,
            wish: 0,
            offers: None,
            ready: None,
            lost: false,
            cost: 0.0,
        }],
        default_session: session_id(n),
        doomed: Vec::new(),
        abandoned: Vec::new(),
        turns: Vec::new(),
        link: LinkRecord::default(),
        reserved: 0,
        floor: 0,
        outbox: Vec::new(),
        keys: Vec::new(),
        last_activity_at: time(n),
        summary: String::new(),
        unplaced: None,
        today: DayUsage::default(),
        start: None,
        tombstone: None,
    }
}

/// That record one generation later.
pub fn next(record: &ProjectRecord) -> ProjectRecord {
    ProjectRecord { generation: record.generation + 1, ..record.clone() }
}

/// That record one generation later as a tombstone.
pub fn tombstone(record: &ProjectRecord) -> ProjectRecord {
    let receipt = Receipt { project_id: record.id.clone(), removed: Vec::new(), remaining: Vec::new() };
    ProjectRecord {
        desired: DesiredState::Deleted,
        tombstone: Some(Tombstone { receipt, at: record.created_at }),
        ..next(record)
    }
}

/// The entry of an idempotency key for creating.
pub fn key(text: &str) -> IdempotencyEntry {
    IdempotencyEntry {
        key: text.into(),
        route: "projects".into(),
        body: "00".into(),
        at: time(0),
        made: String::new(),
    }
}

/// An entry with a text.
pub fn entry(seq: Seq, text: &str) -> Entry {
    let turn = turn_id(1);
    let body = EventBody::MessageDelta {
        message_id: MessageId::of_agent(&turn),
        turn_id: turn,
        role: Role::Assistant,
        part: 0,
        offset: 0,
        text: text.into(),
    };
    let source = Some(serde_json::json!({"sessionUpdate": "agent_message_chunk", "_meta": {"n": seq}}));
    Entry { event: Event { seq, at: time(0), body }, source }
}

/// A batch of entries with these seqs, without a cursor.
pub fn batch(seqs: impl IntoIterator<Item = Seq>) -> Batch {
    Batch::new(seqs.into_iter().map(|seq| entry(seq, &format!("text {seq}"))).collect(), None)
}

/// That batch, come from frames up to this one.
pub fn up_to(batch: Batch, incarnation: u64, frame: u64) -> Batch {
    Batch { cursor: Some(LinkCursor { incarnation, frame }), ..batch }
}

/// The `n`-th turn of a project, ended, of session `session`.
pub fn turn(project: &ProjectId, n: u32, session: u32) -> TurnRecord {
    let text = format!("answer {n}");
    TurnRecord {
        project: project.clone(),
        turn: Turn {
            id: turn_id(n),
            session_id: session_id(session),
            state: TurnState::Ended,
            stop_reason: Some(StopReason::EndTurn),
            prompt: format!("prompt {n}"),
            attachments: Vec::new(),
            text: text.clone(),
            parts: vec![Part::Text { text }],
            usage: None,
            failure: None,
            created_at: time(n),
            started_at: Some(time(n)),
            ended_at: Some(time(n)),
        },
        permissions: Vec::new(),
        steers: Vec::new(),
        attachments: Vec::new(),
        model: None,
    }
}
