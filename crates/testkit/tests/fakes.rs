//! The fake relay and runtime behave as the ports say.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use gaggle_core::port::{
    Admission, AgentAnswer, AgentCommand, AgentEvent, AgentGateway, AgentUpdate, Inbound, LinkCursor,
    ModelGrant, PermissionChoice, Progress, Refusal, Runtime, Workload, WorkloadSpec,
};
use gaggle_shared::{
    InstanceId, Mode, PermissionId, ProjectId, Settings, Step, StepState, StopReason, TurnId, UserId,
};
use gaggle_testkit::{Act, FakeGateway, FakeRuntime, ManualClock};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::mpsc;

struct Quiet;
impl Progress for Quiet {
    fn step(&self, _: Step, _: StepState, _: &str) {}
}

fn project() -> ProjectId {
    ProjectId::parse("p1").unwrap()
}

fn turn(name: &str) -> TurnId {
    TurnId::parse(name).unwrap()
}

fn spec(token: &str) -> WorkloadSpec {
    WorkloadSpec {
        instance: InstanceId::parse("i1").unwrap(),
        user: UserId::parse("alice").unwrap(),
        project: project(),
        settings: Settings::default(),
        mode: Mode::Auto,
        model: ModelGrant { env: BTreeMap::new(), demo: true },
        token: token.into(),
        patience: Duration::from_secs(120),
        met: 0,
    }
}

fn admission(token: &str, received: LinkCursor) -> Admission {
    Admission { token_hash: Sha256::digest(token).into(), epoch: 1, received }
}

fn prompt(turn_id: &str) -> AgentCommand {
    AgentCommand::Prompt {
        turn: turn(turn_id),
        agent_session: "agent-1".into(),
        text: "hello".into(),
        attachments: Vec::new(),
        start: 1,
    }
}

/// What came until nothing more comes at once.
async fn drain(inbound: &mut mpsc::Receiver<Inbound>) -> Vec<Inbound> {
    let mut all = Vec::new();
    for _ in 0..100 {
        tokio::task::yield_now().await;
        while let Ok(one) = inbound.try_recv() {
            all.push(one);
        }
    }
    all
}

fn events(inbound: &[Inbound]) -> Vec<AgentEvent> {
    let frame = |one: &Inbound| match one {
        Inbound::Frame(frame) => Some(frame.event.clone()),
        _ => None,
    };
    inbound.iter().filter_map(frame).collect()
}

async fn world() -> (FakeGateway, FakeRuntime, mpsc::Receiver<Inbound>) {
    let gateway = FakeGateway::new(Arc::new(ManualClock::default()));
    let runtime = FakeRuntime::with_gateway(&gateway);
    let inbound = gateway.admit(&project(), admission("token", LinkCursor::default())).await;
    runtime.start(&spec("token"), &Quiet).await.unwrap();
    (gateway, runtime, inbound)
}

#[tokio::test]
async fn a_start_calls_home_and_a_turn_runs_to_its_end() {
    let (gateway, _runtime, mut inbound) = world().await;
    gateway.send(&project(), prompt("t1"));
    gateway.send(&project(), prompt("t1"));
    let came = drain(&mut inbound).await;
    assert!(matches!(came[0], Inbound::Connected(_)));
    let events = events(&came);
    assert!(matches!(events[0], AgentEvent::Up { start: 1, .. }));
    let text = AgentUpdate::Text("echo: hello".into());
    assert!(events.contains(&AgentEvent::Update { agent_session: "agent-1".into(), update: text }));
    let ends = |event: &&AgentEvent| matches!(event, AgentEvent::Answered { .. });
    assert_eq!(events.iter().filter(ends).count(), 1, "{events:?}");
}

#[tokio::test]
async fn after_the_servers_death_only_what_was_not_durable_comes_again() {
    let (gateway, _runtime, mut inbound) = world().await;
    gateway.send(&project(), prompt("t1"));
    let before = events(&drain(&mut inbound).await);
    let durable = LinkCursor { incarnation: 1, frame: 2 };
    gateway.acknowledge(&project(), durable);
    gateway.server_dies();
    let mut inbound = gateway.admit(&project(), admission("token", durable)).await;
    let after = drain(&mut inbound).await;
    assert!(matches!(after[0], Inbound::Connected(_)));
    assert_eq!(events(&after), before[2..]);
}

#[tokio::test]
async fn questions_wait_for_their_answer_and_a_late_cancel_hits_nothing() {
    let (gateway, _runtime, mut inbound) = world().await;
    gateway.script(|_| vec![Act::ask("tool-1"), Act::say("done")]);
    gateway.send(&project(), prompt("t1"));
    let asked = events(&drain(&mut inbound).await).into_iter().find_map(|event| match event {
        AgentEvent::Asked(asked) => Some(asked),
        _ => None,
    });
    let (turn, permission) = (turn("t1"), PermissionId::of_turn(&turn("t1"), 0));
    let choice = PermissionChoice::Option("allow_once".into());
    let request = asked.unwrap().request;
    gateway.send(&project(), AgentCommand::Answer { turn: turn.clone(), permission, request, choice });
    gateway.send(&project(), AgentCommand::Cancel { turn, agent_session: "agent-1".into() });
    let events = events(&drain(&mut inbound).await);
    let ended = AgentAnswer::PromptEnded { stop: StopReason::EndTurn, usage: None };
    assert!(events.contains(&AgentEvent::Answered { command: "prompt:t1".into(), outcome: Ok(ended) }));
    let refused =
        AgentEvent::Refused { command: "cancel:t1".into(), turn: None, reason: Refusal::NotRunning };
    assert_eq!(events.last(), Some(&refused));
}

#[tokio::test]
async fn a_noted_prompt_is_never_written_again_by_the_next_relay() {
    let (gateway, runtime, mut inbound) = world().await;
    gateway.script(|_| vec![Act::Hold]);
    gateway.send(&project(), prompt("t1"));
    let mut changes = runtime.changes();
    runtime.kill(&project());
    assert_eq!(changes.recv().await.unwrap().project, project());
    assert_eq!(runtime.observe(&project()).await.unwrap(), Workload::Absent);
    runtime.start(&spec("token"), &Quiet).await.unwrap();
    gateway.send(&project(), prompt("t1"));
    let events = events(&drain(&mut inbound).await);
    let refused =
        AgentEvent::Refused { command: "prompt:t1".into(), turn: Some(turn("t1")), reason: Refusal::Noted };
    assert_eq!(events.last(), Some(&refused));
}

#[tokio::test]
async fn a_dismissed_relay_exits_and_a_lost_spool_is_missing() {
    let (gateway, runtime, mut inbound) = world().await;
    gateway.cut(&project());
    gateway.emit(&project(), AgentEvent::Unknown);
    gateway.lose_spool(&project());
    gateway.mend(&project());
    let came = drain(&mut inbound).await;
    assert!(came.contains(&Inbound::Missing { first: 3 }), "{came:?}");
    gateway.dismiss(&project()).await;
    assert_eq!(runtime.observe(&project()).await.unwrap(), Workload::Absent);
    assert!(runtime.running().is_empty());
}
