//! What a real Goose 1.52.0 said, recorded over its WebSocket (`fixtures/goose-1.52.0.jsonl`; paths replaced and
//! long lists of choices shortened).

use gaggle_agent::translate::acp_event;
use gaggle_core::port::{AgentAnswer, AgentEvent, AgentUpdate, ToolPatch};
use gaggle_shared::{Mode, OptionKind, OutputStream, StopReason, ToolKind, ToolStatus};
use serde_json::Value;

fn recorded() -> Vec<Value> {
    let lines = include_str!("../fixtures/goose-1.52.0.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn events() -> Vec<AgentEvent> {
    recorded().iter().map(acp_event).collect()
}

/// What came between the answers to these two commands, the second included.
fn between(before: &str, until: &str) -> Vec<AgentEvent> {
    let answers = |id: &'static str| move |event: &AgentEvent| matches!(event, AgentEvent::Answered { command, .. } if command == id);
    let (before, until) = (before.to_owned().leak(), until.to_owned().leak());
    let events = events();
    let from = events.iter().position(answers(before)).unwrap() + 1;
    let to = events.iter().position(answers(until)).unwrap();
    events[from..=to].to_vec()
}

fn updates(events: &[AgentEvent]) -> Vec<AgentUpdate> {
    let update = |event: &AgentEvent| match event {
        AgentEvent::Update { update, .. } => Some(update.clone()),
        _ => None,
    };
    events.iter().filter_map(update).collect()
}

fn tools(events: &[AgentEvent]) -> Vec<ToolPatch> {
    let tool = |update: AgentUpdate| match update {
        AgentUpdate::Tool(patch) => Some(patch),
        _ => None,
    };
    updates(events).into_iter().filter_map(tool).collect()
}

fn text(events: &[AgentEvent]) -> String {
    let text = |update: AgentUpdate| match update {
        AgentUpdate::Text(text) => Some(text),
        _ => None,
    };
    updates(events).into_iter().filter_map(text).collect()
}

fn outcome(events: &[AgentEvent]) -> Result<AgentAnswer, gaggle_core::port::AgentError> {
    match events.last() {
        Some(AgentEvent::Answered { outcome, .. }) => outcome.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_of_it_is_unknown_but_the_answer_to_initialize_is_no_command_of_ours() {
    for (message, event) in recorded().iter().zip(events()) {
        assert_ne!(event, AgentEvent::Unknown, "{message}");
        let kind = message["params"]["update"]["sessionUpdate"].as_str();
        let other = matches!(event, AgentEvent::Update { update: AgentUpdate::Other, .. });
        let without_event = kind == Some("available_commands_update") || kind == Some("session_info_update");
        assert!(!other || without_event, "{message}");
    }
}

#[test]
fn a_plain_turn() {
    let turn = between("new:s1:1", "prompt:hello");
    assert_eq!(text(&turn), "Hello there.");
    let updates = updates(&turn);
    assert!(updates.contains(&AgentUpdate::Thought("let me think".into())));
    assert!(updates.contains(&AgentUpdate::Title("Hello there.".into())));
    assert!(
        matches!(&updates[0], AgentUpdate::ActiveRun(Some(run)) if run.starts_with("run_")),
        "{updates:?}"
    );
    assert!(updates.contains(&AgentUpdate::ActiveRun(None)));
    let costs = |update: &AgentUpdate| match update {
        AgentUpdate::Usage(usage) => {
            usage.cost.as_ref().map(|cost| (usage.context_used, cost.currency.clone()))
        }
        _ => None,
    };
    assert!(updates.iter().filter_map(costs).any(|cost| cost == (120, "USD".into())));
    let Ok(AgentAnswer::PromptEnded { stop, usage: Some(usage) }) = outcome(&turn) else {
        panic!("{turn:?}")
    };
    assert_eq!(
        (stop, usage.input_tokens, usage.output_tokens, usage.total_tokens),
        (StopReason::EndTurn, 100, 20, 120)
    );
}

#[test]
fn a_shell_command_with_live_output_and_its_exit_code() {
    let turn = between("mode:t:1", "prompt:shell");
    let tools = tools(&turn);
    let (call, end) = (&tools[0], &tools[1]);
    assert_eq!(
        (call.name.as_deref(), call.kind, call.status),
        (Some("shell"), Some(ToolKind::Execute), None)
    );
    assert!(call.input.as_ref().unwrap()["command"].as_str().unwrap().starts_with("for i in"));
    assert_eq!(
        (end.id.as_str(), end.status, end.exit_code),
        (call.id.as_str(), Some(ToolStatus::Failed), Some(3))
    );
    assert_eq!(end.output.as_deref(), Some("line 1\nline 2\noops\n\nCommand exited with code 3"));
    let live = |update: AgentUpdate| match update {
        AgentUpdate::Output { call: id, stream, text } => {
            assert_eq!(id, call.id);
            Some((stream, text))
        }
        _ => None,
    };
    let live: Vec<_> = updates(&turn).into_iter().filter_map(live).collect();
    let expected = [
        (OutputStream::Stdout, "line 1\n"),
        (OutputStream::Stdout, "line 2\n"),
        (OutputStream::Stderr, "oops\n"),
    ];
    assert_eq!(live, expected.map(|(stream, text)| (stream, text.to_owned())));
}

#[test]
fn an_edit_shows_what_it_changes() {
    let turn = between("prompt:write", "prompt:edit");
    let tools = tools(&turn);
    let diff = &tools[0].diffs.as_ref().unwrap()[0];
    assert_eq!(
        (diff.path.as_str(), diff.old_text.as_deref(), diff.new_text.as_str()),
        ("hello.txt", Some("world"), "there")
    );
    assert_eq!((tools[0].kind, tools[1].status), (Some(ToolKind::Edit), Some(ToolStatus::Completed)));
}

#[test]
fn a_question_has_exactly_the_agents_options_and_a_rejected_tool_is_rejected() {
    let turn = between("prompt:allowed", "prompt:rejected");
    let asked = turn.iter().find_map(|event| match event {
        AgentEvent::Asked(asked) => Some(asked),
        _ => None,
    });
    let asked = asked.unwrap();
    let options: Vec<_> = asked.options.iter().map(|option| (option.id.as_str(), option.kind)).collect();
    let expected = [
        ("allow_always", OptionKind::AllowAlways),
        ("allow_once", OptionKind::AllowOnce),
        ("reject_once", OptionKind::RejectOnce),
        ("reject_always", OptionKind::RejectAlways),
    ];
    assert_eq!(options, expected);
    assert!(!asked.request.is_null());
    let tools = tools(&turn);
    assert_eq!(asked.tool.id, tools[0].id);
    // It says `other`, which must not hide the kind that is known.
    assert_eq!(asked.tool.kind, None);
    assert_eq!(tools[1].status, Some(ToolStatus::Rejected));
}

#[test]
fn steering_a_busy_session_cancelling_and_failing() {
    let error = outcome(&between("prompt:permcancel", "prompt:busy")).unwrap_err();
    assert_eq!(error.code, -32602);
    assert!(error.data.unwrap().as_str().unwrap().contains("active run"));
    let long = between("prompt:busy", "prompt:long");
    assert!(updates(&long).contains(&AgentUpdate::UserText("and now stop".into())));
    let steered = |event: &AgentEvent| matches!(event, AgentEvent::Answered { command, outcome: Ok(AgentAnswer::Other(_)) } if command == "steer:long:0");
    assert!(long.iter().any(steered));
    let cancelled = outcome(&between("prompt:long", "prompt:cancelled")).unwrap();
    assert!(matches!(cancelled, AgentAnswer::PromptEnded { stop: StopReason::Cancelled, .. }));
    let failed = outcome(&between("prompt:cancelled", "prompt:fail")).unwrap_err();
    assert_eq!((failed.code, failed.message.as_str()), (-32000, "Authentication required"));
}

#[test]
fn sessions_modes_and_a_load_that_replays_before_its_answer() {
    let made = outcome(&between("init", "new:s1:1")).unwrap();
    let AgentAnswer::SessionMade { agent_session, options } = made else { panic!("{made:?}") };
    assert!(agent_session.ends_with("_1"));
    assert_eq!(options["modes"]["currentModeId"], "auto");
    let mode = between("prompt:edit", "mode:t2:1");
    assert!(updates(&mode).contains(&AgentUpdate::Mode(Mode::Approve)));
    let load = between("prompt:fail", "load:s1:2");
    assert!(text(&load).starts_with("Hello there."));
    assert!(matches!(outcome(&load), Ok(AgentAnswer::SessionLoaded { .. })));
    assert_eq!(outcome(&between("load:s1:2", "load:bad:2")).unwrap_err().code, -32002);
}
