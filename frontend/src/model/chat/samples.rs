//! Made-up values for tests.

use gaggle_shared::{
    Activity, ActivityState, DesiredState, Event, EventBody, MessageId, Permission, PermissionId,
    PermissionState, Phase, Project, ProjectId, ProjectName, Role, SessionId, Settings, Time, ToolCall,
    ToolKind, ToolStatus, Turn, TurnId, TurnState, UserId,
};

pub(crate) fn at(seconds: i64) -> Time {
    Time::from_second(1_700_000_000 + seconds).unwrap()
}

pub(crate) fn session() -> SessionId {
    SessionId::parse("s1").unwrap()
}

pub(crate) fn turn(id: &str, prompt: &str) -> Turn {
    Turn {
        id: TurnId::parse(id).unwrap(),
        session_id: session(),
        state: TurnState::Queued,
        stop_reason: None,
        prompt: prompt.into(),
        attachments: vec![],
        text: String::new(),
        parts: vec![],
        usage: None,
        failure: None,
        created_at: at(0),
        started_at: None,
        ended_at: None,
    }
}

pub(crate) fn event(seq: u64, body: EventBody) -> Event {
    Event { seq, at: at(seq as i64), body }
}

pub(crate) fn queued(turn: Turn) -> EventBody {
    EventBody::TurnQueued { turn }
}

pub(crate) fn started(mut turn: Turn) -> EventBody {
    turn.state = TurnState::Running;
    turn.started_at = Some(at(1));
    EventBody::TurnStarted { turn }
}

pub(crate) fn delta(turn: &str, part: u32, offset: u64, text: &str) -> EventBody {
    let turn_id = TurnId::parse(turn).unwrap();
    let message_id = MessageId::of_agent(&turn_id);
    EventBody::MessageDelta { turn_id, message_id, role: Role::Assistant, part, offset, text: text.into() }
}

pub(crate) fn tool(id: &str, status: ToolStatus) -> ToolCall {
    ToolCall {
        id: id.into(),
        title: "shell".into(),
        kind: ToolKind::Execute,
        name: None,
        status,
        input: serde_json::Value::Null,
        output: String::new(),
        exit_code: None,
        diffs: vec![],
        started_at: at(2),
        ended_at: None,
    }
}

pub(crate) fn permission(turn: &str, state: PermissionState) -> Permission {
    let turn_id = TurnId::parse(turn).unwrap();
    Permission {
        id: PermissionId::of_turn(&turn_id, 0),
        project_id: ProjectId::parse("p1").unwrap(),
        session_id: session(),
        turn_id,
        tool_call: tool("c1", ToolStatus::Pending),
        options: vec![],
        state,
        option_id: None,
        answered_by: None,
        comment: None,
        created_at: at(2),
        expires_at: at(600),
        answered_at: None,
    }
}

pub(crate) fn project(name: &str, phase: Phase) -> Project {
    Project {
        id: ProjectId::parse(&name.to_lowercase()).unwrap(),
        user_id: UserId::parse("alice").unwrap(),
        name: ProjectName::parse(name).unwrap(),
        created_at: at(0),
        desired_state: DesiredState::Inactive,
        phase,
        failure: None,
        endpoint: None,
        resources: None,
        activity: Activity {
            state: ActivityState::Asleep,
            summary: String::new(),
            since: None,
            turn_id: None,
            pending_permissions: vec![],
            awake_reason: None,
            tokens_today: 0,
            cost_today: None,
        },
        default_session_id: session(),
        last_activity_at: at(0),
        sleeps_at: None,
        restart_needed: false,
        warnings: vec![],
        settings: Settings::default(),
        start: None,
    }
}
