//! The whole way: this runtime starts a real relay, which starts a real Goose and calls a real hub; a server that
//! dies in mid-turn and comes back misses nothing.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use gaggle_agent::Hub;
use gaggle_core::port::{
    Admission, AgentAnswer, AgentCommand, AgentEvent, AgentGateway as _, AgentUpdate, Inbound, LinkCursor,
    ModelGrant, PermissionChoice, Progress, Runtime as _, Workload, WorkloadSpec,
};
use gaggle_runtime_local::{LocalConfig, LocalRuntime};
use gaggle_shared::{
    InstanceId, Mode, OutputStream, PermissionId, ProjectId, Settings, Step, StepState, StopReason, TurnId,
    UserId,
};
use gaggle_testkit::{ScriptedModel, goose};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};

const LONG: Duration = Duration::from_secs(60);

struct Quiet;
impl Progress for Quiet {
    fn step(&self, _: Step, _: StepState, _: &str) {}
}

/// Builds the relay (at once if it is built) and gives a `gaggle` whose `relay` subcommand it is.
fn gaggle(dir: &Path) -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let profile = exe.parent().and_then(Path::parent).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--package", "gaggle-relay", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml"))
        .arg("--target-dir")
        .arg(profile.parent().unwrap())
        .status()
        .unwrap();
    assert!(built.success(), "the relay does not build");
    let script = dir.join("gaggle");
    fs::write(
        &script,
        format!("#!/bin/sh\nshift\nexec '{}' \"$@\"\n", profile.join("gaggle-relay").display()),
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

fn project() -> ProjectId {
    ProjectId::parse("p1").unwrap()
}

fn turn(id: &str) -> TurnId {
    TurnId::parse(id).unwrap()
}

fn admission(received: LinkCursor) -> Admission {
    Admission { token_hash: Sha256::digest("token").into(), epoch: 1, received }
}

/// The next event of the agent; breaks of the link are passed over, gaps are not.
async fn event(inbound: &mut mpsc::Receiver<Inbound>, cursor: &mut LinkCursor) -> AgentEvent {
    loop {
        match timeout(LONG, inbound.recv()).await.expect("nothing comes").expect("the channel has ended") {
            Inbound::Frame(frame) => {
                *cursor = frame.cursor;
                return frame.event;
            }
            Inbound::Connected(_) | Inbound::Disconnected => {}
            other @ (Inbound::Missing { .. } | Inbound::Outdated { .. }) => panic!("{other:?}"),
        }
    }
}

/// Events up to the answer to this command, which is the last of them.
async fn until(id: &str, inbound: &mut mpsc::Receiver<Inbound>, cursor: &mut LinkCursor) -> Vec<AgentEvent> {
    let mut events = Vec::new();
    loop {
        let next = event(inbound, cursor).await;
        let last = matches!(&next, AgentEvent::Answered { command, .. } if command == id);
        events.push(next);
        if last {
            return events;
        }
    }
}

fn text(events: &[AgentEvent]) -> String {
    let text = |event: &AgentEvent| match event {
        AgentEvent::Update { update: AgentUpdate::Text(text), .. } => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

fn ended(events: &[AgentEvent]) -> StopReason {
    match events.last() {
        Some(AgentEvent::Answered { outcome: Ok(AgentAnswer::PromptEnded { stop, .. }), .. }) => *stop,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_agent_through_start_turns_a_servers_death_and_removal() {
    let dir = tempfile::tempdir().unwrap();
    let model = ScriptedModel::start().await.unwrap();
    let goose = goose::binary().unwrap();
    let hub = Hub::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = hub.local_addr();
    let name = dir.path().file_name().unwrap().to_string_lossy().to_lowercase().replace(['.', '_'], "");
    let instance = InstanceId::parse(&name).unwrap();
    let bin = gaggle(dir.path());
    let config = LocalConfig::new(dir.path().join("data"), hub.home(), bin, Ok(goose), instance.clone());
    let runtime = LocalRuntime::new(config.clone());
    let env = model.env().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let spec = WorkloadSpec {
        instance,
        user: UserId::parse("alice").unwrap(),
        project: project(),
        settings: Settings::default(),
        mode: Mode::Auto,
        model: ModelGrant { env, demo: false },
        token: "token".into(),
        patience: Duration::from_secs(60),
        met: 0,
    };
    let mut cursor = LinkCursor::default();
    let mut inbound = hub.admit(&project(), admission(cursor)).await;
    runtime.start(&spec, &Quiet).await.unwrap();
    assert_eq!(runtime.observe(&project()).await.unwrap(), Workload::Running);
    let accepts = gaggle_shared::Accepts { images: true, texts: true };
    assert_eq!(event(&mut inbound, &mut cursor).await, AgentEvent::Up { start: 1, accepts });

    hub.send(&project(), AgentCommand::NewSession { turn: turn("t1"), start: 1 });
    let made = until("new:t1:1", &mut inbound, &mut cursor).await;
    let Some(AgentEvent::Answered { outcome: Ok(AgentAnswer::SessionMade { agent_session, .. }), .. }) =
        made.last()
    else {
        panic!("{made:?}")
    };
    let session = agent_session.clone();
    let prompt = |id: &str, text: &str| AgentCommand::Prompt {
        turn: turn(id),
        agent_session: session.clone(),
        text: text.into(),
        attachments: Vec::new(),
        start: 1,
    };

    // A tool that prints while it runs.
    hub.send(&project(), prompt("t1", "@shell echo first; sleep 0.3; echo second > made.txt\n@say done"));
    let tool = until("prompt:t1", &mut inbound, &mut cursor).await;
    assert_eq!((text(&tool).trim(), ended(&tool)), ("done", StopReason::EndTurn));
    let printed = |event: &AgentEvent| matches!(event, AgentEvent::Update { update: AgentUpdate::Output { stream: OutputStream::Stdout, text, .. }, .. } if text.contains("first"));
    assert!(tool.iter().any(printed), "{tool:?}");
    assert_eq!(
        fs::read_to_string(dir.path().join("data/projects/p1/workspace/made.txt")).unwrap(),
        "second\n"
    );

    // A question, answered.
    let mode = AgentCommand::SetMode {
        turn: turn("t2"),
        agent_session: session.clone(),
        mode: Mode::Approve,
        start: 1,
        wish: 0,
    };
    hub.send(&project(), mode);
    until("mode:t2:1", &mut inbound, &mut cursor).await;
    hub.send(&project(), prompt("t2", "@shell touch allowed\n@say asked"));
    let request = loop {
        if let AgentEvent::Asked(asked) = event(&mut inbound, &mut cursor).await {
            assert_eq!(asked.options.len(), 4);
            break asked.request;
        }
    };
    let permission = PermissionId::of_turn(&turn("t2"), 0);
    let choice = PermissionChoice::Option("allow_once".into());
    hub.send(&project(), AgentCommand::Answer { turn: turn("t2"), permission, request, choice });
    assert_eq!(ended(&until("prompt:t2", &mut inbound, &mut cursor).await), StopReason::EndTurn);
    assert!(dir.path().join("data/projects/p1/workspace/allowed").exists());

    // The server dies in mid-turn and comes back on the same port; what was not durable comes again.
    hub.send(&project(), prompt("t3", "@words 200 delay=5"));
    let mut said = Vec::new();
    while text(&said).split_whitespace().count() < 40 {
        said.push(event(&mut inbound, &mut cursor).await);
    }
    hub.acknowledge(&project(), cursor);
    let durable = cursor;
    hub.shutdown().await;
    drop((hub, inbound));
    let hub = Hub::bind(address).await.unwrap();
    let mut inbound = hub.admit(&project(), admission(durable)).await;
    hub.ready();
    let next = LocalRuntime::new(config);
    assert_eq!(next.observe(&project()).await.unwrap(), Workload::Running);
    next.start(&spec, &Quiet).await.unwrap();
    // Sent again, as by a core that does not know how far it came: never run twice.
    hub.send(&project(), prompt("t3", "@words 200 delay=5"));
    said.extend(until("prompt:t3", &mut inbound, &mut cursor).await);
    assert_eq!(text(&said).trim(), gaggle_testkit::model::words(200));

    // Cancelled.
    hub.send(&project(), prompt("t4", "@hang 3"));
    loop {
        if let AgentEvent::Update { update: AgentUpdate::Text(_), .. } =
            event(&mut inbound, &mut cursor).await
        {
            break;
        }
    }
    hub.send(&project(), AgentCommand::Cancel { turn: turn("t4"), agent_session: session.clone() });
    assert_eq!(ended(&until("prompt:t4", &mut inbound, &mut cursor).await), StopReason::Cancelled);

    // Gone, with all that ran.
    let mut changes = next.changes();
    let removed = next.remove(&project(), None).await.unwrap();
    let kinds: BTreeMap<&str, usize> = removed.iter().fold(BTreeMap::new(), |mut kinds, removed| {
        *kinds.entry(removed.kind.as_str()).or_default() += 1;
        kinds
    });
    assert!(kinds["Process"] >= 1 && kinds["Workspace"] == 1, "{removed:?}");
    assert_eq!(
        timeout(LONG, changes.recv()).await.expect("the end is not announced").unwrap().project,
        project()
    );
    assert_eq!(next.observe(&project()).await.unwrap(), Workload::Absent);
    assert!(next.owned().await.unwrap().is_empty());
}
